package data

import "iter"

// First is the first n batches of each epoch of src, all if it has no more: a part of the training data
// to measure on, or one batch to over-fit.
func First(src Source, n int) Source {
	if src == nil {
		src = &BPTT{}
	}
	return first{src, n}
}

type first struct {
	Source
	n int
}

// Len implements Source.
func (f first) Len() int { return max(0, min(f.n, f.Source.Len())) }

// Batches implements Source.
func (f first) Batches(epoch, from int) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		if from >= f.Len() {
			return
		}
		k := from
		for batch, err := range f.Source.Batches(epoch, from) {
			if k++; !yield(batch, err) || k >= f.n {
				return
			}
		}
	}
}
