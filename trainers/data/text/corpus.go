package text

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pkg/errors"
)

// A Document is the text of one file.
type Document struct {
	Path string // with slashes; relative to the folder it was read from, or as given
	Text string // UTF-8
}

// ReadFiles reads text files, sorted by path.
//
// It is an error if there are none, if one cannot be read or is not UTF-8, or if all are empty.
// For bytes that are no text, use os.ReadFile.
func ReadFiles(paths ...string) ([]Document, error) {
	return read("", paths)
}

// ReadFolder reads the text files below root, sorted by path: all that keep wants, which is asked
// for each path relative to root, with slashes; a nil keep wants all. Links are not followed.
// Errors are those of ReadFiles.
func ReadFolder(root string, keep func(path string) bool) ([]Document, error) {
	var paths []string
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.Type().IsRegular() && (keep == nil || keep(path)) {
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		return nil, errors.Wrapf(err, "corpus: folder %q", root)
	}
	docs, err := read(root, paths)
	return docs, errors.Wrapf(err, "folder %q", root)
}

// read reads paths below root.
func read(root string, paths []string) ([]Document, error) {
	if len(paths) == 0 {
		return nil, errors.New("corpus: no files")
	}
	docs := make([]Document, 0, len(paths))
	size := 0
	for _, path := range paths {
		b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
		if err != nil {
			return nil, errors.Wrap(err, "corpus")
		}
		doc := Document{Path: filepath.ToSlash(path), Text: string(b)}
		if at := invalidUTF8(doc.Text); at >= 0 {
			return nil, errors.Errorf("corpus: file %q: invalid UTF-8 at byte %d", doc.Path, at)
		}
		docs = append(docs, doc)
		size += len(b)
	}
	if size == 0 {
		return nil, errors.Errorf("corpus: %d files, all empty", len(docs))
	}
	slices.SortFunc(docs, func(a, b Document) int { return cmp.Compare(a.Path, b.Path) })
	return docs, nil
}
