package text

import (
	"cmp"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// A Document is the text of one file.
type Document struct {
	Path string // with slashes; relative to the folder it was read from, or as given
	Text string // UTF-8
}

// ReadFiles reads text files into memory, sorted by path: it is Corpus.Read, with its limits. For
// bytes that are no text, use os.ReadFile.
func ReadFiles(paths ...string) ([]Document, error) {
	return Corpus{Paths: paths}.Read()
}

// ReadFolder reads the text files below root into memory, those that Folder finds. Errors are
// those of Folder and ReadFiles.
func ReadFolder(root string, keep func(path string) bool) ([]Document, error) {
	corpus, err := Folder(root, keep)
	if err != nil {
		return nil, err
	}
	docs, err := corpus.Read()
	return docs, errors.Wrapf(err, "folder %q", root)
}

// Read reads all files into memory, as a Document each, sorted by path; those of gzip are unpacked,
// and UTF-16 becomes UTF-8. For more than fits in memory there are the other methods of Corpus.
//
// It is an error if there are none, if one cannot be read or is not text, if they hold more than MaxText,
// or if all are empty.
func (c Corpus) Read() ([]Document, error) {
	if len(c.Paths) == 0 {
		return nil, errors.Wrap(c.noFiles(), "corpus")
	}
	docs := make([]Document, 0, len(c.Paths))
	size := 0
	for _, path := range c.Paths {
		doc, err := c.readFile(path, c.maxText()-int64(size))
		if err != nil {
			return nil, errors.Wrapf(err, "corpus: file %q", path)
		}
		docs = append(docs, doc)
		size += len(doc.Text)
	}
	if size == 0 {
		return nil, errors.Errorf("corpus: %d files, all empty", len(docs))
	}
	slices.SortFunc(docs, func(a, b Document) int { return cmp.Compare(a.Path, b.Path) })
	return docs, nil
}

// readFile reads a file of not more than left bytes.
func (c Corpus) readFile(path string, left int64) (Document, error) {
	f, err := c.open(path, Runes)
	if err != nil {
		return Document{}, err
	}
	defer f.disk.Close()
	var b strings.Builder
	size := int64(0)
	if info, err := f.disk.Stat(); err == nil {
		size = info.Size()
	}
	if size <= left { // what gzip packs is no less, so a file that is larger need not be read
		b.Grow(int(size))
		if size, err = io.Copy(&b, io.LimitReader(f, left+1)); err != nil {
			return Document{}, errors.WithStack(err)
		}
	}
	if size > left {
		return Document{}, errors.Errorf("more text than the limit of %d bytes for what is read into memory: "+
			"read it from disk as a Corpus does, or raise MaxText", c.maxText())
	}
	doc := Document{Path: filepath.ToSlash(path), Text: b.String()}
	return doc, Runes.check(doc.Text, int64(f.mark))
}
