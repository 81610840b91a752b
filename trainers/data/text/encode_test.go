package text

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/elman-go/elman/trainers/data"
)

// readPieces reads all pieces, and where in each documents begin.
func readPieces(t testing.TB, tokens data.Tokens) (pieces [][]int, begins [][]bool) {
	t.Helper()
	for p, n := range tokens.Pieces() {
		piece, b := make([]int, n), make([]bool, n)
		if err := tokens.Read(p, 0, piece, b); err != nil {
			t.Fatal(err)
		}
		pieces, begins = append(pieces, piece), append(begins, b)
	}
	return pieces, begins
}

// corpusOf writes texts to files, in order.
func corpusOf(t testing.TB, texts ...string) Corpus {
	t.Helper()
	c := Corpus{Root: t.TempDir()}
	for i, text := range texts {
		c.Paths = append(c.Paths, fmt.Sprintf("%03d", i))
		if err := os.WriteFile(filepath.Join(c.Root, c.Paths[i]), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// However a corpus is cut into chunks, it becomes the documents that it has in memory.
func TestEncodeCorpus(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, unit := range []Unit{Runes, Bytes, Words} {
		for _, d := range []Boundary{EachFile, EachLine, EachParagraph} {
			t.Run(fmt.Sprint(unit, d), func(t *testing.T) {
				texts := []string{randomText(r, 300), "", "\n \t\rb\n", randomText(r, 40), zipped(t, "a\n\né b\r\n", "漢")}
				c := corpusOf(t, texts...)
				c.Documents = d
				texts[4] = "a\n\né b\r\n漢"
				v := newVocab(t, unit, VocabOptions{}, texts...)
				var want [][]int
				for _, text := range texts {
					for _, doc := range documentsOf(d, text) {
						tokens, err := v.Encode(doc)
						if err != nil {
							t.Fatal(err)
						}
						if len(tokens) > 0 {
							want = append(want, tokens)
						}
					}
				}
				for _, size := range []int{1, 2, 3, 7, 50, 1 << 12} {
					f, err := c.encode(v, filepath.Join(t.TempDir(), "tokens"), size, 1<<10)
					if err != nil {
						t.Fatal(err)
					}
					defer f.Close()
					got, begins := readPieces(t, f)
					if !reflect.DeepEqual(got, want) {
						t.Fatalf("chunks of %d bytes: %v, wanted %v", size, got, want)
					}
					for p, b := range begins {
						if !b[0] || slices.Contains(b[1:], true) {
							t.Errorf("chunks of %d bytes: in piece %d documents begin at %v", size, p, b)
						}
					}
				}
			})
		}
	}
}

// From disk come the batches that come from memory.
func TestEncodeFeedsBPTT(t *testing.T) {
	c := corpusOf(t, randomText(rand.New(rand.NewPCG(2, 1)), 700))
	c.Documents = EachLine
	v, err := c.Vocab(Runes, VocabOptions{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Encode(v, filepath.Join(t.TempDir(), "tokens"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	docs, _ := readPieces(t, f)
	disk, err := data.NewBPTTFrom(f, 5, 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	memory, err := data.NewBPTT(docs, 5, 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	if disk.Len() != memory.Len() || disk.Len() < 20 {
		t.Fatalf("%d batches, from memory %d", disk.Len(), memory.Len())
	}
	for _, from := range []int{0, 13} {
		next, stop := iter.Pull2(memory.Batches(4, from))
		defer stop()
		for batch, err := range disk.Batches(4, from) {
			if want, _, _ := next(); err != nil || !reflect.DeepEqual(batch, want) {
				t.Fatalf("from %d: %v, %v, wanted %v", from, batch, err, want)
			}
		}
	}
}

// Where there are too many documents for as many pieces, neighbours are joined, and still begin.
func TestEncodeJoinsPieces(t *testing.T) {
	var text string
	for i := range 101 {
		text += "abcdefghij"[:i%10] + "\n"
	}
	c := corpusOf(t, text)
	c.Documents = EachLine
	v := newVocab(t, Runes, VocabOptions{}, text)
	f, err := c.encode(v, filepath.Join(t.TempDir(), "tokens"), 30, 8)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	pieces, begins := readPieces(t, f)
	if n := len(pieces); n < 4 || n > 8+1 {
		t.Errorf("%d pieces of at most 8 and the last", n)
	}
	if f.Len() != len(text) {
		t.Errorf("%d tokens, wanted %d", f.Len(), len(text))
	}
	documents := 0
	for p, b := range begins {
		if !b[0] {
			t.Errorf("piece %d does not begin a document", p)
		}
		n := 0
		for _, begins := range b {
			if begins {
				n++
			}
		}
		if documents += n; n != 16 && p < len(pieces)-1 {
			t.Errorf("piece %d has %d documents, wanted 16", p, n)
		}
	}
	joined, err := v.Decode(slices.Concat(pieces...))
	if err != nil || joined != text || documents != 101 {
		t.Errorf("%q in %d documents, %v", joined, documents, err)
	}
}

// A token file is written once, and again when vocabulary, boundary, or a file's name, size or time changes.
func TestEncodeKeeps(t *testing.T) {
	c, path := corpusOf(t, "to be\nor not", "to be"), filepath.Join(t.TempDir(), "sub", "tokens")
	v := newVocab(t, Runes, VocabOptions{}, "to be or not\n")
	encode := func(v *Vocab) os.FileInfo {
		t.Helper()
		f, err := c.Encode(v, path)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	now := encode(v)
	step := func(name string, v *Vocab, kept bool) {
		t.Helper()
		next := encode(v)
		if os.SameFile(now, next) != kept {
			t.Errorf("%s: the file was kept: %t, wanted %t", name, !kept, kept)
		}
		now = next
	}
	other := newVocab(t, Runes, VocabOptions{Unknown: true}, "to be or not\n")
	step("nothing changed", v, true)
	step("vocabulary", other, false)
	step("nothing changed", other, true)
	c.Documents = EachLine
	step("boundary", other, false)
	file := filepath.Join(c.Root, c.Paths[1])
	if err := os.Chtimes(file, time.Time{}, time.Unix(1e9, 7)); err != nil {
		t.Fatal(err)
	}
	step("time", other, false)
	if err := os.Truncate(file, 2); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, time.Time{}, time.Unix(1e9, 7)); err != nil {
		t.Fatal(err)
	}
	step("size", other, false)
	c.Paths = c.Paths[:1]
	step("files", other, false)
	if err := os.Truncate(path, 90); err != nil {
		t.Fatal(err)
	}
	if f, err := os.OpenFile(path, os.O_RDWR, 0); err != nil {
		t.Fatal(err)
	} else if _, err := f.WriteAt([]byte{9}, 85); err != nil {
		t.Fatal(err)
	}
	now, _ = os.Stat(path)
	step("damaged", other, false)
	step("nothing changed", other, true)

	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("left beside the token file: %v, %v", left, err)
	}
	_, err = OpenTokens(path, v)
	wantError(t, err, path, "another vocabulary", "of 9 ids", "that of 8")
}

func TestEncodeErrors(t *testing.T) {
	v := newVocab(t, Runes, VocabOptions{}, "to be\n")
	dir := t.TempDir()
	precious := filepath.Join(dir, "precious")
	if err := os.WriteFile(precious, []byte("my novel"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		corpus Corpus
		path   string
		want   []string
	}{
		"no files":         {Corpus{}, "t", []string{"no files"}},
		"missing":          {Corpus{Root: dir, Paths: []string{"none"}}, "t", []string{"none"}},
		"no tokens":        {corpusOf(t, "", ""), "t", []string{"2 files without a token"}},
		"another symbol":   {corpusOf(t, "to\nto", "to\nbé"), "t", []string{`file "001"`, `"é" at byte 4`, "6 runes"}},
		"not UTF-8":        {corpusOf(t, "to\nb\xff"), "t", []string{`file "000"`, "invalid UTF-8 at byte 4"}},
		"not a token file": {corpusOf(t, "to be"), "precious", []string{precious, "no token file"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{2, chunkSize} {
				_, err := tc.corpus.encode(v, filepath.Join(dir, tc.path), size, maxPieces)
				wantError(t, err, tc.want...)
			}
		})
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// Progress never goes back, and ends at the size on disk.
func TestProgress(t *testing.T) {
	texts := []string{randomText(rand.New(rand.NewPCG(3, 1)), 3000), zipped(t, "to be"), ""}
	c := corpusOf(t, texts...)
	var seen []int64
	c.Progress = func(done, total int64) {
		if want := int64(len(texts[0]) + len(texts[1])); total != want {
			t.Errorf("total %d, wanted %d", total, want)
		}
		seen = append(seen, done)
	}
	v := newVocab(t, Runes, VocabOptions{Unknown: true}, texts[0])
	f, err := c.encode(v, filepath.Join(t.TempDir(), "tokens"), 100, maxPieces)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if len(seen) < 30 || !slices.IsSorted(seen) || seen[len(seen)-1] != int64(len(texts[0])+len(texts[1])) {
		t.Errorf("done %v", seen)
	}
}

// For any number of threads a token file is the same, byte for byte.
func TestEncodeThreads(t *testing.T) {
	c := corpusOf(t, randomText(rand.New(rand.NewPCG(4, 1)), 5000))
	v := newVocab(t, Words, VocabOptions{Unknown: true, MaxSize: 20}, "a b")
	var files []string
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, threads := range []int{1, 2, 7} {
		runtime.GOMAXPROCS(threads)
		path := filepath.Join(t.TempDir(), "tokens")
		f, err := c.encode(v, path, 64, maxPieces)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, string(b))
	}
	if files[0] != files[1] || files[0] != files[2] {
		t.Error("token files differ")
	}
}
