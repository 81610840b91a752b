package text

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// Folder is the Corpus of the files below root, sorted by path: all that keep wants, which is
// asked for each path relative to root, with slashes, and may match it with path.Match; a nil keep
// wants all. It is an error if a folder cannot be read; that there are no files is one of the methods
// that need them, and says which files and links were left out.
//
// Links are followed, and no file or folder is read twice: one that is in root under its own name
// too has that name, one with several links the first in order. Links that lead nowhere, or back to a
// folder that they are in, are left out.
func Folder(root string, keep func(path string) bool) (Corpus, error) {
	c, err := walkFolder(root, keep)
	if err != nil {
		return Corpus{}, errors.Wrapf(err, "corpus: folder %q", root)
	}
	return c, nil
}

func walkFolder(root string, keep func(path string) bool) (Corpus, error) {
	place, err := filepath.Abs(root)
	if err == nil {
		place, err = filepath.EvalSymlinks(place)
	}
	if err != nil {
		return Corpus{}, err
	}
	w := walk{place: place, keep: keep, seen: map[string]bool{}}
	if err := w.folder(place, "."); err != nil {
		return Corpus{}, err
	}
	for len(w.links) > 0 { // those in the folders that links lead to come later
		links := w.links
		w.links = nil
		slices.SortFunc(links, func(a, b link) int { return strings.Compare(a.path, b.path) })
		for _, l := range links {
			if err := w.follow(l); err != nil {
				return Corpus{}, err
			}
		}
	}
	slices.Sort(w.paths)
	return Corpus{Root: root, Paths: w.paths, leftOut: w.leftOut}, nil
}

// A walk finds the files of a folder.
type walk struct {
	place string // of the folder, without links
	keep  func(path string) bool
	seen  map[string]bool // the places, without links, of the folders that were entered and the files taken
	paths []string
	links []link // to be followed
	leftOut
}

// A link is a symbolic one.
type link struct {
	path string // below the folder of the walk, with slashes
	in   string // the place of the folder it is in, without links
}

// leftOut is how many files and links of a folder a corpus does not have.
type leftOut struct{ unwanted, broken, circular, other int }

// String says it, "" of none.
func (l leftOut) String() string {
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{
		{l.unwanted, "files not wanted"}, {l.broken, "links that lead nowhere"},
		{l.circular, "links to a folder they are in"}, {l.other, "that are no regular files"},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	return strings.Join(parts, ", ")
}

// folder walks the folder at a place without links, whose path is at. It follows no links.
func (w *walk) folder(place, at string) error {
	return fs.WalkDir(os.DirFS(place), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		here := filepath.Join(place, filepath.FromSlash(name))
		as := path.Join(at, name)
		switch {
		case entry.IsDir():
			if w.seen[here] {
				return fs.SkipDir
			}
			w.seen[here] = true
		case entry.Type()&fs.ModeSymlink != 0:
			w.links = append(w.links, link{as, filepath.Dir(here)})
		default:
			w.file(here, as, entry.Type().IsRegular())
		}
		return nil
	})
}

// file takes the file at a place without links.
func (w *walk) file(place, as string, regular bool) {
	switch {
	case w.seen[place]:
	case !regular:
		w.other++
	case w.keep != nil && !w.keep(as):
		w.unwanted++
	default:
		w.seen[place] = true
		w.paths = append(w.paths, as)
	}
}

// follow takes what a link leads to.
func (w *walk) follow(l link) error {
	place, err := filepath.EvalSymlinks(filepath.Join(l.in, path.Base(l.path)))
	if err != nil {
		w.broken++
		return nil
	}
	info, err := os.Stat(place)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		w.file(place, l.path, info.Mode().IsRegular())
	case within(l.in, place) || within(w.place, place):
		w.circular++
	default:
		return errors.Wrapf(w.folder(place, l.path), "link %q", l.path)
	}
	return nil
}

// within says whether a place is a folder, or below it.
func within(place, folder string) bool {
	rel, err := filepath.Rel(folder, place)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
