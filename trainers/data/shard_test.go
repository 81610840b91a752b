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

// Rows that fill a batch up are no sequences of it.
func TestSequences(t *testing.T) {
	padded, err := NewPaddedTokens([][]int{{1, 2}, {3}, {4, 5, 6}}, [][]int{{1}, {1}, {1}}, PaddedConfig{Batch: 2})
	if err != nil {
		t.Fatal(err)
	}
	windows, err := NewPanel([][][]float64{grid(9, 1)}, [][]float64{{1}}, WindowConfig{Window: 2, Batch: 3})
	if err != nil {
		t.Fatal(err)
	}
	bptt, err := NewBPTT(numbered(9), 4, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		src  Source
		want []int
	}{{padded, []int{2, 1}}, {First(padded, 1), []int{2}}, {windows, []int{3, 3}}, {Whole(windows)[1], []int{1}}, {bptt, []int{2}}} {
		var got []int
		for _, batch := range collect(t, tc.src, 0, 0) {
			n, ok := Sequences(tc.src, batch)
			if !ok {
				t.Errorf("%T does not say", tc.src)
			}
			got = append(got, n)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%T: %v sequences, want %v", tc.src, got, tc.want)
		}
	}
	if n, ok := Sequences(padded, Batch{"lengths": tensor.New(tensor.WithBacking([]int{3}))}); n != 1 || !ok {
		t.Errorf("a scalar is %d sequences", n)
	}
	for _, src := range []Source{nil, struct{ Source }{padded}} {
		if n, ok := Sequences(src, Batch{"lengths": dense([]int{1}, 1)}); n != 0 || ok {
			t.Errorf("a source that does not say: %d sequences, %v", n, ok)
		}
	}
	if n, ok := Sequences(windows, Batch{"x": nil}); n != 0 || ok {
		t.Errorf("no tensor: %d sequences, %v", n, ok)
	}
}

func TestShardRefuses(t *testing.T) {
	src, err := NewBPTT(numbered(9), 2, 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	batch := collect(t, src, 0, 0)[0]
	for _, tc := range []struct {
		src   Source
		batch Batch
		i, n  int
		want  string
	}{
		{src, batch, 0, 0, "shards: piece 0 of 0, want one of 0 to 0"},
		{src, batch, 0, -1, "shards: piece 0 of -1, want one of 0 to 0"},
		{src, batch, -1, 2, "shards: piece -1 of 2, want one of 0 to 1"},
		{src, batch, 2, 2, "shards: piece 2 of 2, want one of 0 to 1"},
		{src, batch, 0, 3, `shards: "reset" (2, 4) in 3 pieces along axis 1`},
		{src, Batch{"tokens": nil}, 0, 1, `shards: "tokens" is nil`},
		{src, Batch{"tokens": tensor.New(tensor.FromScalar(3))}, 0, 1, `shards: "tokens" (1) in 1 pieces along axis 1`},
		{struct{ Source }{src}, batch, 0, 1, "shards: a struct { data.Source } does not say along which axis its sequences lie"},
		{nil, batch, 0, 1, "shards: a <nil> does not say"},
	} {
		_, err := Shard(tc.src, tc.batch, tc.i, tc.n)
		wantError(t, err, tc.want)
	}
	for n, want := range map[int]string{0: "shards: 0 pieces, want 1 or more", -2: "shards: -2 pieces, want 1 or more", 3: "want a number that divides it"} {
		_, err := ShardSpec(src, n)
		wantError(t, err, want)
	}
	if _, err := ShardSpec(nil, 1); err == nil {
		t.Error("no source is cut")
	}
	piece, err := Shard(sharder{src}, Batch{"lengths": tensor.New(tensor.WithBacking([]int{3}))}, 0, 1)
	if err != nil || !slices.Equal(piece["lengths"].Shape(), []int{1}) {
		t.Errorf("a scalar is cut to %v, error %v", piece, err)
	}
}

// sharder has its sequences along the first axis.
type sharder struct{ Source }

func (sharder) BatchAxis(string) int { return 0 }
