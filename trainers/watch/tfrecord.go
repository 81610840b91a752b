package watch

import (
	"bufio"
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/pkg/errors"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is the checksum of a TFRecord: CRC-32C, turned by 15 bits and shifted, so that the checksum of
// bytes that hold checksums is no special one.
func masked(data []byte) uint32 {
	crc := crc32.Checksum(data, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}

// writeRecord writes a TFRecord: length, its checksum, data, its checksum, little-endian.
func writeRecord(w io.Writer, data []byte) error {
	record := binary.LittleEndian.AppendUint64(make([]byte, 0, len(data)+16), uint64(len(data)))
	record = binary.LittleEndian.AppendUint32(record, masked(record))
	record = append(record, data...)
	record = binary.LittleEndian.AppendUint32(record, masked(data))
	_, err := w.Write(record)
	return errors.WithStack(err)
}

// readRecord reads what writeRecord wrote. io.EOF is the end, also where a record is not whole or not what was written.
func readRecord(in *bufio.Reader) (data []byte, err error) {
	var head [12]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, io.EOF
	}
	n := binary.LittleEndian.Uint64(head[:])
	if binary.LittleEndian.Uint32(head[8:]) != masked(head[:8]) || n > longest {
		return nil, io.EOF
	}
	data = make([]byte, n+4)
	if _, err := io.ReadFull(in, data); err != nil {
		return nil, io.EOF
	}
	data, sum := data[:n], data[n:]
	if binary.LittleEndian.Uint32(sum) != masked(data) {
		return nil, io.EOF
	}
	return data, nil
}
