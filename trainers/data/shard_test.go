package data

import (
	"fmt"
	"slices"
	"testing"

	"gorgonia.org/tensor"
)

// Pieces joined along the axis of their sequences are the batch, of every source.
func TestShard(t *testing.T) {
	must := func(src Source, err error) Source {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return src
	}
	values := make([][]float64, 20)
	for i := range values {
		values[i] = []float64{float64(i), float64(-i)}
	}
	tokens, labels := [][]int{{1, 2}, {3}, {4, 5, 6}, {7, 8}}, [][]int{{0}, {1}, {0}, {1}}
	for name, src := range map[string]Source{
		"bptt":    must(NewBPTT([][]int{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}}, 2, 4, 1)),
		"panel":   must(NewPanel([][][]float64{values, values}, [][]float64{{1, 2}, {3, 4}}, WindowConfig{Window: 3, Horizon: 2, Batch: 4, Known: []int{1}, Mask: true})),
		"padded":  must(NewPaddedTokens(tokens, labels, PaddedConfig{Batch: 4})),
		"each":    must(NewPaddedTokens(tokens, tokens, PaddedConfig{Batch: 4})),
		"cut off": First(must(NewPaddedTokens(tokens, labels, PaddedConfig{Batch: 4, Trim: true})), 1),
	} {
		t.Run(name, func(t *testing.T) {
			spec, err := ShardSpec(src, 2)
			if err != nil {
				t.Fatal(err)
			}
			for batch, err := range src.Batches(0, 0) {
				if err != nil {
					t.Fatal(err)
				}
				pieces := [2]Batch{}
				for i := range pieces {
					if pieces[i], err = Shard(src, batch, i, 2); err != nil {
						t.Fatal(err)
					}
				}
				for name, want := range batch {
					axis := src.(Sharder).BatchAxis(name)
					if got := pieces[0][name].Shape()[axis]; got != 2 || spec[name].Shape[axis] != 2 || spec[name].Dtype != want.Dtype() {
						t.Errorf("%s: pieces of %d sequences, spec %v", name, got, spec[name])
					}
					joined, err := tensor.Concat(axis, pieces[0][name], pieces[1][name])
					if err != nil {
						t.Fatal(err)
					}
					if fmt.Sprint(joined.Data()) != fmt.Sprint(want.Data()) || !slices.Equal([]int(joined.Shape()), []int(want.Shape())) {
						t.Errorf("%s: joined %v, want %v", name, joined, want)
					}
				}
			}
		})
	}
}
