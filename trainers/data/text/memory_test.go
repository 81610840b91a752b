package text

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/elman-go/elman/trainers/data"
)

// writeLines writes lines of words, size bytes in all, and gives the folder they are in. Word n of
// 200 000 is there about 1/n as often as the first (Zipf's law), so that many are rare.
func writeLines(t testing.TB, size int) Corpus {
	t.Helper()
	c := Corpus{Root: t.TempDir(), Paths: []string{"words.txt"}, Documents: EachLine}
	f, err := os.Create(filepath.Join(c.Root, c.Paths[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<16)
	r := rand.New(rand.NewPCG(9, 1))
	for line := []byte(nil); size > 0; line = line[:0] {
		for range 1 + r.IntN(20) {
			n := math.Pow(200_000, r.Float64())
			line = append(strconv.AppendInt(append(line, 'w'), int64(n), 36), ' ')
		}
		line[len(line)-1] = '\n'
		line = line[:min(len(line), size)]
		if _, err := w.Write(line); err != nil {
			t.Fatal(err)
		}
		size -= len(line)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return c
}

// From its vocabulary to its last batch, a corpus takes less memory than its own text would. It
// has as many MB as ELMAN_CORPUS_MB says, 64 without, and may use the same whatever it says.
func TestCorpusMemory(t *testing.T) {
	const live, all = 40 << 20, 500 << 20
	mb := 64
	if s := os.Getenv("ELMAN_CORPUS_MB"); s != "" {
		var err error
		if mb, err = strconv.Atoi(s); err != nil {
			t.Fatalf("ELMAN_CORPUS_MB: %v", err)
		}
	} else if testing.Short() {
		t.Skip("takes a few seconds")
	}
	c := writeLines(t, mb<<20)
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	peak, calls := uint64(0), 0
	look := func() {
		if calls++; calls%32 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc-min(now.HeapAlloc, before.HeapAlloc))
		}
	}
	c.Progress = func(int64, int64) { look() }

	v, err := c.vocab(Words, VocabOptions{MaxSize: 10_000, Unknown: true}, chunkSize, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	afterVocab := peak
	f, err := c.Encode(v, filepath.Join(c.Root, "tokens"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	afterEncode := peak
	train, valid := data.SplitTail(f, 0.1)
	for _, tokens := range []data.Tokens{train, valid} {
		src, err := data.NewBPTTFrom(tokens, 64, 32, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range src.Batches(0, 0) {
			if err != nil {
				t.Fatal(err)
			}
			look()
		}
	}
	runtime.ReadMemStats(&now)
	of := fmt.Sprintf("a corpus of %d MB, %d tokens in %d pieces: the heap held up to %d, %d, %d MB, %d MB with garbage", mb, f.Len(), len(f.Pieces()),
		afterVocab>>20, afterEncode>>20, peak>>20, now.HeapSys>>20)
	if t.Log(of); peak > live || now.HeapSys > all || peak == 0 {
		t.Errorf("%s; wanted %d and %d", of, live>>20, all>>20)
	}
}
