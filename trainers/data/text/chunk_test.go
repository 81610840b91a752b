package text

import (
	"errors"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// upTo yields 0 ... n-1, then err if there is one, and counts what was asked for.
func upTo(n int, err error, asked *int, ended *bool) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		defer func() { *ended = true }()
		for i := range n {
			*asked++
			if !yield(i, nil) {
				return
			}
		}
		if err != nil {
			yield(0, err)
		}
	}
}

// What is taken is taken in order up to the first error, and no more than a few items are asked for
// after it.
func TestInOrder(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	fault := errors.New("fault")
	failAt := func(at int) func(int) error {
		return func(i int) error {
			if i == at {
				return fault
			}
			return nil
		}
	}
	for name, tc := range map[string]struct {
		items      error
		work, take func(int) error
		want       error
		taken      int
	}{
		"all":         {nil, failAt(-1), failAt(-1), nil, 500},
		"items fail":  {fault, failAt(-1), failAt(-1), fault, 500},
		"a work does": {nil, failAt(99), failAt(-1), fault, 99},
		"a take does": {nil, failAt(-1), failAt(99), fault, 99},
		"both do":     {fault, failAt(120), failAt(99), fault, 99},
	} {
		t.Run(name, func(t *testing.T) {
			var taken []int
			asked, ended := 0, false
			err := inOrder(upTo(500, tc.items, &asked, &ended), func(i int) (int, error) {
				for range i % 3 {
					runtime.Gosched()
				}
				return i, tc.work(i)
			}, func(i int) error {
				if err := tc.take(i); err != nil {
					return err
				}
				taken = append(taken, i)
				return nil
			})
			if err != tc.want || len(taken) != tc.taken || !slices.IsSorted(taken) {
				t.Errorf("%v, took %v, wanted %v after %d", err, taken, tc.want, tc.taken)
			}
			if !ended || tc.taken < 500 && asked > 200 {
				t.Errorf("asked for %d items, ended %t", asked, ended)
			}
		})
	}
}

// Any bytes, cut anywhere, are the text, the symbols and the documents that they are as a whole.
func FuzzChunks(f *testing.F) {
	for _, s := range []string{"", "to be,\tor\n\nnot", "é漢\uFFFD😀\r\n \r\n", "\xff\x80\x80\x80\x80a", "\x1f", "\x1f\x8b", "\xf0\x9f", bom + "a", "\xff\xfea\x00"} {
		for unit := range unitNames {
			f.Add(s, unit, unit, uint8(unit))
		}
	}
	path := filepath.Join(f.TempDir(), "text")
	f.Fuzz(func(t *testing.T, s string, u, d int, size uint8) {
		unit, boundary := Unit(u&3%3), Boundary(d&3%3)
		if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
		s, mark := unit.unmarked(s)
		if unit != Bytes && (strings.HasPrefix(s, "\xff\xfe") || strings.HasPrefix(s, "\xfe\xff") || halfZero([]byte(s[:min(64, len(s))]))) {
			return // in another encoding
		}
		var text strings.Builder
		var symbols, docs []string
		var begins []int
		for part, err := range (Corpus{Paths: []string{path}, Documents: boundary}).chunks(unit, 1+int(size)) {
			if strings.HasPrefix(s, "\x1f\x8b") {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if want := mark + int64(text.Len()); part.at != want {
				t.Fatalf("a chunk is at byte %d, wanted %d", part.at, want)
			}
			for _, symbol := range unit.symbols(part.text) {
				symbols = append(symbols, symbol)
			}
			for _, at := range part.begins {
				begins = append(begins, text.Len()+at)
			}
			text.WriteString(part.text)
		}
		var want []string
		for _, symbol := range unit.symbols(s) {
			want = append(want, symbol)
		}
		if text.String() != s || !slices.Equal(symbols, want) {
			t.Fatalf("%q, %q, wanted %q, %q", text.String(), symbols, s, want)
		}
		for i, end := range append(begins, len(s)) {
			if i > 0 {
				docs = append(docs, s[begins[i-1]:end])
			}
		}
		if want := documentsOf(boundary, s); !slices.Equal(docs, want) {
			t.Errorf("documents %q, wanted %q", docs, want)
		}
	})
}
