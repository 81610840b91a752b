package text

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"os"

	"github.com/pkg/errors"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	defaultMaxText      = 1 << 30
	defaultMaxWord      = 1 << 20
	defaultMaxExpansion = 250      // text is packed to a third, tables and logs to a tenth or a hundredth
	freeExpansion       = 64 << 20 // bytes that may be unpacked whatever the expansion
)

// bom is the byte order mark of UTF-8.
const bom = "\uFEFF"

// A textFile is the text of a file, unpacked and in UTF-8.
type textFile struct {
	io.Reader
	disk *os.File
	mark int // bytes of a mark before the text
}

// open opens a file of text for a unit: Bytes are those of the file, a byte order mark among them.
func (c Corpus) open(path string, unit Unit) (textFile, error) {
	f, err := os.Open(c.place(path))
	if err != nil {
		return textFile{}, errors.WithStack(err)
	}
	t, err := c.text(f, unit)
	if err != nil {
		f.Close()
	}
	return t, err
}

func (c Corpus) text(f *os.File, unit Unit) (textFile, error) {
	r := bufio.NewReaderSize(f, 1<<14)
	magic, _ := r.Peek(len(tokenMagic)) // an error comes again when it is read
	switch {
	case string(magic) == tokenMagic:
		return textFile{}, errors.New("a token file, wanted text")
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		unpacked, err := gzip.NewReader(r)
		if err != nil {
			return textFile{}, errors.WithStack(err)
		}
		r = bufio.NewReaderSize(&expansion{unpacked: unpacked, disk: f, most: c.maxExpansion()}, 1<<14)
	}
	if unit == Bytes {
		return textFile{r, f, 0}, nil
	}
	return decode(r, f)
}

// decode takes a byte order mark from r, which says what the text is encoded in.
func decode(r *bufio.Reader, f *os.File) (textFile, error) {
	start, _ := r.Peek(64)
	switch {
	case bytes.HasPrefix(start, []byte(bom)):
		mark := len(start) - len(bytes.TrimLeft(start, bom))
		_, err := r.Discard(mark)
		return textFile{r, f, mark}, errors.WithStack(err)
	case bytes.HasPrefix(start, []byte{0xff, 0xfe, 0, 0}), bytes.HasPrefix(start, []byte{0, 0, 0xfe, 0xff}):
		return textFile{}, errors.New("text in UTF-32, wanted UTF-8 or UTF-16")
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}), bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		decoder := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()
		return textFile{transform.NewReader(r, decoder), f, 0}, nil
	case halfZero(start):
		return textFile{}, errors.New("text in UTF-16 without a byte order mark, wanted UTF-8, or UTF-16 with the mark")
	}
	return textFile{r, f, 0}, nil
}

// halfZero says whether every second byte is zero and none between, as in Latin letters in UTF-16.
func halfZero(b []byte) bool {
	var zeros [2]int
	for i, c := range b {
		if c == 0 {
			zeros[i%2]++
		}
	}
	return len(b) >= 4 && zeros[0]+zeros[1] >= len(b)/2 && min(zeros[0], zeros[1]) == 0
}

// An expansion is what is unpacked of a file, and ends where that is too much for the bytes on disk.
type expansion struct {
	unpacked io.Reader
	disk     *os.File
	most     int64 // bytes for each byte on disk
	n        int64
}

// Read implements io.Reader.
func (e *expansion) Read(p []byte) (int, error) {
	n, err := e.unpacked.Read(p)
	if e.n += int64(n); e.n <= freeExpansion {
		return n, err
	}
	packed, seekErr := e.disk.Seek(0, io.SeekCurrent)
	if seekErr == nil && e.n/e.most > packed {
		return n, errors.Errorf("gzip: the first %d bytes on disk hold %d bytes, more than the limit of %d times as many: "+
			"unpack the file, or raise MaxExpansion of the Corpus", packed, e.n, e.most)
	}
	return n, err
}
