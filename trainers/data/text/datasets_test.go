package text

import (
	"path/filepath"
	"testing"

	"github.com/elman-go/elman/trainers/data"
)

// The Penn Treebank of Mikolov has 42 068 lines of 929 589 words for training, their ends among
// them, 10 000 of them different; valid and test hold no other.
func TestPennTreebank(t *testing.T) {
	root := filepath.Join(dataFolder(t), "ptb")
	train := Corpus{Root: root, Paths: []string{"ptb.train.txt.gz"}, Documents: EachLine}
	v, err := train.Vocab(Words, VocabOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if v.Len() != 10_000 {
		t.Errorf("V is %d, wanted 10000", v.Len())
	}
	for _, tc := range []struct {
		path          string
		lines, tokens int
	}{{"ptb.train.txt.gz", 42_068, 929_589}, {"ptb.valid.txt.gz", 3_370, 73_760}, {"ptb.test.txt.gz", 3_761, 82_430}} {
		f, err := Corpus{Root: root, Paths: []string{tc.path}, Documents: EachLine}.Encode(v, filepath.Join(t.TempDir(), "tokens"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if len(f.Pieces()) != tc.lines || f.Len() != tc.tokens {
			t.Errorf("%s: %d lines of %d tokens, wanted %d of %d", tc.path, len(f.Pieces()), f.Len(), tc.lines, tc.tokens)
		}
	}
}

// Of batches of sentences under a tenth is padding when they come from pools, without it is half.
func TestPaddingOfSentences(t *testing.T) {
	c := Corpus{Root: filepath.Join(dataFolder(t), "sst"), Paths: []string{"stsa.binary.train.gz"}, Documents: EachLine}
	v, err := c.Vocab(Words, VocabOptions{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Encode(v, filepath.Join(t.TempDir(), "tokens"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seqs, _ := readPieces(t, f)
	labels := make([][]int, len(seqs))
	for i := range labels {
		labels[i] = []int{0}
	}
	share := func(pool int) float64 {
		src, err := data.NewPaddedTokens(seqs, labels, data.PaddedConfig{Batch: 32, Pool: pool, Trim: true, Shuffle: true})
		if err != nil {
			t.Fatal(err)
		}
		return src.Padding(1)
	}
	if without, with := share(0), share(32); without < 0.4 || with > 0.1 {
		t.Errorf("%.1f %% padding without pools, %.1f %% with, wanted over 40 and under 10", 100*without, 100*with)
	} else {
		t.Logf("%.1f %% padding without pools, %.1f %% with", 100*without, 100*with)
	}
}
