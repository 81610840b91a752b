package data

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"gorgonia.org/tensor"
)

// parallel are sequences and fields of every kind, in which each value says whose it is: n of the sequence, and
// t of the timestep.
type parallel struct {
	seqs, seconds [][]int
	chars         [][][]int
	weights       [][]float64
	ids           []int
	speakers      [][]float64
}

func newParallel(N int) (p parallel) {
	r := rand.New(rand.NewPCG(3, 1))
	for n := range N {
		T := 1 + r.IntN(7)
		seq, chars, weights := make([]int, T), make([][]int, T), make([]float64, T)
		for t := range T {
			seq[t], weights[t] = 1+100*n+t, float64(n)+float64(t)/8
			chars[t] = make([]int, r.IntN(4)) // words of different lengths
			for c := range chars[t] {
				chars[t][c] = 1 + 1000*n + 10*t + c
			}
		}
		second := make([]int, r.IntN(9)) // some of them empty
		for t := range second {
			second[t] = 1 + 100*n + t
		}
		p.seqs, p.chars, p.weights = append(p.seqs, seq), append(p.chars, chars), append(p.weights, weights)
		p.seconds, p.ids, p.speakers = append(p.seconds, second), append(p.ids, 7*n), append(p.speakers, []float64{float64(n), -1})
	}
	return p
}

func (p parallel) fields() []PaddedField {
	return []PaddedField{
		PerSequence("id", p.ids), PerSequenceRows("speaker", p.speakers), PerTimestep("weight", p.weights),
		PerTimestepRows("chars", p.chars), Second("translation", p.seconds),
	}
}

// Whatever the order and the length of batches, a field goes with its sequence, and Rows says which that is.
func TestPaddedFields(t *testing.T) {
	const N, B = 11, 4
	p := newParallel(N)
	for _, cfg := range []PaddedConfig{{}, {Trim: true}, {Shuffle: true, Seed: 5}, {Pool: 2, Shuffle: true, Seed: 6}} {
		t.Run(fmt.Sprintf("%+v", cfg), func(t *testing.T) {
			cfg.Batch, cfg.Fields = B, p.fields()
			src, err := NewPaddedTokens(p.seqs, nil, cfg)
			if err != nil {
				t.Fatal(err)
			}
			holdsContract(t, src)
			var seen []int
			for k, batch := range collect(t, src, 2, 0) {
				rows := src.Rows(2, k)
				seen = append(seen, rows...)
				T, second := batch["tokens"].Shape()[0], batch["translation"].Shape()[0]
				if cfg.Trim || cfg.Pool > 0 {
					longest := 1
					for _, n := range rows {
						longest = max(longest, len(p.seconds[n]))
					}
					if second != longest {
						t.Errorf("batch %d: translations of %d timesteps, wanted %d", k, second, longest)
					}
				}
				for b := range B {
					seq, chars, weights, translation, id, speaker := []int{}, [][]int{}, []float64{}, []int{}, 0, []float64{0, 0}
					if b < len(rows) {
						n := rows[b]
						seq, chars, weights, translation, id, speaker = p.seqs[n], p.chars[n], p.weights[n], p.seconds[n], p.ids[n], p.speakers[n]
					}
					if got := ints(t, batch, "id")[b]; got != id {
						t.Errorf("batch %d, row %d: id %d, wanted %d", k, b, got, id)
					}
					if got := floats(t, batch, "speaker")[2*b:][:2]; !slices.Equal(got, speaker) {
						t.Errorf("batch %d, row %d: speaker %v, wanted %v", k, b, got, speaker)
					}
					if got := ints(t, batch, "translation_lengths")[b]; got != len(translation) {
						t.Errorf("batch %d, row %d: translation of %d timesteps, wanted %d", k, b, got, len(translation))
					}
					for tt := range second {
						if got, want := ints(t, batch, "translation")[tt*B+b], at(translation, tt); got != want {
							t.Errorf("batch %d, row %d, timestep %d: translation %d, wanted %d", k, b, tt, got, want)
						}
					}
					C := batch["chars"].Shape()[2]
					for tt := range T {
						if got, want := ints(t, batch, "tokens")[tt*B+b], at(seq, tt); got != want {
							t.Errorf("batch %d, row %d, timestep %d: token %d, wanted %d", k, b, tt, got, want)
						}
						if got, want := floats(t, batch, "weight")[tt*B+b], at(weights, tt); got != want {
							t.Errorf("batch %d, row %d, timestep %d: weight %g, wanted %g", k, b, tt, got, want)
						}
						for c := range C {
							if got, want := ints(t, batch, "chars")[(tt*B+b)*C+c], at(at(chars, tt), c); got != want {
								t.Errorf("batch %d, row %d, timestep %d: character %d is %d, wanted %d", k, b, tt, c, got, want)
							}
						}
					}
				}
			}
			if slices.Sort(seen); !slices.Equal(seen, order(N, false, 0, 0)) {
				t.Errorf("an epoch has the sequences %v", seen)
			}
		})
	}
}

// at is element i, zero where there is none.
func at[E any](list []E, i int) (e E) {
	if i < len(list) {
		e = list[i]
	}
	return e
}

