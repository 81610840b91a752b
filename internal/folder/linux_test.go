//go:build linux

package folder_test

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/elman-go/elman/internal/folder"
)

// asUser runs a function as one who is not root, as far as files go.
func asUser(t *testing.T, f func()) {
	t.Helper()
	if os.Getuid() != 0 {
		f()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with this function
		if err := syscall.Setfsuid(65534); err != nil {
			t.Error(err)
			return
		}
		f()
	}()
	<-done
}

// open lets everyone into a folder of the test.
func everyone(t *testing.T, dir string, mode os.FileMode) {
	t.Helper()
	for at := dir; at != filepath.Dir(os.TempDir()) && at != "/"; at = filepath.Dir(at) {
		if at == os.TempDir() {
			break
		}
		if err := os.Chmod(at, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, mode); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o777) })
}

// A device and a pipe are written to, and stay.
func TestWriteFileThrough(t *testing.T) {
	dir := t.TempDir()
	null := filepath.Join(dir, "null")
	if err := syscall.Mknod(null, syscall.S_IFCHR|0o666, 1<<8|3); err != nil {
		null = "/dev/null"
	}
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o666); err != nil {
		t.Skip(err)
	}
	came := make(chan string)
	go func() {
		content, _ := os.ReadFile(fifo)
		came <- string(content)
	}()
	for _, path := range []string{null, fifo} {
		link := path + "-link"
		if path != "/dev/null" {
			if err := os.Symlink(filepath.Base(path), link); err != nil {
				t.Fatal(err)
			}
		} else {
			link = path
		}
		before, _ := os.Lstat(path)
		if err := folder.CanWriteFile(link); err != nil { // which does not open a pipe
			t.Error(err)
		}
		if err := folder.WriteFile(link, folder.Bytes([]byte("content"))); err != nil {
			t.Error(err)
		}
		after, _ := os.Lstat(path)
		if before.Mode() != after.Mode() || !os.SameFile(before, after) {
			t.Errorf("%s was %v, is %v", path, before.Mode(), after.Mode())
		}
	}
	if got := <-came; got != "content" {
		t.Errorf("through the pipe came %q", got)
	}
	if err := folder.WriteFile("/dev/full", folder.Bytes([]byte("x"))); err == nil {
		t.Error("no error of a full device")
	}
}

// An open file is written to where its name would do, and one that has no name any more.
func TestWriteFileOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	stdout := os.Stdout
	defer func() { os.Stdout = stdout }()
	os.Stdout = f
	f.WriteString("said before; ")
	for _, content := range []string{"one ", "two"} {
		if err := folder.WriteFile(path, folder.Bytes([]byte(content))); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := os.ReadFile(path); string(got) != "said before; one two" {
		t.Errorf("standard output is %q", got)
	}
	os.Stdout = stdout
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	descriptor := filepath.Join("/dev/fd", itoa(f.Fd()))
	for _, content := range []string{"longer", "short"} {
		if err := folder.WriteFile(descriptor, folder.Bytes([]byte(content))); err != nil {
			t.Fatal(err)
		}
	}
	f.Seek(0, io.SeekStart)
	if got, _ := io.ReadAll(f); string(got) != "short" {
		t.Errorf("the open file is %q", got)
	}
}

func itoa(n uintptr) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

// Where the folder may not be written, a file in it is written in its place, and a folder in it too.
func TestWriteBelowReadOnly(t *testing.T) {
	parent := t.TempDir()
	file, dir := filepath.Join(parent, "file"), filepath.Join(parent, "dir")
	if err := os.WriteFile(file, []byte("a long content"), 0o666); err != nil {
		t.Fatal(err)
	}
	os.Chmod(file, 0o666)
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	os.Chmod(dir, 0o777)
	everyone(t, parent, 0o555)
	before, _ := os.Stat(file)
	asUser(t, func() {
		if err := folder.CanWriteFile(file); err != nil {
			t.Error(err)
		}
		if err := folder.WriteFile(file, folder.Bytes([]byte("content"))); err != nil {
			t.Error(err)
		}
		failing := func(io.Writer) error { return io.ErrUnexpectedEOF }
		if err := folder.WriteFile(file, failing); err != io.ErrUnexpectedEOF {
			t.Errorf("error is %v", err)
		}
		if err := folder.WriteFile(filepath.Join(parent, "other"), folder.Bytes(nil)); !os.IsPermission(cause(err)) {
			t.Errorf("a file that is not there: %v", err)
		}
		for _, content := range []string{"one", "two"} {
			if err := folder.Write(dir, files("a", content)); err != nil {
				t.Error(err)
			}
			if got, err := read(dir, "a"); err != nil || got != content {
				t.Errorf("%q, %v", got, err)
			}
		}
		if err := folder.Write(filepath.Join(parent, "none"), files("a", "")); !os.IsPermission(cause(err)) {
			t.Errorf("a folder that is not there: %v", err)
		}
	})
	after, _ := os.Stat(file)
	if got, _ := os.ReadFile(file); string(got) != "content" || !os.SameFile(before, after) {
		t.Errorf("the file is %q", got)
	}
	if got := names(t, parent); got != "dir file" {
		t.Errorf("left: %s", got)
	}
}

func cause(err error) error {
	for {
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			return err
		}
		if p, ok := err.(*os.PathError); ok {
			return p
		}
		err = u.Unwrap()
	}
}

// A mount point cannot be renamed: neither a folder nor a single file that is one.
func TestWriteMountPoints(t *testing.T) {
	parent := t.TempDir()
	dir, file, source := filepath.Join(parent, "dir"), filepath.Join(parent, "file"), filepath.Join(parent, "source")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, source} {
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	mount := func(source, target, kind string, flags uintptr) {
		if err := syscall.Mount(source, target, kind, flags, ""); err != nil {
			t.Skipf("mount: %v", err)
		}
		t.Cleanup(func() { syscall.Unmount(target, syscall.MNT_DETACH) })
	}
	mount("tmpfs", dir, "tmpfs", 0)
	mount(source, file, "", syscall.MS_BIND)
	for _, content := range []string{"one", "two"} {
		if err := folder.Write(dir, files("a", content)); err != nil {
			t.Fatal(err)
		}
		if got, err := read(dir, "a"); err != nil || got != content {
			t.Errorf("%q, %v", got, err)
		}
		if err := folder.WriteFile(file, folder.Bytes([]byte(content))); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(source); err != nil || string(got) != content {
			t.Errorf("the mounted file is %q, %v", got, err)
		}
	}
	if got := names(t, dir) + ", " + names(t, parent); got != "SHA256SUMS a, dir file source" {
		t.Errorf("left: %s", got)
	}
}

// What root writes in the folder of a user stays the user's.
func TestWriteFileOwner(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root gives files away")
	}
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, 65534, 65533); err != nil {
		t.Skip(err)
	}
	if err := folder.WriteFile(path, folder.Bytes([]byte("x"))); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if s := info.Sys().(*syscall.Stat_t); s.Uid != 65534 || s.Gid != 65533 || info.Mode().Perm() != 0o600 {
		t.Errorf("it is of %d:%d, %v", s.Uid, s.Gid, info.Mode())
	}
	if entries := names(t, filepath.Dir(path)); strings.Contains(entries, ".new-") {
		t.Errorf("left: %s", entries)
	}
}
