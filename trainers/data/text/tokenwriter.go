package text

import (
	"bufio"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"io"
	"slices"

	"github.com/pkg/errors"
)

// maxPieces is how many pieces a token file has at most; it is even.
const maxPieces = 1 << 20

// A tokenWriter writes what stands between the header and the end of a token file, and finds its
// pieces.
type tokenWriter struct {
	out       *bufio.Writer
	sum       hash.Hash32
	width     int
	tokens    int   // written
	open      bool  // a document begins at the next token
	pieces    []int // tokens of those that are complete
	piece     int   // token at which the one that is not begins
	documents int   // that have begun in it
	join      int   // documents of a piece
	maxPieces int
}

func newTokenWriter(w io.Writer, V, maxPieces int) *tokenWriter {
	sum := crc32.New(castagnoli)
	return &tokenWriter{
		out:       bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<16),
		sum:       sum,
		width:     tokenWidth(V),
		join:      1,
		maxPieces: maxPieces,
	}
}

// add appends a chunk.
func (w *tokenWriter) add(e encoded) error {
	if n := len(e.stored) / w.width; n > 0 {
		if w.open && (len(e.begins) == 0 || e.begins[0] > 0) {
			e.stored[0] |= 1
			e.begins = slices.Insert(e.begins, 0, 0)
		}
		for _, at := range e.begins {
			w.begin(w.tokens + at)
		}
		w.tokens, w.open = w.tokens+n, false
	}
	w.open = w.open || e.open
	_, err := w.out.Write(e.stored)
	return errors.WithStack(err)
}

// begin begins a document.
func (w *tokenWriter) begin(at int) {
	if w.documents == w.join {
		w.pieces = append(w.pieces, at-w.piece)
		w.piece, w.documents = at, 0
	}
	w.documents++
	if len(w.pieces) < w.maxPieces {
		return
	}
	half := w.pieces[:0]
	for i := 0; i+1 < len(w.pieces); i += 2 {
		half = append(half, w.pieces[i]+w.pieces[i+1])
	}
	w.pieces, w.join = half, 2*w.join
}

// finish writes the end of the file.
func (w *tokenWriter) finish() error {
	var end []byte
	for _, n := range append(w.pieces, w.tokens-w.piece) {
		end = binary.LittleEndian.AppendUint64(end, uint64(n))
	}
	end = binary.LittleEndian.AppendUint64(end, uint64(w.tokens))
	end = binary.LittleEndian.AppendUint64(end, uint64(len(w.pieces)+1))
	if _, err := w.out.Write(end); err != nil {
		return errors.WithStack(err)
	}
	if err := w.out.Flush(); err != nil {
		return errors.WithStack(err)
	}
	if _, err := w.out.Write(binary.LittleEndian.AppendUint32(nil, w.sum.Sum32())); err != nil {
		return errors.WithStack(err)
	}
	return errors.WithStack(w.out.Flush())
}