// Without labels the same batches come, but for the targets.
func TestPaddedWithoutLabels(t *testing.T) {
	p := newParallel(7)
	labels := make([][]int, 7)
	for n := range labels {
		labels[n] = []int{n}
	}
	cfg := PaddedConfig{Batch: 3, Pool: 2, Shuffle: true, Seed: 3}
	with, err := NewPaddedTokens(p.seqs, labels, cfg)
	if err != nil {
		t.Fatal(err)
	}
	without, err := NewPaddedTokens(p.seqs, nil, cfg)
	if err != nil {
		t.Fatal(err)
	}
	wanted := collect(t, with, 1, 0)
	for k, batch := range collect(t, without, 1, 0) {
		delete(wanted[k], "targets")
		if !reflect.DeepEqual(batch, wanted[k]) {
			t.Errorf("batch %d differs", k)
		}
	}
	if _, ok := without.Spec()["targets"]; ok {
		t.Error("there are targets in the spec")
	}
	if got := without.Rows(0, without.Len()); got != nil {
		t.Errorf("a batch that there is not has the sequences %v", got)
	}
}

// Targets of another kind than labels are a field.
func TestPaddedFieldOfTargets(t *testing.T) {
	src, err := NewPaddedTokens([][]int{{1}, {2}}, nil, PaddedConfig{Fields: []PaddedField{PerSequence("targets", []float64{0.5, 1.5})}})
	if err != nil {
		t.Fatal(err)
	}
	if got := floats(t, collect(t, src, 0, 0)[0], "targets"); !slices.Equal(got, []float64{0.5, 1.5}) {
		t.Errorf("targets %v", got)
	}
}

// Pieces of a batch hold the fields of their rows.
func TestPaddedFieldsShard(t *testing.T) {
	p := newParallel(4)
	src, err := NewPaddedTokens(p.seqs, nil, PaddedConfig{Fields: p.fields(), Trim: true})
	if err != nil {
		t.Fatal(err)
	}
	spec, err := ShardSpec(src, 2)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]int{
		"id": {2}, "speaker": {2, 2}, "lengths": {2}, "translation_lengths": {2}, "chars": {7, 2, 3}, "weight": {7, 2},
	} {
		if got := spec[name].Shape; !slices.Equal(got, want) {
			t.Errorf("%s %v, wanted %v", name, got, want)
		}
	}
	batch := collect(t, src, 0, 0)[0]
	piece, err := Shard(src, batch, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	second, err := NewPaddedTokens(p.seqs[2:], nil, PaddedConfig{Fields: []PaddedField{
		PerSequence("id", p.ids[2:]), PerSequenceRows("speaker", p.speakers[2:]),
	}})
	if err != nil {
		t.Fatal(err)
	}
	alone := collect(t, second, 0, 0)[0]
	for _, name := range []string{"id", "speaker", "lengths"} {
		if !reflect.DeepEqual(piece[name].Data(), alone[name].Data()) {
			t.Errorf("%s %v, wanted %v", name, piece[name].Data(), alone[name].Data())
		}
	}
	if n, ok := Sequences(src, piece); n != 2 || !ok {
		t.Errorf("%d sequences in a piece, %t", n, ok)
	}
	if whole := Whole(First(src, 3)); len(whole) != 1 || !reflect.DeepEqual(collect(t, whole[0], 0, 0), []Batch{batch}) {
		t.Error("Whole is not the batch")
	}
}

func TestPaddedFieldErrors(t *testing.T) {
	seqs, labels := [][]int{{1, 2}, {3}}, [][]int{{0}, {1}}
	for name, tc := range map[string]struct {
		fields []PaddedField
		want   []string
	}{
		"zero":             {[]PaddedField{{}}, []string{"a field is zero"}},
		"other sequences":  {[]PaddedField{PerSequence("id", []int{1})}, []string{`field "id" has values for 1 sequences, wanted them for 2`}},
		"other timesteps":  {[]PaddedField{PerTimestep("w", [][]float64{{1, 1}, {1, 1}})}, []string{`field "w": sequence 1 of 1 timesteps has 2 values`}},
		"rows":             {[]PaddedField{PerTimestepRows("chars", [][][]int{{{1}}, {{1}}})}, []string{`field "chars": sequence 0 of 2 timesteps has 1 values`}},
		"name of another":  {[]PaddedField{PerSequence("tokens", []int{1, 2})}, []string{`called "tokens"`}},
		"name of lengths":  {[]PaddedField{PerSequence("lengths", []int{1, 2})}, []string{`called "lengths"`}},
		"name of targets":  {[]PaddedField{PerSequence("targets", []int{1, 2})}, []string{`called "targets"`}},
		"name of a second": {[]PaddedField{Second("y", seqs), PerSequence("y_lengths", []int{1, 2})}, []string{`called "y_lengths"`}},
		"no name":          {[]PaddedField{PerSequence("", []int{1, 2})}, []string{`called ""`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewPaddedTokens(seqs, labels, PaddedConfig{Fields: tc.fields})
			wantError(t, err, tc.want...)
		})
	}
	if _, err := NewPaddedValues([][][]float64{{}, {{1}}}, labels, PaddedConfig{}); err == nil {
		t.Error("an empty sequence before another is taken")
	}
	src, err := NewPaddedTokens(seqs, labels, PaddedConfig{Fields: []PaddedField{Second("none", [][]float64{{}, {}})}})
	if err != nil {
		t.Fatal(err)
	}
	if got := src.Spec()["none"]; !slices.Equal(got.Shape, []int{1, 2}) || got.Dtype != tensor.Float64 {
		t.Errorf("second sequences that are empty are %+v", got)
	}
}
