package text

import (
	"cmp"
	"io"
	"path/filepath"
	"slices"

	"github.com/pkg/errors"
)

// A Document is the text of one file.
type Document struct {
	Path string // with slashes; relative to the folder it was read from, or as given
	Text string // UTF-8
}

// ReadFiles reads text files into memory, sorted by path; those of gzip are unpacked. For more
// than fits in memory there is Corpus.
//
// It is an error if there are none, if one cannot be read or is not UTF-8, or if all are empty.
// For bytes that are no text, use os.ReadFile.
func ReadFiles(paths ...string) ([]Document, error) {
	return Corpus{Paths: paths}.read()
}

// ReadFolder reads the text files below root into memory, those that Folder finds. Errors are
// those of Folder and ReadFiles.
func ReadFolder(root string, keep func(path string) bool) ([]Document, error) {
	corpus, err := Folder(root, keep)
	if err != nil {
		return nil, err
	}
	docs, err := corpus.read()
	return docs, errors.Wrapf(err, "folder %q", root)
}

// read reads all files.
func (c Corpus) read() ([]Document, error) {
	if len(c.Paths) == 0 {
		return nil, errors.New("corpus: no files")
	}
	docs := make([]Document, 0, len(c.Paths))
	size := 0
	for _, path := range c.Paths {
		doc, err := c.readFile(path)
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

func (c Corpus) readFile(path string) (Document, error) {
	f, err := c.open(path)
	if err != nil {
		return Document{}, err
	}
	defer f.disk.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return Document{}, errors.WithStack(err)
	}
	doc := Document{Path: filepath.ToSlash(path), Text: string(b)}
	return doc, Runes.check(doc.Text, 0)
}
