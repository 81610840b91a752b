package folder

import (
	"bufio"
	"io"
	"io/fs"
	"os"
	"runtime"
	"syscall"

	"github.com/pkg/errors"
)

// WriteFile writes a file wholly or not at all: whenever the program ends, path holds what it held or all of the
// new content. The folders it is in are made.
//
// A symbolic link stays, and the file that it names is written. A file that was there keeps its permissions. A
// device, a pipe or an open file (/dev/stdout) is written to as it is. So is, once the content is made, a file that
// no other can take the place of, because its folder may not be written or it is a mount point: there the program's
// end can leave a part.
func WriteFile(path string, content func(io.Writer) error) error {
	t, err := targetOf(path)
	if err != nil {
		return err
	}
	if t.open {
		return t.write(content)
	}
	dir, name := split(t.place)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return errors.WithStack(err)
	}
	sweep(dir, func(base string) bool { return base == name })
	pause()
	space, err := newWorkspace(dir, name)
	if err != nil {
		if t.info == nil || !cannotReplace(err) {
			return err
		}
		return t.overwrite(content)
	}
	defer space.close()
	fresh := space.path("file")
	if err := writeFile(fresh, t.info, content); err != nil {
		return err
	}
	pause()
	err = os.Rename(fresh, t.place)
	if err != nil && t.info != nil && cannotReplace(err) {
		return t.copy(fresh)
	}
	pause()
	if err != nil {
		return errors.WithStack(err)
	}
	return syncDir(dir)
}

// CanWriteFile reports what would keep WriteFile from writing, before there is anything to write.
func CanWriteFile(path string) error {
	t, err := targetOf(path)
	if err != nil || t.open {
		return err
	}
	dir, name := split(t.place)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return errors.WithStack(err)
	}
	space, err := newWorkspace(dir, name)
	if err == nil {
		space.close()
		return nil
	}
	if t.info == nil || !cannotReplace(err) {
		return err
	}
	f, err := os.OpenFile(t.place, os.O_WRONLY, 0)
	if err != nil {
		return errors.WithStack(err)
	}
	return errors.WithStack(f.Close())
}

// A target is what a path to write to stands for.
type target struct {
	place string      // of the file that is, or will be, there
	info  fs.FileInfo // nil: nothing is there yet
	open  bool        // it is no file that another can take the place of
}

func targetOf(path string) (t target, err error) {
	if path == "" {
		return t, errors.New("no path to write to")
	}
	if t.place, err = resolve(path); err != nil {
		return t, err
	}
	if os.IsPathSeparator(path[len(path)-1]) {
		return t, errors.Errorf("%s is a folder, want a file", path)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return t, nil
	case err != nil:
		return t, errors.WithStack(err)
	case info.IsDir():
		return t, errors.Errorf("%s is a folder, want a file", path)
	}
	t.info = info
	t.open = !info.Mode().IsRegular() || standard(info) != nil || ofProcess(t.place)
	return t, nil
}

// standard is the standard output of the process that is this file, nil if none is.
func standard(info fs.FileInfo) *os.File {
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if stream, err := f.Stat(); err == nil && os.SameFile(stream, info) {
			return f
		}
	}
	return nil
}

// write writes to what is open elsewhere.
func (t target) write(content func(io.Writer) error) error {
	f := standard(t.info)
	if f == nil {
		flags := os.O_WRONLY
		if t.info.Mode().IsRegular() {
			flags |= os.O_TRUNC
		}
		var err error
		if f, err = os.OpenFile(t.place, flags, 0); err != nil {
			return errors.WithStack(err)
		}
		defer f.Close()
	}
	w := bufio.NewWriterSize(f, 1<<16)
	if err := content(w); err != nil {
		return err
	}
	return errors.WithStack(w.Flush())
}

// overwrite writes a file in its place, once the content is made.
func (t target) overwrite(content func(io.Writer) error) error {
	space, err := newWorkspace(os.TempDir(), "elman")
	if err != nil {
		return err
	}
	defer space.close()
	if err := writeFile(space.path("file"), nil, content); err != nil {
		return err
	}
	return t.copy(space.path("file"))
}

// copy puts the content of another file into the file.
func (t target) copy(from string) error {
	in, err := os.Open(from)
	if err != nil {
		return errors.WithStack(err)
	}
	defer in.Close()
	return writeFile(t.place, t.info, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return errors.WithStack(err)
	})
}

// cannotReplace reports whether an error says that no other file can take the place of one that is there.
func cannotReplace(err error) bool {
	if errors.Is(err, fs.ErrPermission) {
		return true
	}
	for _, e := range []syscall.Errno{syscall.EROFS, syscall.EBUSY, syscall.EXDEV} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// writeFile writes a file that is on the disk when it returns, with the permissions of the one it replaces.
func writeFile(path string, instead fs.FileInfo, content func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return errors.WithStack(err)
	}
	defer func() {
		if closing := f.Close(); err == nil {
			err = errors.WithStack(closing)
		}
	}()
	if instead != nil {
		keepOwner(f, instead)
		if err := f.Chmod(instead.Mode().Perm()); err != nil && !cannotReplace(err) {
			return errors.WithStack(err)
		}
	}
	w := bufio.NewWriterSize(f, 1<<16)
	if err := content(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return errors.WithStack(err)
	}
	if err := f.Sync(); err != nil && !unsupported(err) {
		return errors.WithStack(err)
	}
	return nil
}

// syncDir puts the names in a folder on the disk, where the system has such a call and allows it. Windows does
// so by itself.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil // it may be written, and not be read
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !unsupported(err) {
		return errors.WithStack(err)
	}
	return nil
}
