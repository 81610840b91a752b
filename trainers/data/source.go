package data

import (
	"iter"
	"math/rand/v2"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// A Batch holds the tensors of one training step by name. They are contiguous and belong to
// whoever receives them.
type Batch map[string]tensor.Tensor

// A Field is the shape and the type of one tensor of a batch.
type Field struct {
	Shape tensor.Shape
	Dtype tensor.Dtype
}

// A Spec gives the field of each tensor of a batch by name; where T varies, its largest.
type Spec map[string]Field

// A Source yields batches. They depend on its seed, the epoch and their number only, whatever
// was asked for before. A Source is safe for concurrent use.
type Source interface {
	// Spec describes every batch.
	Spec() Spec
	// Batches yields batches from, from+1, ... Len()-1 of an epoch; epochs count from 0. An error
	// ends them. A negative from is the only one there is of data in memory; what is read from
	// disk may fail too.
	Batches(epoch, from int) iter.Seq2[Batch, error]
	// Len is the number of batches in an epoch.
	Len() int
}

// count yields batch(from), ... batch(n-1).
func count(from, n int, batch func(k int) (Batch, error)) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		if from < 0 {
			yield(nil, errors.Errorf("batches: from is %d, wanted 0 or more", from))
			return
		}
		for k := from; k < n; k++ {
			b, err := batch(k)
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

// order is 0 ... n-1, permuted if shuffle is set.
func order(n int, shuffle bool, seed int64, epoch int) []int {
	if shuffle {
		return rand.New(rand.NewPCG(uint64(seed), uint64(epoch))).Perm(n)
	}
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// batchSize is B for n sequences when size were asked for and 0 means all.
func batchSize(size, n int) int {
	if size == 0 {
		return n
	}
	return min(size, n)
}

func dense[E int | float64](values []E, shape ...int) tensor.Tensor {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}
