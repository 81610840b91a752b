package graph

import (
	"fmt"
	"slices"
	"sort"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// TopK is the k greatest elements along the last axis of x [..., n], in descending order, and their indices:
// values [..., k] and index int [..., k]. Of equal ones the first comes first, and NaN is greater than all, as
// for ArgMax. The gradient of a value goes to the element that it is; the choice of them has none.
func (s *Scope) TopK(x *G.Node, k int) (values, index *G.Node) {
	index = s.apply(topK{k}, x)
	return s.TakeAlong(x, index, index.Shape().Dims()-1), index
}

// topK is the indices of the k greatest elements along the last axis.
type topK struct{ k int }

func (c topK) String() string { return fmt.Sprintf("top %d", c.k) }

func (topK) result(tensor.Dtype) tensor.Dtype { return tensor.Int }

func (c topK) infer(in []tensor.Shape) (tensor.Shape, error) {
	if in[0].IsScalar() {
		return nil, errors.New("want at least one axis")
	}
	last := len(in[0]) - 1
	if n := in[0][last]; c.k < 1 || c.k > n {
		return nil, errors.Errorf("want 1 to %d of them", n)
	}
	out := in[0].Clone()
	out[last] = c.k
	return out, nil
}

func (c topK) runInt(dst []int, in []operand[int]) error {
	_, n := flat(in[0].shape)
	switch x := in[0].other.(type) {
	case []float32:
		topKRun(c, dst, x, n)
	case []float64:
		topKRun(c, dst, x, n)
	default:
		topKRun(c, dst, in[0].data, n)
	}
	return nil
}

func topKRun[E number](c topK, dst []int, x []E, n int) {
	for i := range len(dst) / c.k {
		row, top := x[i*n:(i+1)*n], dst[i*c.k:i*c.k]
		for at, v := range row {
			if len(top) == c.k {
				if !above(v, row[top[c.k-1]]) {
					continue
				}
				top = top[:c.k-1]
			}
			rank := sort.Search(len(top), func(j int) bool { return above(v, row[top[j]]) })
			top = slices.Insert(top, rank, at) // within dst
		}
	}
}
