package folder

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/pkg/errors"
)

// A workspace is a folder in which something is prepared that takes its place when it is whole, or is taken apart
// that has lost it. It is beside that place, on the same file system, and is locked while its process lives: what
// a killed one left is found by sweep.
type workspace struct {
	dir  string
	lock *Lock
}

const lockName = "lock" // of a workspace

// workspaceName is base.new-PROCESS-RANDOM.
var workspaceName = regexp.MustCompile(`^(.*)\.new-[0-9]+-[0-9a-f]{8}$`)

// newWorkspace makes a workspace in parent for what is to be named base there.
func newWorkspace(parent, base string) (*workspace, error) {
	for len(base) > 100 { // the suffix has to fit into a name too
		_, n := utf8.DecodeLastRuneInString(base)
		base = base[:len(base)-n]
	}
	for range 100 {
		dir := join(parent, fmt.Sprintf("%s.new-%d-%08x", base, max(0, os.Getpid()), rand.Uint32()))
		if err := os.Mkdir(dir, 0o777); errors.Is(err, fs.ErrExist) {
			continue
		} else if err != nil {
			return nil, errors.WithStack(err)
		}
		pause()
		lock, err := Take(join(dir, lockName))
		pause()
		if err == nil {
			return &workspace{dir, lock}, nil
		}
		os.Remove(dir)
		if !errors.Is(err, fs.ErrNotExist) && !errors.As(err, new(*InUse)) { // another swept it in this moment
			return nil, err
		}
	}
	return nil, errors.Errorf("%s: other processes go on removing the folders that are made in it", parent)
}

// path is where something of the workspace is.
func (w *workspace) path(name string) string { return join(w.dir, name) }

// close removes the workspace and all that is left in it. What cannot be removed is found by the next sweep.
func (w *workspace) close() {
	if entries, err := os.ReadDir(w.dir); err == nil {
		for _, e := range entries {
			if e.Name() != lockName {
				os.RemoveAll(w.path(e.Name()))
			}
		}
	}
	pause()
	w.lock.Release()
	os.Remove(w.dir)
}

// pause is called between operations on the disk. Tests end the process there.
var pause = func() {}

// sweep removes from parent the workspaces that killed processes left of what ours accepts.
func sweep(parent string, ours func(base string) bool) {
	d, err := os.Open(parent)
	if err != nil {
		return
	}
	names, _ := d.Readdirnames(-1)
	d.Close()
	for _, name := range names {
		if m := workspaceName.FindStringSubmatch(name); m != nil && ours(m[1]) {
			sweepWorkspace(join(parent, name))
		}
		if m := formerName.FindStringSubmatch(name); m != nil && ours(m[1]) {
			sweepFormer(join(parent, name))
		}
	}
}

func sweepWorkspace(dir string) {
	if _, err := os.Stat(join(dir, lockName)); err != nil {
		os.Remove(dir) // if it is empty: it is not locked yet, or not any more
		return
	}
	lock, err := Take(join(dir, lockName))
	if err != nil {
		return // it is in use
	}
	(&workspace{dir, lock}).close()
}

// formerName is that of the folders that were made before there were locks: new content, and what it took the
// place of, which was not there between two renames.
var formerName = regexp.MustCompile(`^(.*)\.new-[0-9]{9,10}(\.old)?$`)

// sweepFormer removes such a folder if it can be nothing else, and is not being written any more.
func sweepFormer(dir string) {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || time.Since(info.ModTime()) < time.Hour {
		return
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if !e.Type().IsRegular() || e.Name() != Sums && filepath.Ext(e.Name()) != ".safetensors" && filepath.Ext(e.Name()) != ".json" {
			return
		}
	}
	if err == nil {
		os.RemoveAll(dir)
	}
}

// former finds what place was when a process ended between the two renames of that time; "" if nothing did.
func former(place string) string {
	parent, base := split(place)
	entries, err := os.ReadDir(parent)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		if of, is := Leftover(e.Name()); !is || of != base || !Former(e.Name()) {
			continue
		}
		if _, err := os.Stat(join(join(parent, e.Name()), Sums)); err == nil {
			return join(parent, e.Name())
		}
	}
	return ""
}
