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
	"slices"
	"time"

	"github.com/pkg/errors"
)

// MaxSums is how long the file with the checksums may be, in bytes.
const MaxSums = 1 << 20

// Readers read files of a folder, by name. They may be called again, when the files were replaced meanwhile.
type Readers map[string]func(r io.Reader) error

// Whole is a reader of a file of at most limit bytes, which it keeps in content.
func Whole(content *[]byte, limit int64) func(io.Reader) error {
	return func(r io.Reader) (err error) {
		if *content, err = io.ReadAll(io.LimitReader(r, limit+1)); err != nil {
			return errors.WithStack(err)
		}
		if int64(len(*content)) > limit {
			return errors.Errorf("more than %d bytes, the limit for this file", limit)
		}
		return nil
	}
}

// Read reads files of a folder that Write made, and compares them with their checksums. One that is missing, cut
// short or altered in any byte is an error. When another process writes to the folder meanwhile, the files are all
// of before or all of after.
func Read(dir string, readers Readers) error {
	if place, err := resolve(dir); err == nil {
		if _, err := os.Lstat(join(place, committed)); err == nil {
			finish(place) // if it may be written; if not, what is in force is found all the same
		}
	}
	var before []fs.FileInfo
	same := 0
	for attempt := range 1000 {
		seen, again, err := read(dir, readers)
		if err == nil || !again {
			return err
		}
		// Files that stay as they are are not being replaced, they are damaged. One that is not there may be about
		// to come.
		if attempt > 0 && slices.EqualFunc(before, seen, unchanged) {
			same++
		} else {
			same = 0
		}
		if same >= 1 && !slices.Contains(seen, nil) || same >= 5 {
			return err
		}
		before = seen
		time.Sleep(time.Duration(min(attempt+1, 16)) * time.Millisecond)
	}
	return errors.Errorf("%s: other processes go on writing to it", dir)
}

// unchanged reports whether two looks at a file, nil for none, saw the same content.
func unchanged(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// read is one attempt. It gives what it has seen of the files, and whether another attempt may find something else.
func read(dir string, readers Readers) (seen []fs.FileInfo, again bool, err error) {
	place := trim(dir)
	if _, err := os.Stat(place); errors.Is(err, fs.ErrNotExist) {
		if target, err := resolve(dir); err == nil {
			if old := former(target); old != "" {
				place = old
			}
		}
	}
	names := append([]string{Sums}, slices.Sorted(maps.Keys(readers))...)
	files := make([]*os.File, len(names)) // all are open before the first is read: what is open is not replaced
	defer func() {
		for _, f := range files {
			if f != nil {
				f.Close()
			}
		}
	}()
	for i, name := range names {
		var info fs.FileInfo
		if files[i], info, err = open(place, name); err != nil {
			seen = append(seen, nil)
			return seen, errors.Is(err, fs.ErrNotExist), errors.WithStack(err)
		}
		seen = append(seen, info)
	}
	var text []byte
	if err := Whole(&text, MaxSums)(files[0]); err != nil {
		return seen, false, errors.Wrap(err, Sums)
	}
	sums := map[string]bool{}
	for line := range bytes.Lines(text) {
		sums[string(line)] = true
	}
	for i, name := range names[1:] {
		h := sha256.New()
		r := io.TeeReader(bufio.NewReaderSize(files[i+1], 1<<16), h)
		failed := readers[name](r)
		if failed == nil || seen[i+1].Size() < maxDrained {
			if _, err := io.Copy(io.Discard, r); err != nil {
				return seen, false, errors.Wrap(err, name)
			}
			if !sums[fmt.Sprintf("%x  %s\n", h.Sum(nil), name)] {
				return seen, true, errors.Errorf("%s: its checksum is not the one in %s; one of the two is damaged", name, Sums)
			}
		}
		if failed != nil {
			return seen, false, errors.Wrap(failed, name)
		}
	}
	return seen, false, nil
}

// maxDrained is the size of files, in bytes, that are read to the end when their reader has failed, to see whether
// they are damaged.
const maxDrained = 1 << 28

// open opens a file of a folder: the committed one, if there is one.
func open(place, name string) (*os.File, fs.FileInfo, error) {
	for _, dir := range []string{join(place, committed), place} {
		path := join(dir, name)
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) && dir != place {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		if !info.Mode().IsRegular() { // a pipe or a device may have no end
			return nil, nil, errors.Errorf("%s is no regular file", path)
		}
		f, err := os.Open(path)
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) && dir != place {
				continue
			}
			return nil, nil, err
		}
		info, err = f.Stat()
		return f, info, err
	}
	panic("unreachable")
}
