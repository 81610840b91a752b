package text

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pkg/errors"
)

// A Corpus is text in files that is read anew whenever it is needed, so that memory does not grow
// with it. Files that begin as those of gzip do (RFC 1952) are unpacked on the way.
type Corpus struct {
	Root      string   // folder that the paths begin at; "" is the working folder
	Paths     []string // files, with slashes, in the order in which they are read
	Documents Boundary // what a document is; the zero value is each file

	// Progress, if there is one, is told from time to time how many of the bytes on disk are done. It
	// is called by the goroutine that called the method.
	Progress func(done, total int64)
}

// Folder is the Corpus of the files below root, sorted by path: all that keep wants, which is
// asked for each path relative to root, with slashes, and may match it with path.Match; a nil keep
// wants all. Links are not followed. It is an error if a folder cannot be read; that there are no
// files is one of what needs them.
func Folder(root string, keep func(path string) bool) (Corpus, error) {
	c := Corpus{Root: root}
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.Type().IsRegular() && (keep == nil || keep(path)) {
			c.Paths = append(c.Paths, path)
		}
		return nil
	})
	if err != nil {
		return Corpus{}, errors.Wrapf(err, "corpus: folder %q", root)
	}
	slices.Sort(c.Paths)
	return c, nil
}

// place is where a file lies.
func (c Corpus) place(path string) string {
	return filepath.Join(c.Root, filepath.FromSlash(path))
}

// size is that of all files on disk in bytes.
func (c Corpus) size() (total int64, err error) {
	if len(c.Paths) == 0 {
		return 0, errors.New("no files")
	}
	for _, path := range c.Paths {
		info, err := os.Stat(c.place(path))
		if err != nil {
			return 0, errors.WithStack(err)
		}
		total += info.Size()
	}
	return total, nil
}

// A textFile is the text of a file, unpacked.
type textFile struct {
	io.Reader
	disk *os.File
}

func (c Corpus) open(path string) (textFile, error) {
	f, err := os.Open(c.place(path))
	if err != nil {
		return textFile{}, errors.WithStack(err)
	}
	r := bufio.NewReaderSize(f, 1<<14)
	magic, _ := r.Peek(len(tokenMagic)) // what there is; an error comes again
	switch {
	case string(magic) == tokenMagic:
		f.Close()
		return textFile{}, errors.New("a token file, wanted text")
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		unpacked, err := gzip.NewReader(r)
		if err != nil {
			f.Close()
			return textFile{}, errors.WithStack(err)
		}
		return textFile{unpacked, f}, nil
	}
	return textFile{r, f}, nil
}
