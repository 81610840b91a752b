package folder_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/internal/folder"
)

func TestWriteFile(t *testing.T) {
	parent := t.TempDir()
	path := filepath.Join(parent, "deep", "file")
	for _, content := range []string{"one", "two", ""} {
		if err := folder.WriteFile(path, folder.Bytes([]byte(content))); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Errorf("%q, %v", got, err)
		}
	}
	failure := errors.New("no more")
	err := folder.WriteFile(path, func(w io.Writer) error {
		w.Write(make([]byte, 1<<20))
		return failure
	})
	if got, _ := os.ReadFile(path); err != failure || string(got) != "" || names(t, filepath.Dir(path)) != "file" {
		t.Errorf("after a failure: %v, %d bytes, %s", err, len(got), names(t, filepath.Dir(path)))
	}
	long := filepath.Join(parent, strings.Repeat("é", 127))
	if err := folder.WriteFile(long, folder.Bytes(nil)); err != nil {
		t.Errorf("a name as long as can be: %v", err)
	}
}

func TestWriteFilePermissions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for _, mode := range []os.FileMode{0o600, 0o640, 0o444} {
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		before, _ := os.Stat(path)
		if err := folder.WriteFile(path, folder.Bytes([]byte("x"))); err != nil {
			t.Fatal(err)
		}
		if after, _ := os.Stat(path); after.Mode() != before.Mode() {
			t.Errorf("%v became %v", before.Mode(), after.Mode())
		}
		os.Remove(path)
	}
}

func TestWriteFileLinks(t *testing.T) {
	parent := t.TempDir()
	t.Chdir(parent)
	for _, dir := range []string{"a/b", "c"} {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct{ target, link, file string }{
		{"there", "l1", "there"},
		{filepath.Join(parent, "there"), "c/l2", "there"},
		{"../there", "c/l3", "there"},
		{"c/l3", "l4", "there"},
		{"not/yet", "l5", "not/yet"},
		{"a/b", "dir", ""},
		{"dir/../x", "l6", "a/x"}, // not x
	} {
		if err := os.Symlink(tc.target, tc.link); err != nil {
			t.Skip(err)
		}
		if tc.file == "" {
			continue
		}
		if err := folder.WriteFile(tc.link, folder.Bytes([]byte(tc.link))); err != nil {
			t.Errorf("%s: %v", tc.link, err)
		}
		info, err := os.Lstat(tc.link)
		if err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s is no link any more", tc.link)
		}
		if got, err := os.ReadFile(tc.file); err != nil || string(got) != tc.link {
			t.Errorf("%s: %s holds %q, %v", tc.link, tc.file, got, err)
		}
	}
	if err := os.Symlink("circle", "circle"); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"circle": "symbolic links", "dir": "is a folder", "new/": "is a folder", "": "no path", "there/x": "not a directory"} {
		for name, call := range map[string]func(string) error{
			"write": func(path string) error { return folder.WriteFile(path, folder.Bytes(nil)) }, "can": folder.CanWriteFile,
		} {
			if err := call(path); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s %q: %v, want %s", name, path, err, want)
			}
		}
	}
	if err := folder.CanWriteFile("some/where/file"); err != nil || names(t, "some/where") != "" {
		t.Errorf("can: %v, %s", err, names(t, "some/where"))
	}
}
