package data

import (
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
	for _, trim := range []bool{false, true} {
		src, err := NewPaddedValues(seqs, labels, PaddedConfig{Batch: 4, Shuffle: true, Seed: 2, Trim: trim})
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

func TestPaddedErrors(t *testing.T) {
	one := [][]int{{1}}
	for name, tc := range map[string]struct {
		seqs, labels [][]int
		cfg          PaddedConfig
		want         []string
	}{
		"nothing":        {nil, nil, PaddedConfig{}, []string{"no sequences"}},
		"negative batch": {one, one, PaddedConfig{Batch: -1}, []string{"Batch=-1"}},
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
