package text

import (
	"cmp"
	"os"
	"path/filepath"

	"github.com/pkg/errors"
)

// A Corpus is text in files that is read anew whenever it is needed, so that memory does not grow
// with it. Files that begin as those of gzip do (RFC 1952) are unpacked on the way.
//
// The text is UTF-8, or UTF-16 with a byte order mark. The mark at the start of a file is no part of
// the text. Only for the unit Bytes a file is what it holds, its mark and all.
//
// Limits keep files that are damaged or hostile from filling memory and disk: what is beyond one is
// an error that names it.
type Corpus struct {
	Root      string   // folder that the paths begin at; "" is the working folder
	Paths     []string // files, with slashes, in the order in which they are read
	Documents Boundary // what a document is; the zero value is each file

	MaxText      int64 // bytes of text that Read holds in memory, of all files; 0: 1 GiB
	MaxWord      int   // bytes of a word, where the unit is Words and text is read from disk; 0: 1 MiB
	MaxExpansion int   // bytes of text for each byte of a file of gzip, where it is above 64 MiB; 0: 250

	// Progress, if there is one, is told from time to time how many of the bytes on disk are done. It
	// is called by the goroutine that called the method.
	Progress func(done, total int64)

	leftOut leftOut // by Folder
}

func (c Corpus) maxText() int64      { return cmp.Or(c.MaxText, defaultMaxText) }
func (c Corpus) maxWord() int        { return cmp.Or(c.MaxWord, defaultMaxWord) }
func (c Corpus) maxExpansion() int64 { return cmp.Or(int64(c.MaxExpansion), defaultMaxExpansion) }

// noFiles is the error of a corpus without any.
func (c Corpus) noFiles() error {
	if why := c.leftOut.String(); why != "" {
		return errors.Errorf("no files; left out: %s", why)
	}
	return errors.New("no files")
}

// place is where a file lies.
func (c Corpus) place(path string) string {
	return filepath.Join(c.Root, filepath.FromSlash(path))
}

// size is that of all files on disk in bytes.
func (c Corpus) size() (total int64, err error) {
	if len(c.Paths) == 0 {
		return 0, c.noFiles()
	}
	for _, path := range c.Paths {
		info, err := os.Stat(c.place(path))
		if err != nil {
			return 0, errors.WithStack(err)
		}
		if !info.Mode().IsRegular() {
			return 0, errors.Errorf("%q is no regular file, and would be read more than once", path)
		}
		total += info.Size()
	}
	return total, nil
}
