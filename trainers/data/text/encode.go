package text

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/pkg/errors"

	disk "github.com/elman-go/elman/internal/folder"
)

// Encode writes the tokens of all files to a token file at path and opens it. If path holds what
// it would write, encoded before with the same vocabulary from files of the same names, sizes and
// times of change, it is only opened, which Progress is not told of. A token file of anything else
// is replaced.
//
// The pieces of the file, which an epoch of data.BPTT shuffles, are its documents; where there
// are more than a million, neighbours are joined, so that memory does not grow with the corpus.
// The file is written beside path, whose folder is made, and then renamed: path never holds a part
// of one. A symbolic link stays, and the file that it names is written.
//
// It is an error if there are no files or no tokens, if a file cannot be read, if a text does not
// fit the vocabulary, as for Vocab.Encode, or if path holds something that is no token file.
func (c Corpus) Encode(v *Vocab, path string) (*TokenFile, error) {
	if v == nil {
		return nil, errors.New("encode: no vocabulary")
	}
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
	fmt.Fprintln(h, c.Documents, "without marks")
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
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return errors.WithStack(err)
	}
	if !info.Mode().IsRegular() {
		return errors.Errorf("%q is no regular file, from which tokens could be read again", path)
	}
	f, err := os.Open(path)
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

// write writes the token file.
func (c Corpus) write(v *Vocab, path string, header tokenHeader, chunkSize, maxPieces int) error {
	return disk.WriteFile(path, func(file io.Writer) error {
		w := newTokenWriter(file, v.Len(), maxPieces)
		if err := binary.Write(w.out, binary.LittleEndian, header); err != nil {
			return errors.WithStack(err)
		}
		if err := pass(c, v.unit, chunkSize, v.encodeChunk, w.add); err != nil {
			return err
		}
		if w.tokens == 0 {
			return errors.Errorf("%d files without a token", len(c.Paths))
		}
		return w.finish()
	})
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
