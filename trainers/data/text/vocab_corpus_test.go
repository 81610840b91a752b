package text

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
)

// A corpus has the vocabulary of its texts, however it is cut and whatever its counts need of
// memory, for any number of threads.
func TestCorpusVocab(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	texts := []string{randomText(r, 300), "<unk> \uFFFD", "", zipped(t, "aaa é 漢"), randomText(r, 100)}
	c := corpusOf(t, texts...)
	texts[3] = "aaa é 漢"
	t.Setenv("TMPDIR", t.TempDir())
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, unit := range []Unit{Runes, Bytes, Words} {
		for _, opts := range []VocabOptions{{}, {Unknown: true, MinCount: 3}, {MaxSize: 5}, {Unknown: true, MaxSize: 7, MinCount: 2}} {
			want := newVocab(t, unit, opts, texts...)
			for _, threads := range []int{1, 3} {
				runtime.GOMAXPROCS(threads)
				for _, size := range []int{1, 60} {
					for _, limit := range []int{20, maxCounts} {
						got, err := c.vocab(unit, opts, size, limit)
						if err != nil || !reflect.DeepEqual(got, want) {
							t.Fatalf("%s, %+v, chunks of %d, %d in memory: %+v, %v, wanted %+v", unit, opts, size, limit, got, err, want)
						}
					}
				}
			}
		}
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left temporary files: %v, %v", left, err)
	}
}

// Where counts cannot be written, that is the error.
func TestCorpusVocabCannotSpill(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	_, err := corpusOf(t, randomText(rand.New(rand.NewPCG(6, 1)), 500)).vocab(Runes, VocabOptions{}, 10, 3)
	wantError(t, err, `file "000"`, "none")
}

func TestCorpusVocabErrors(t *testing.T) {
	_, err := Corpus{}.Vocab(Runes, VocabOptions{})
	wantError(t, err, "vocabulary: 0 files: no files")
	c := corpusOf(t, "ab", "to\nb\xff")
	_, err = c.Vocab(Runes, VocabOptions{})
	wantError(t, err, `file "001"`, "byte 4")
	_, err = c.Vocab(Bytes, VocabOptions{MinCount: 3})
	wantError(t, err, "2 files: none of 6 different bytes", "MinCount=3")
	_, err = c.Vocab(Unit(7), VocabOptions{})
	wantError(t, err, "unit 7")
	_, err = c.Vocab(Runes, VocabOptions{MaxSize: -2})
	wantError(t, err, "MaxSize=-2")
	c.Paths = append(c.Paths, "none")
	_, err = c.Vocab(Bytes, VocabOptions{})
	wantError(t, err, "none")
}
