package text

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// zipped is the gzip form of parts, one member for each.
func zipped(t testing.TB, parts ...string) string {
	t.Helper()
	var b bytes.Buffer
	for _, part := range parts {
		w := gzip.NewWriter(&b)
		if _, err := w.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestFolder(t *testing.T) {
	root := folder(t, map[string]string{"b.txt": "b", "a/z.txt": "z", "a/y.go": "y", "a.txt": "", "a/b/c.txt": "c"})
	c, err := Folder(root, func(path string) bool { return strings.HasSuffix(path, ".txt") })
	if want := []string{"a.txt", "a/b/c.txt", "a/z.txt", "b.txt"}; err != nil || c.Root != root || !slices.Equal(c.Paths, want) {
		t.Errorf("got %+v, %v, wanted %q", c, err, want)
	}
	if c, err = Folder(root, nil); err != nil || len(c.Paths) != 5 {
		t.Errorf("all: %q, %v", c.Paths, err)
	}
	_, err = Folder(filepath.Join(root, "none"), nil)
	wantError(t, err, "none")
}

// A file of gzip is its text, whatever its name, of one member or several.
func TestReadGzip(t *testing.T) {
	root := folder(t, map[string]string{"a": zipped(t, "packed é"), "b": "plain", "c.gz": zipped(t, "one, ", "two"), "d": "\x1f"})
	docs, err := ReadFolder(root, nil)
	if want := []Document{{"a", "packed é"}, {"b", "plain"}, {"c.gz", "one, two"}, {"d", "\x1f"}}; err != nil || !slices.Equal(docs, want) {
		t.Errorf("got %q, %v, wanted %q", docs, err, want)
	}
}

// What is cut off or flipped in a file of gzip is an error, in memory and in a pass over it.
func TestGzipDamaged(t *testing.T) {
	whole := zipped(t, strings.Repeat("to be or not to be, ", 50))
	flipped := []byte(whole)
	flipped[len(flipped)-6]++ // its checksum
	for name, packed := range map[string]string{"cut": whole[:len(whole)-9], "head": whole[:5], "flipped": string(flipped)} {
		root := folder(t, map[string]string{name: packed})
		c, err := Folder(root, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Read()
		wantError(t, err, fmt.Sprintf("%q", name))
		_, err = c.Vocab(Runes, VocabOptions{})
		wantError(t, err, fmt.Sprintf("%q", name))
	}
}

// A token file among the texts, as when it is written to their folder, is not taken for one.
func TestTokenFileIsNoText(t *testing.T) {
	c := corpusOf(t, "to be")
	v := newVocab(t, Bytes, VocabOptions{}, "to be")
	f, err := c.Encode(v, filepath.Join(c.Root, "tokens"))
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if c, err = Folder(c.Root, nil); err != nil {
		t.Fatal(err)
	}
	_, err = c.Vocab(Bytes, VocabOptions{})
	wantError(t, err, `file "tokens"`, "a token file, wanted text")
}
