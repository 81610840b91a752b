package text

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pkg/errors"
)

// maxPieces is how many pieces a token file has at most; it is even.
const maxPieces = 1 << 20

// Encode writes the tokens of all files to a token file at path and opens it. If path holds what
// it would write, encoded before with the same vocabulary from files of the same names, sizes and
// times of change, it is only opened, which Progress is not told of. A token file of anything else
// is replaced.
//
// The pieces of the file, which an epoch of data.BPTT shuffles, are its documents; where there
// are more than a million, neighbours are joined, so that memory does not grow with the corpus.
// The file is written beside path, whose folder is made, and then renamed: path never holds a part of one.
//
// It is an error if there are no files or no tokens, if a file cannot be read, if a text does not
// fit the vocabulary, as for Vocab.Encode, or if path holds something that is no token file.
func (c Corpus) Encode(v *Vocab, path string) (*TokenFile, error) {
	t, err := c.encode(v, path, chunkSize, maxPieces)
	return t, errors.Wrap(err, "encode")
}

func (c Corpus) encode(v *Vocab, path string, chunkSize, maxPieces int) (*TokenFile, error) {
	header := tokenHeader{Magic: [8]byte([]byte(tokenMagic)), Version: tokenVersion, Vocab: uint32(v.Len())}
	var err error
	if header.Symbols, err = v.digest(); err != nil {
		return nil, err
	}
	if header.Text, err = c.digest(); err != nil {
		return nil, err
	}
	if t, found, err := openTokens(path); err == nil {
		if found == header {
			return t, nil
		}
		t.Close()
	} else if err := replaceable(path); err != nil {
		return nil, err
	}
	if err := c.write(v, path, header, chunkSize, maxPieces); err != nil {
		return nil, err
	}
	return OpenTokens(path, v)
}

// digest is the SHA-256 of what says which texts these are: the names, sizes and times of change
// of the files, and where documents begin.
func (c Corpus) digest() (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	fmt.Fprintln(h, c.Documents)
	for _, path := range c.Paths {
		info, err := os.Stat(c.place(path))
		if err != nil {
			return sum, errors.WithStack(err)
		}
		fmt.Fprintf(h, "%q %d %d\n", path, info.Size(), info.ModTime().UnixNano())
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// replaceable refuses a file that is none of tokens: it would be lost.
func replaceable(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return errors.WithStack(err)
	}
	defer f.Close()
	magic := make([]byte, len(tokenMagic))
	if _, err := io.ReadFull(f, magic); err != nil || string(magic) != tokenMagic {
		return errors.Errorf("%q is no token file: it is not replaced", path)
	}
	return nil
}

// write writes the token file beside path and then puts it in its place.
func (c Corpus) write(v *Vocab, path string, header tokenHeader, chunkSize, maxPieces int) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return errors.WithStack(err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return errors.WithStack(err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	w := newTokenWriter(f, v.Len(), maxPieces)
	if err := binary.Write(w.out, binary.LittleEndian, header); err != nil {
		return errors.WithStack(err)
	}
	if err := pass(c, v.unit, chunkSize, v.encodeChunk, w.add); err != nil {
		return err
	}
	if w.tokens == 0 {
		return errors.Errorf("%d files without a token", len(c.Paths))
	}
	if err := w.finish(); err != nil {
		return err
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return errors.WithStack(err)
	}
	if err := f.Sync(); err != nil {
		return errors.WithStack(err)
	}
	if err := f.Close(); err != nil {
		return errors.WithStack(err)
	}
	return errors.WithStack(os.Rename(f.Name(), path))
}

// An encoded chunk is one as a token file holds it.
type encoded struct {
	stored []byte
	begins []int // tokens at which documents begin
	open   bool  // a document begins at the next token
}

// encodeChunk encodes the symbols of part.
func (v *Vocab) encodeChunk(part chunk) (encoded, error) {
	if err := v.unit.check(part.text, part.at); err != nil {
		return encoded{}, errors.Wrapf(err, "file %q", part.path)
	}
	width := tokenWidth(v.Len())
	e := encoded{stored: make([]byte, 0, len(part.text))}
	next, token := 0, 0 // of part.begins, and of the symbols
	for at, symbol := range v.unit.symbols(part.text) {
		id, err := v.id(symbol, part.at+int64(at))
		if err != nil {
			return encoded{}, errors.Wrapf(err, "file %q", part.path)
		}
		for next < len(part.begins) && part.begins[next] <= at {
			next, e.open = next+1, true
		}
		if e.open {
			e.begins = append(e.begins, token)
		}
		e.stored = appendToken(e.stored, width, id, e.open)
		token, e.open = token+1, false
	}
	e.open = next < len(part.begins)
	return e, nil
}

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
