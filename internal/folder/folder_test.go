package folder_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// read reads files of a folder, joined by spaces.
func read(dir string, names ...string) (string, error) {
	contents, readers := make([][]byte, len(names)), folder.Readers{}
	for i, name := range names {
		readers[name] = folder.Whole(&contents[i], 1<<20)
	}
	err := folder.Read(dir, readers)
	var list []string
	for _, c := range contents {
		list = append(list, string(c))
	}
	return strings.Join(list, " "), err
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
		if got, err := read(dir, "a", "b"); err != nil || got != content+" x" {
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

// A failure half way leaves the folder as it was, and nothing beside it.
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
	if got, err := read(dir, "a"); err != nil || got != "before" || names(t, parent) != "it" || names(t, dir) != "SHA256SUMS a" {
		t.Errorf("%q, %v; beside it %s, in it %s", got, err, names(t, parent), names(t, dir))
	}
	for _, file := range []string{filepath.Join(dir, "a"), filepath.Join(dir, "a", "deeper")} {
		if err := folder.Write(file, files()); err == nil {
			t.Errorf("a folder at %s", file)
		}
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "a")); string(got) != "before" {
		t.Errorf("the file is %q", got)
	}
}

// A folder can be written whatever its name and place are, and stays the folder it was.
func TestWritePlaces(t *testing.T) {
	parent := t.TempDir()
	for _, dir := range []string{"cwd", "up/down", "v1", "far"} {
		if err := os.MkdirAll(filepath.Join(parent, dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	link := func(target, name string) string {
		if err := os.Symlink(target, filepath.Join(parent, name)); err != nil {
			t.Skip(err)
		}
		return filepath.Join(parent, name)
	}
	latest, next, chain := link("v1", "latest"), link("v2", "next"), link("latest", "chain")
	loop := link("loop", "loop")
	through := link("far/link/../v3", "through")
	link(filepath.Join(parent, "up", "down"), filepath.Join("far", "link"))
	for _, tc := range []struct{ name, cwd, dir, place string }{
		{"working folder", "cwd", ".", "cwd"},
		{"no name", "cwd", "", "cwd"},
		{"above", "up/down", "..", "up"},
		{"above and down", "up/down", "../down", "up/down"},
		{"slash at the end", "cwd", "new/", "cwd/new"},
		{"absolute", "cwd", filepath.Join(parent, "abs") + "//", "abs"},
		{"link", "cwd", latest, "v1"},
		{"link and slash", "cwd", latest + "/", "v1"},
		{"relative link", "cwd", "../latest", "v1"},
		{"link to a link", "cwd", chain, "v1"},
		{"link to what is not there yet", "cwd", next, "v2"},
		{"link through a link and up", "cwd", through, "up/v3"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Chdir(filepath.Join(parent, tc.cwd))
			for _, content := range []string{"one", "two"} {
				if err := folder.Write(tc.dir, files("a", content)); err != nil {
					t.Fatal(err)
				}
				for _, dir := range []string{tc.dir, filepath.Join(parent, tc.place)} {
					if got, err := read(dir, "a"); err != nil || got != content {
						t.Errorf("%s: %q, %v", dir, got, err)
					}
				}
			}
			if got := names(t, filepath.Join(parent, tc.place)); !strings.HasPrefix(got, "SHA256SUMS a") || strings.Contains(got, ".new-") {
				t.Errorf("the folder holds %s", got)
			}
		})
	}
	for _, name := range []string{latest, next, chain, through} {
		if info, err := os.Lstat(name); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s is no link any more", name)
		}
	}
	if err := folder.Write(loop, files("a", "")); err == nil || !strings.Contains(err.Error(), "symbolic links") {
		t.Errorf("a circle of links: %v", err)
	}
	if got := names(t, parent); strings.Contains(got, ".new-") {
		t.Errorf("left: %s", got)
	}
}

func TestReadRefuses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "it")
	a, sums := filepath.Join(dir, "a"), filepath.Join(dir, folder.Sums)
	for name, tc := range map[string]struct {
		harm func() error
		want string
	}{
		"altered":   {func() error { return os.WriteFile(a, []byte("onf"), 0o666) }, "a: its checksum is not the one in SHA256SUMS"},
		"cut":       {func() error { return os.Truncate(a, 2) }, "a: its checksum"},
		"missing":   {func() error { return os.Remove(a) }, "no such file"},
		"no sums":   {func() error { return os.Remove(sums) }, "no such file"},
		"too long":  {func() error { return os.Truncate(a, 1<<40) }, "a: more than 1048576 bytes, the limit for this file"},
		"long sums": {func() error { return os.Truncate(sums, 1<<40) }, "SHA256SUMS: more than 1048576 bytes"},
		"a folder":  {func() error { os.Remove(a); return os.Mkdir(a, 0o777) }, "is no regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			os.RemoveAll(dir)
			if err := folder.Write(dir, files("a", "one")); err != nil {
				t.Fatal(err)
			}
			if err := tc.harm(); err != nil {
				t.Fatal(err)
			}
			if _, err := read(dir, "a"); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error is %v, want %s", err, tc.want)
			}
		})
	}
	if _, err := read(filepath.Join(dir, "none"), "a"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// A program of before was killed between the two renames that it made.
func TestFormer(t *testing.T) {
	parent := t.TempDir()
	dir, old := filepath.Join(parent, "it"), filepath.Join(parent, "it.new-1234567890.old")
	if err := folder.Write(dir, files("a.json", "old")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(dir, old); err != nil {
		t.Fatal(err)
	}
	if got, err := read(dir, "a.json"); err != nil || got != "old" {
		t.Errorf("%q, %v", got, err)
	}
	if err := folder.Write(dir, files("a.json", "new")); err != nil {
		t.Fatal(err)
	}
	if got, err := read(dir, "a.json"); err != nil || got != "new" {
		t.Errorf("%q, %v", got, err)
	}
	own := filepath.Join(parent, "it.new-2026") // of a user
	if err := os.Mkdir(own, 0o777); err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-2 * time.Hour)
	for _, dir := range []string{old, own} {
		if err := os.Chtimes(dir, before, before); err != nil {
			t.Fatal(err)
		}
	}
	folder.Sweep(dir)
	if got := names(t, parent); got != "it it.new-2026" {
		t.Errorf("left: %s", got)
	}
}
