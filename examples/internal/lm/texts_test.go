package lm

import (
	"fmt"
	"go/build"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/elman-go/elman/trainers/data/text"
)

// write writes files and gives their folder.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// sizes are the characters of each part.
func (t Texts) sizes() [3]int {
	size := func(docs []text.Document) int { return len(strings.Join(Strings(docs), "")) }
	return [3]int{size(t.Train), size(t.Valid), size(t.Test)}
}

func TestRead(t *testing.T) {
	dir := write(t, map[string]string{"all": strings.Repeat("0123456789", 100), "valid": "valid", "test": "a test"})
	all, valid, test := filepath.Join(dir, "all"), filepath.Join(dir, "valid"), filepath.Join(dir, "test")
	for name, tc := range map[string]struct {
		files Files
		want  [3]int
	}{
		"one document":  {Files{Train: all}, [3]int{900, 50, 50}},
		"with test":     {Files{Train: all, Test: test}, [3]int{950, 50, 6}},
		"with valid":    {Files{Train: all, Valid: valid}, [3]int{1000, 5, 0}},
		"three files":   {Files{Train: all, Valid: valid, Test: test}, [3]int{1000, 5, 6}},
		"validate on a": {Files{Train: all, Valid: dir}, [3]int{1000, 1011, 0}},
	} {
		got, err := Read(io.Discard, tc.files, "")
		if err != nil || got.sizes() != tc.want {
			t.Errorf("%s: %v characters, %v, want %v", name, got.sizes(), err, tc.want)
		}
	}
	got, err := Read(io.Discard, Files{Train: all}, "")
	if err != nil {
		t.Fatal(err)
	}
	if whole := got.Train[0].Text + got.Valid[0].Text + got.Test[0].Text; whole != strings.Repeat("0123456789", 100) {
		t.Errorf("the parts are not the document, but %q", whole)
	}
	for want, files := range map[string]Files{
		"none to learn from": {Valid: valid}, "text to learn from": {Train: filepath.Join(dir, "none")},
		"validation": {Train: all, Valid: filepath.Join(dir, "none")}, "test": {Train: all, Test: filepath.Join(dir, "none")},
	} {
		if _, err := Read(io.Discard, files, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
}

// Every file of a folder is in one part, and no part is empty.
func TestReadFolder(t *testing.T) {
	for _, n := range []int{2, 3, 12, 200} { // a single file that is held back is cut
		files := map[string]string{}
		for i := range n {
			files[fmt.Sprintf("%03d", i)] = fmt.Sprintf("document %d", i)
		}
		got, err := Read(io.Discard, Files{Train: write(t, files)}, "")
		if err != nil {
			t.Fatal(err)
		}
		all := slices.Concat(Strings(got.Train), Strings(got.Valid), Strings(got.Test))
		if n > 20 && len(all) != n || len(got.Train) == 0 || len(got.Valid) == 0 || len(got.Test) == 0 {
			t.Errorf("%d files: %d, %d and %d", n, len(got.Train), len(got.Valid), len(got.Test))
		}
		if n == 200 && (len(got.Train) < 160 || len(got.Valid)-len(got.Test) > 1) {
			t.Errorf("%d files: %d, %d and %d", n, len(got.Train), len(got.Valid), len(got.Test))
		}
	}
}

// Without files it is Go's source, and without that the program's own.
func TestReadGoSource(t *testing.T) {
	before := build.Default.GOROOT
	defer func() { build.Default.GOROOT = before }()
	build.Default.GOROOT = t.TempDir()
	var says strings.Builder
	got, err := Read(&says, Files{}, strings.Repeat("own ", 50))
	if want := [3]int{180, 10, 10}; err != nil || got.sizes() != want || !strings.Contains(says.String(), "no Go source to read") {
		t.Errorf("%v characters, %v, said %q", got.sizes(), err, says.String())
	}
}

func TestHead(t *testing.T) {
	docs := [][]int{{1, 2, 3}, {}, {4, 5}}
	for n, want := range map[int][][]int{
		0: nil, -1: nil, 2: {{1, 2}}, 3: {{1, 2, 3}}, 4: {{1, 2, 3}, {}, {4}}, 9: docs,
	} {
		if got := Head(docs, n); !reflect.DeepEqual(got, want) {
			t.Errorf("%d tokens: %v, want %v", n, got, want)
		}
	}
}
