package text

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// folder writes files and gives their folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for path, text := range files {
		full := filepath.Join(root, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestReadFolder(t *testing.T) {
	root := folder(t, map[string]string{"b.txt": "bé", "a/z.txt": "z", "a/y.go": "y", "a.txt": "", "a/b/c.txt": "c"})
	docs, err := ReadFolder(root, func(path string) bool { return strings.HasSuffix(path, ".txt") })
	if err != nil {
		t.Fatal(err)
	}
	want := []Document{{"a.txt", ""}, {"a/b/c.txt", "c"}, {"a/z.txt", "z"}, {"b.txt", "bé"}}
	if !reflect.DeepEqual(docs, want) {
		t.Errorf("got %q, wanted %q", docs, want)
	}
	if docs, err = ReadFolder(root, nil); err != nil || len(docs) != 5 {
		t.Errorf("all: %d documents, %v", len(docs), err)
	}
}

func TestReadFiles(t *testing.T) {
	root := folder(t, map[string]string{"b": "1", "a": "2"})
	a, b := filepath.Join(root, "a"), filepath.Join(root, "b")
	docs, err := ReadFiles(b, a)
	want := []Document{{filepath.ToSlash(a), "2"}, {filepath.ToSlash(b), "1"}}
	if err != nil || !reflect.DeepEqual(docs, want) {
		t.Errorf("got %q, %v, wanted %q", docs, err, want)
	}
}

func TestReadErrors(t *testing.T) {
	root := folder(t, map[string]string{"empty": "", "bad": "é\xff", "sub/good": "g"})
	_, err := ReadFiles()
	wantError(t, err, "no files")
	_, err = ReadFiles(filepath.Join(root, "none"))
	wantError(t, err, "none")
	_, err = ReadFiles(filepath.Join(root, "empty"))
	wantError(t, err, "1 files, all empty")
	_, err = ReadFolder(root, nil)
	wantError(t, err, root, `"bad"`, "byte 2")
	_, err = ReadFolder(root, func(string) bool { return false })
	wantError(t, err, root, "no files")
	_, err = ReadFolder(filepath.Join(root, "none"), nil)
	wantError(t, err, "none")
}
