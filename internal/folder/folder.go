package folder

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

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

// Write makes the folder dir, or replaces it whole. All is written to a folder beside it and synced, and
// then put in its place, so that whenever the program ends dir is as it was or holds everything. Between
// the two renames of a replacement it is not there, and what it was is beside it, as Leftover knows.
func Write(dir string, files Files) (err error) {
	place := filepath.Clean(dir)
	parent := filepath.Dir(place)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return errors.WithStack(err)
	}
	fresh, err := os.MkdirTemp(parent, filepath.Base(place)+freshMark+"*")
	if err != nil {
		return errors.WithStack(err)
	}
	defer os.RemoveAll(fresh)
	if err := os.Chmod(fresh, 0o755); err != nil {
		return errors.WithStack(err)
	}
	var sums bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(files)) {
		sum, err := write(filepath.Join(fresh, name), files[name])
		if err != nil {
			return errors.Wrap(err, name)
		}
		fmt.Fprintf(&sums, "%x  %s\n", sum, name)
	}
	if _, err := write(filepath.Join(fresh, Sums), Bytes(sums.Bytes())); err != nil {
		return errors.Wrap(err, Sums)
	}
	if err := sync(fresh); err != nil {
		return err
	}
	old := fresh + ".old"
	if err := os.Rename(place, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.WithStack(err)
	}
	if err := os.Rename(fresh, place); err != nil {
		os.Rename(old, place)
		return errors.WithStack(err)
	}
	if err := sync(parent); err != nil {
		return err
	}
	return errors.WithStack(os.RemoveAll(old))
}

// freshMark is in the names of folders that are being written, and of those that they replace.
const freshMark = ".new-"

// Leftover reports whether a name may be that of a folder that Write was making, or removing, when the program
// ended, and of which it was to take the place.
func Leftover(name string) (place string, is bool) {
	place, _, is = strings.Cut(name, freshMark)
	return place, is
}

// Remove removes a folder that Write made. It is not there any more before the first of its files is gone.
func Remove(dir string) error {
	place := filepath.Clean(dir)
	old, err := os.MkdirTemp(filepath.Dir(place), filepath.Base(place)+freshMark+"*")
	if err != nil {
		return errors.WithStack(err)
	}
	if err := os.Rename(place, filepath.Join(old, filepath.Base(place))); err != nil {
		os.Remove(old)
		return errors.WithStack(err)
	}
	return errors.WithStack(os.RemoveAll(old))
}

// write writes a file that is on the disk when it returns, and gives its checksum.
func write(path string, content func(io.Writer) error) (sum []byte, err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, errors.WithStack(err)
	}
	defer func() {
		if closing := f.Close(); err == nil {
			err = errors.WithStack(closing)
		}
	}()
	h := sha256.New()
	w := bufio.NewWriterSize(f, 1<<16)
	if err := content(io.MultiWriter(w, h)); err != nil {
		return nil, err
	}
	if err := w.Flush(); err != nil {
		return nil, errors.WithStack(err)
	}
	return h.Sum(nil), errors.WithStack(f.Sync())
}

// sync puts the names in a folder on the disk. Windows has no such call, and does so by itself.
func sync(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return errors.WithStack(err)
	}
	defer f.Close()
	return errors.WithStack(f.Sync())
}

// Read reads files of a folder that Write made, and compares them with their checksums. One that is
// missing, cut short or altered in any byte is an error.
func Read(dir string, names ...string) (map[string][]byte, error) {
	sums, err := os.ReadFile(filepath.Join(dir, Sums))
	if err != nil {
		return nil, errors.WithStack(err)
	}
	lines := strings.SplitAfter(string(sums), "\n")
	files := map[string][]byte{}
	for _, name := range names {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, errors.WithStack(err)
		}
		if !slices.Contains(lines, fmt.Sprintf("%x  %s\n", sha256.Sum256(content), name)) {
			return nil, errors.Errorf("%s: its checksum is not the one in %s; one of the two is damaged", name, Sums)
		}
		files[name] = content
	}
	return files, nil
}
