package folder

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/pkg/errors"
)

// Sums is the file with the checksums of the others, in the form that sha256sum -c reads.
const Sums = "SHA256SUMS"

// Files are the contents of a folder, by name.
type Files map[string]func(w io.Writer) error

// Bytes is a content that is there already.
func Bytes(content []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	}
}

// committed is where, in a folder, new files stand until each has taken the place of the one of its name. They are
// in force from the moment that the folder has this name, and those beside it with the same names no more.
const committed = ".commit"

// Write makes the folder dir, or puts files into it in place of those of the same names. Whenever the program ends,
// Read finds all of the files as they were, or all of the new ones: those are written elsewhere, synced, and put in
// force by one rename.
//
// The folder itself stays, so that it can be a mount point, the working folder, one whose parent cannot be written,
// or what a symbolic link leads to.
func Write(dir string, files Files) error {
	place, err := resolve(dir)
	if err != nil {
		return err
	}
	info, err := os.Stat(place)
	isNew := errors.Is(err, fs.ErrNotExist)
	parent, base := place, ""
	switch {
	case isNew:
		parent, base = split(place)
		if err := os.MkdirAll(parent, 0o777); err != nil {
			return errors.WithStack(err)
		}
	case err != nil:
		return errors.WithStack(err)
	case !info.IsDir():
		return errors.Errorf("%s is a file, want a folder", dir)
	default:
		if err := finish(place); err != nil {
			return err
		}
	}
	space, err := newWorkspace(parent, base)
	if err != nil {
		return err
	}
	defer space.close()
	fresh := space.path("files")
	if err := writeFiles(fresh, place, files); err != nil {
		return err
	}
	pause()
	if isNew && os.Rename(fresh, place) == nil {
		pause()
		if err := syncDir(parent); err != nil {
			return err
		}
	} else if err := commit(fresh, place); err != nil {
		return err
	}
	pause()
	Sweep(dir)
	return nil
}

// writeFiles makes the folder fresh with files that are to take their place in another.
func writeFiles(fresh, place string, files Files) error {
	if err := os.Mkdir(fresh, 0o777); err != nil {
		return errors.WithStack(err)
	}
	var sums bytes.Buffer
	write := func(name string, content func(io.Writer) error) error {
		pause()
		instead, _ := os.Stat(join(place, name))
		return errors.Wrap(writeFile(join(fresh, name), instead, content), name)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		h := sha256.New()
		if err := write(name, func(w io.Writer) error { return files[name](io.MultiWriter(w, h)) }); err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", h.Sum(nil), name)
	}
	if err := write(Sums, Bytes(sums.Bytes())); err != nil {
		return err
	}
	return syncDir(fresh)
}

// commit puts the files of fresh in force in place.
func commit(fresh, place string) error {
	for range 100 {
		err := os.Rename(fresh, join(place, committed))
		if err == nil {
			pause()
			if err := syncDir(place); err != nil {
				return err
			}
			return finish(place)
		}
		if _, failed := os.Lstat(join(place, committed)); failed != nil {
			return errors.WithStack(err)
		}
		if err := finish(place); err != nil { // another process has written here meanwhile
			return err
		}
	}
	return errors.Errorf("%s: other processes go on writing to it", place)
}

// finish moves committed files to where they belong. It does no harm at any time, and any number may do so at once:
// each file is moved by the first that comes, and whichever files are there are those in force.
func finish(place string) error {
	from := join(place, committed)
	entries, err := os.ReadDir(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return errors.WithStack(err)
	}
	for _, e := range entries {
		pause()
		if err := move(join(from, e.Name()), join(place, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return errors.WithStack(err)
		}
	}
	pause()
	if err := syncDir(place); err != nil {
		return err
	}
	os.Remove(from) // it stays if another process has committed more
	return nil
}

// move renames a file to one that may be there. On Windows that fails while another process reads it.
func move(from, to string) (err error) {
	for range 100 {
		if err = os.Rename(from, to); err == nil || runtime.GOOS != "windows" || errors.Is(err, fs.ErrNotExist) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	return err
}

// Sweep removes what processes that were killed have left in dir, and of it beside it. What a living one has there
// stays.
func Sweep(dir string) {
	place, err := resolve(dir)
	if err != nil {
		return
	}
	sweep(place, func(base string) bool { return true })
	parent, name := split(place)
	sweep(parent, func(base string) bool { return base == name })
}

// Remove removes a folder that Write made. It is not there any more before the first of its files is gone.
func Remove(dir string) error {
	place, err := resolve(dir)
	if err != nil {
		return err
	}
	space, err := newWorkspace(split(place))
	if err != nil {
		return err
	}
	defer space.close()
	pause()
	err = os.Rename(place, space.path("files"))
	pause()
	return errors.WithStack(err)
}

// Leftover reports whether a name may be that of a folder in which Write was preparing files, or Remove taking them
// apart, when the program ended, and for which place. It was the content of that place until then if is Former too.
func Leftover(name string) (place string, is bool) {
	place, _, is = strings.Cut(name, ".new-")
	return place, is
}

// Former reports whether a leftover may be what a folder was, when a program that knew no other way ended between
// two renames. Read finds it there.
func Former(name string) bool { return strings.HasSuffix(name, ".old") }
