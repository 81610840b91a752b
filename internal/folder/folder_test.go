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

func files(contents ...string) folder.Files {
	f := folder.Files{}
	for i := 0; i < len(contents); i += 2 {
		f[contents[i]] = folder.Bytes([]byte(contents[i+1]))
	}
	return f
}

// names lists a folder.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return strings.Join(list, " ")
}

func TestWriteAndRead(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "deep", "it")
	for _, content := range []string{"one", "two", ""} { // the others replace it
		if err := folder.Write(dir, files("a", content, "b", "x")); err != nil {
			t.Fatal(err)
		}
		got, err := folder.Read(dir, "a", "b")
		if err != nil || string(got["a"]) != content || string(got["b"]) != "x" {
			t.Errorf("%q, %v", got, err)
		}
	}
	if got := names(t, dir); got != "SHA256SUMS a b" {
		t.Errorf("the folder holds %s", got)
	}
	if err := folder.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if got := names(t, filepath.Dir(dir)); got != "" {
		t.Errorf("left: %s", got)
	}
}

// What fails half way leaves the folder as it was, and nothing beside it.
func TestWriteFails(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "it")
	if err := folder.Write(dir, files("a", "before")); err != nil {
		t.Fatal(err)
	}
	broken := files("a", "after")
	broken["b"] = func(w io.Writer) error {
		w.Write(make([]byte, 1<<20))
		return errors.New("no space left on device")
	}
	err := folder.Write(dir, broken)
	if err == nil || err.Error() != "b: no space left on device" {
		t.Errorf("error is %v", err)
	}
	if got, err := folder.Read(dir, "a"); err != nil || string(got["a"]) != "before" || names(t, parent) != "it" {
		t.Errorf("%q, %v; beside it %s", got, err, names(t, parent))
	}
	if err := folder.Write(filepath.Join(dir, "a", "deeper"), files()); err == nil {
		t.Error("a folder in a file")
	}
}

func TestReadRefuses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "it")
	for name, tc := range map[string]struct {
		harm func() error
		want string
	}{
		"altered": {func() error { return os.WriteFile(filepath.Join(dir, "a"), []byte("onf"), 0o666) }, "a: its checksum is not the one in SHA256SUMS"},
		"cut":     {func() error { return os.Truncate(filepath.Join(dir, "a"), 2) }, "a: its checksum"},
		"missing": {func() error { return os.Remove(filepath.Join(dir, "a")) }, "no such file"},
		"no sums": {func() error { return os.Remove(filepath.Join(dir, folder.Sums)) }, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := folder.Write(dir, files("a", "one")); err != nil {
				t.Fatal(err)
			}
			if err := tc.harm(); err != nil {
				t.Fatal(err)
			}
			if _, err := folder.Read(dir, "a"); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error is %v, want %s", err, tc.want)
			}
		})
	}
}

func TestLeftover(t *testing.T) {
	for name, want := range map[string]string{"step-0000000001": "", "step-0000000001.new-123": "step-0000000001", "step-0000000001.new-123.old": "step-0000000001", "new": ""} {
		if place, is := folder.Leftover(name); is != (want != "") || is && place != want {
			t.Errorf("%s: %q %v, want %q", name, place, is, want)
		}
	}
}
