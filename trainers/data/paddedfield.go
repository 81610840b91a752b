package data

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// A PaddedField is a further tensor of the batches of a Padded, for PaddedConfig.Fields. PerSequence,
// PerSequenceRows, PerTimestep, PerTimestepRows and Second make them, of values of one type for each of the N
// sequences, which are kept, not copied. Padding holds 0.
type PaddedField struct {
	name    string
	values  int    // how many sequences there are values of
	steps   []int  // timesteps of each; nil for a value a sequence
	longest int    // of steps
	lengths string // the name that lengths of its own have; "": it has the timesteps of the sequences
	shape   func(T, B int) tensor.Shape
	dtype   tensor.Dtype
	fill    func(rows []int, T, B int) tensor.Tensor // the rows may be fewer than B
}

// element is what a field can hold.
type element interface{ int | float64 }

// PerSequence is one value for each sequence, as a number to know it by or its weight: [B].
func PerSequence[E element](name string, values []E) PaddedField {
	return newField(name, len(values), nil, 0, func(n, _ int) []E { return values[n : n+1] })
}

// PerSequenceRows is a row of values for each sequence, as what is known of its speaker: [B, D]. D is that of the
// longest row.
func PerSequenceRows[E element](name string, rows [][]E) PaddedField {
	return newField(name, len(rows), nil, longestOf(rows), func(n, _ int) []E { return rows[n] })
}

// PerTimestep is one value for each timestep of each sequence, as tags or weights: [T, B].
func PerTimestep[E element](name string, values [][]E) PaddedField {
	return newField(name, len(values), lengths(values), 0, func(n, t int) []E { return values[n][t : t+1] })
}

// PerTimestepRows is a row of values for each timestep of each sequence, as the characters of words: [T, B, D].
// D is that of the longest row.
func PerTimestepRows[E element](name string, rows [][][]E) PaddedField {
	D := 1
	for _, seq := range rows {
		D = max(D, longestOf(seq))
	}
	return newField(name, len(rows), lengths(rows), D, func(n, t int) []E { return rows[n][t] })
}

// Second is a second sequence with each of the first, of a length of its own, as a translation: [T', B], and its
// lengths [B] as name + "_lengths". T' is the longest of all or, where batches are trimmed, of the batch. A second
// sequence may be empty; T' is 1 at least.
func Second[E element](name string, seqs [][]E) PaddedField {
	f := PerTimestep(name, seqs)
	f.lengths = name + "_lengths"
	return f
}

// longestOf is the length of the longest row, 1 at least.
func longestOf[E any](rows [][]E) int {
	longest := 1
	for _, row := range rows {
		longest = max(longest, len(row))
	}
	return longest
}

// newField makes a field of rows of D values, or of single ones for D of 0: of each timestep, or without steps of
// each sequence.
func newField[E element](name string, values int, steps []int, D int, row func(n, t int) []E) PaddedField {
	f := PaddedField{name: name, values: values, steps: steps, dtype: tensor.Int}
	if len(steps) > 0 {
		f.longest = slices.Max(steps)
	}
	if _, ints := any(*new(E)).(int); !ints {
		f.dtype = tensor.Float64
	}
	f.shape = func(T, B int) tensor.Shape {
		shape := tensor.Shape{B}
		if steps != nil {
			shape = tensor.Shape{T, B}
		}
		if D > 0 {
			shape = append(shape, D)
		}
		return shape
	}
	f.fill = func(rows []int, T, B int) tensor.Tensor {
		shape, width := f.shape(T, B), max(1, D)
		of := make([]E, shape.TotalSize())
		for b, n := range rows {
			until := 1
			if steps != nil {
				until = steps[n]
			}
			for t := range until {
				copy(of[(t*B+b)*width:], row(n, t))
			}
		}
		return dense(of, shape...)
	}
	return f
}

// check holds a field to the sequences that it goes with.
func (f PaddedField) check(lengths []int) error {
	switch {
	case f.fill == nil:
		return errors.New("padded: a field is zero, wanted one of PerSequence, PerTimestep, Second and the like")
	case f.values != len(lengths):
		return errors.Errorf("padded: field %q has values for %d sequences, wanted them for %d", f.name, f.values, len(lengths))
	case f.steps == nil || f.lengths != "":
		return nil
	}
	for n, steps := range f.steps {
		if steps != lengths[n] {
			return errors.Errorf("padded: field %q: sequence %d of %d timesteps has %d values, wanted one for each timestep",
				f.name, n, lengths[n], steps)
		}
	}
	return nil
}

// batchAxis is that along which the sequences lie.
func (f PaddedField) batchAxis() int {
	if f.steps == nil {
		return 0
	}
	return 1
}

// names are those of its tensors.
func (f PaddedField) names() []string {
	if f.lengths == "" {
		return []string{f.name}
	}
	return []string{f.name, f.lengths}
}

// timesteps is T of the batch of these sequences, if it is trimmed, and else that of all.
func (f PaddedField) timesteps(rows []int, trim bool) int {
	T := 1
	if !trim {
		T = max(T, f.longest)
	} else if f.steps != nil {
		for _, n := range rows {
			T = max(T, f.steps[n])
		}
	}
	return T
}
