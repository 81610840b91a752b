package data

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func TestPaddedTokens(t *testing.T) {
	seqs := [][]int{{1, 2, 3}, {4}, {5, 6}}
	for name, tc := range map[string]struct {
		labels [][]int
		cfg    PaddedConfig
		want   []map[string][]int
	}{
		"a label a sequence": {[][]int{{7}, {8}, {9}}, PaddedConfig{Batch: 2}, []map[string][]int{
			{"tokens": {1, 4, 2, 0, 3, 0}, "lengths": {3, 1}, "targets": {7, 8}},
			{"tokens": {5, 0, 6, 0, 0, 0}, "lengths": {2, 0}, "targets": {9, -1}},
		}},
		"a label a timestep": {[][]int{{7, 8, 9}, {1}, {-1, 5}}, PaddedConfig{}, []map[string][]int{
			{"tokens": {1, 4, 5, 2, 0, 6, 3, 0, 0}, "lengths": {3, 1, 2}, "targets": {7, 1, -1, 8, -1, 5, 9, -1, -1}},
		}},
		"trimmed": {[][]int{{7, 8, 9}, {1}, {-1, 5}}, PaddedConfig{Batch: 1, Trim: true}, []map[string][]int{
			{"tokens": {1, 2, 3}, "lengths": {3}, "targets": {7, 8, 9}},
			{"tokens": {4}, "lengths": {1}, "targets": {1}},
			{"tokens": {5, 6}, "lengths": {2}, "targets": {-1, 5}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			src, err := NewPaddedTokens(seqs, tc.labels, tc.cfg)
			if err != nil {
				t.Fatal(err)
			}
			holdsContract(t, src)
			for k, batch := range collect(t, src, 0, 0) {
				for field, want := range tc.want[k] {
					if got := ints(t, batch, field); !slices.Equal(got, want) {
						t.Errorf("batch %d: %s is %v, wanted %v", k, field, got, want)
					}
				}
			}
		})
	}
}

// Every sequence comes out whole, once an epoch, with its labels.
func TestPaddedValuesComeBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const D = 3
	var seqs [][][]float64
	var labels [][]int
	for n := range 11 {
		seq, label := [][]float64{}, []int{}
		for range 1 + r.IntN(6) {
			seq = append(seq, []float64{r.Float64(), r.Float64(), float64(n)})
			label = append(label, r.IntN(5))
		}
		seqs, labels = append(seqs, seq), append(labels, label)
	}
	for _, cfg := range []PaddedConfig{{}, {Trim: true}, {Pool: 1}, {Pool: 2}, {Pool: 9}} {
		cfg.Batch, cfg.Shuffle, cfg.Seed = 4, true, 2
		src, err := NewPaddedValues(seqs, labels, cfg)
		if err != nil {
			t.Fatal(err)
		}
		holdsContract(t, src)
		gotSeqs, gotLabels := make([][][]float64, len(seqs)), make([][]int, len(seqs))
		for _, batch := range collect(t, src, 5, 0) {
			x, targets, B := floats(t, batch, "x"), ints(t, batch, "targets"), 4
			for b, length := range ints(t, batch, "lengths") {
				for tt := range batch["x"].Shape()[0] {
					row := x[(tt*B+b)*D:][:D]
					if tt >= length {
						if !slices.Equal(row, []float64{0, 0, 0}) || targets[tt*B+b] != -1 {
							t.Fatalf("padding holds %v with target %d", row, targets[tt*B+b])
						}
						continue
					}
					n := int(row[2])
					gotSeqs[n], gotLabels[n] = append(gotSeqs[n], row), append(gotLabels[n], targets[tt*B+b])
				}
			}
		}
		if !reflect.DeepEqual(gotSeqs, seqs) || !reflect.DeepEqual(gotLabels, labels) {
			t.Error("sequences or labels did not come back")
		}
	}
}

// Sentences of one word have a label for each timestep if that is said, as the labels cannot tell.
func TestPaddedPerTimestep(t *testing.T) {
	for _, tc := range []struct {
		cfg  PaddedConfig
		want []int
	}{{PaddedConfig{}, []int{2}}, {PaddedConfig{PerTimestep: true}, []int{1, 2}}, {PaddedConfig{PerTimestep: true, Trim: true, Batch: 1}, []int{1, 1}}} {
		src, err := NewPaddedTokens([][]int{{3}, {4}}, [][]int{{0}, {1}}, tc.cfg)
		if err != nil {
			t.Fatal(err)
		}
		holdsContract(t, src)
		if got := src.Spec()["targets"].Shape; !slices.Equal(got, tc.want) {
			t.Errorf("%+v: targets %v, want %v", tc.cfg, got, tc.want)
		}
	}
}

// sentences have lengths as sentences do: log-normal, half of them up to 18 words, one in a hundred
// above 60. The first token of each is its number.
func sentences(n int) (seqs, labels [][]int) {
	r := rand.New(rand.NewPCG(8, 1))
	for i := range n {
		seq := make([]int, 1+int(18*math.Exp(0.52*r.NormFloat64())))
		seq[0] = i
		seqs, labels = append(seqs, seq), append(labels, []int{0})
	}
	return seqs, labels
}

// In batches from pools little is padding, and Padding says how much.
func TestPaddedPool(t *testing.T) {
	seqs, labels := sentences(5003)
	for _, tc := range []struct {
		cfg      PaddedConfig
		min, max float64 // share of padding
	}{
		{PaddedConfig{}, 0.75, 0.95},
		{PaddedConfig{Trim: true}, 0.5, 0.65},
		{PaddedConfig{Pool: 4}, 0.3, 0.4},
		{PaddedConfig{Pool: 32}, 0.005, 0.1},
		{PaddedConfig{Pool: 1000}, 0.001, 0.03},
	} {
		t.Run(fmt.Sprintf("%+v", tc.cfg), func(t *testing.T) {
			tc.cfg.Batch, tc.cfg.Shuffle = 32, true
			src, err := NewPaddedTokens(seqs, labels, tc.cfg)
			if err != nil {
				t.Fatal(err)
			}
			for epoch := range 3 {
				padded, all := 0, 0
				for _, batch := range collect(t, src, epoch, 0) {
					T := batch["tokens"].Shape()[0]
					all += 32 * T
					for _, length := range ints(t, batch, "lengths") {
						padded += T - length
					}
				}
				share := float64(padded) / float64(all)
				if got := src.Padding(epoch); math.Abs(got-share) > 1e-12 {
					t.Errorf("epoch %d: Padding is %g, of the batches %g is", epoch, got, share)
				}
				if share < tc.min || share > tc.max {
					t.Errorf("epoch %d: %.1f %% padding, wanted %.1f to %.1f %%", epoch, 100*share, 100*tc.min, 100*tc.max)
				}
			}
		})
	}
}

// Epochs differ in which sequences share a batch and in the order of the batches; lengths do not
// follow one another in it; and without a shuffle epochs are the same.
func TestPaddedPoolShuffles(t *testing.T) {
	seqs, labels := sentences(2000)
	partners := func(cfg PaddedConfig, epoch int) (with map[[2]int]bool, lengths []int) {
		src, err := NewPaddedTokens(seqs, labels, cfg)
		if err != nil {
			t.Fatal(err)
		}
		with = map[[2]int]bool{}
		for _, batch := range collect(t, src, epoch, 0) {
			first := ints(t, batch, "tokens")[:10]
			for _, a := range first {
				for _, b := range first {
					if a < b {
						with[[2]int{a, b}] = true
					}
				}
			}
			lengths = append(lengths, batch["tokens"].Shape()[0])
		}
		return with, lengths
	}
	shuffled := PaddedConfig{Batch: 10, Pool: 20, Shuffle: true, Seed: 4}
	before, lengths := partners(shuffled, 0)
	if slices.IsSortedFunc(lengths[:20], func(a, b int) int { return b - a }) {
		t.Errorf("batches are in the order of their lengths: %v", lengths[:20])
	}
	other := shuffled
	other.Seed = 5
	for name, cfg := range map[string]PaddedConfig{"epoch": shuffled, "seed": other} {
		with, _ := partners(cfg, map[string]int{"epoch": 1, "seed": 0}[name])
		same := 0
		for pair := range with {
			if before[pair] {
				same++
			}
		}
		if same > len(with)/10 {
			t.Errorf("another %s: %d of %d pairs share a batch again", name, same, len(with))
		}
	}
	shuffled.Shuffle = false
	zero, _ := partners(shuffled, 0)
	if one, _ := partners(shuffled, 1); !maps.Equal(zero, one) {
		t.Error("without a shuffle, epochs 0 and 1 differ")
	}
}

func TestPaddedErrors(t *testing.T) {
	one := [][]int{{1}}
	for name, tc := range map[string]struct {
		seqs, labels [][]int
		cfg          PaddedConfig
		want         []string
	}{
		"nothing":        {nil, nil, PaddedConfig{}, []string{"no sequences"}},
		"negative batch": {one, one, PaddedConfig{Batch: -1}, []string{"Batch=-1"}},
		"negative pool":  {one, one, PaddedConfig{Pool: -1}, []string{"Pool=-1"}},
		"negative token": {[][]int{{1, -2}}, one, PaddedConfig{}, []string{"sequence 0, timestep 1", "-2"}},
		"empty sequence": {[][]int{{1}, {}}, [][]int{{1}, {1}}, PaddedConfig{}, []string{"sequence 1 is empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewPaddedTokens(tc.seqs, tc.labels, tc.cfg)
			wantError(t, err, tc.want...)
		})
	}
	_, err := NewPaddedValues([][][]float64{{{1, 2}}, {{1, 2}, {3}}}, [][]int{{1}, {1}}, PaddedConfig{})
	wantError(t, err, "sequence 1, timestep 1", "1 columns", "the first has 2")
	_, err = NewPaddedValues([][][]float64{{{}}}, one, PaddedConfig{})
	wantError(t, err, "0 columns")
}
