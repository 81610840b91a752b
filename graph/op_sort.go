package graph

import (
	"cmp"
	"slices"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Sort puts the elements of the last axis in ascending order, NaN first. The gradient of each goes back to where
// it came from; equal elements keep their order.
func (s *Scope) Sort(x *G.Node) *G.Node { return s.apply(sorting{}, x) }

type sorting struct{}

func (sorting) String() string { return "sort" }

func (sorting) infer(in []tensor.Shape) (tensor.Shape, error) {
	if in[0].IsScalar() {
		return nil, errors.New("want at least one axis")
	}
	return in[0], nil
}

func (sorting) run32(t threads, dst []float32, in []operand[float32]) error {
	return sortRun(t, dst, in[0])
}
func (sorting) run64(t threads, dst []float64, in []operand[float64]) error {
	return sortRun(t, dst, in[0])
}

func sortRun[F float](t threads, dst []F, x operand[F]) error {
	rows, n := flat(x.shape)
	copy(dst, x.data)
	inParallel(t, rows, n, func(from, to int) {
		for i := from; i < to; i++ {
			slices.Sort(dst[i*n : (i+1)*n])
		}
	})
	return nil
}

func (sorting) diff(s *Scope, in G.Nodes, _, grad *G.Node) G.Nodes {
	return G.Nodes{s.apply(sortGrad{}, in[0], grad)}
}

// sortGrad makes the gradient of what was sorted from it and the gradient of the result.
type sortGrad struct{}

func (sortGrad) String() string { return "sort'" }

func (sortGrad) infer(in []tensor.Shape) (tensor.Shape, error) { return in[0], nil }

func (sortGrad) run32(t threads, dst []float32, in []operand[float32]) error {
	return sortGradRun(t, dst, in)
}
func (sortGrad) run64(t threads, dst []float64, in []operand[float64]) error {
	return sortGradRun(t, dst, in)
}

func sortGradRun[F float](t threads, dst []F, in []operand[F]) error {
	rows, n := flat(in[0].shape)
	inParallel(t, rows, n, func(from, to int) {
		order := make([]int, n)
		for i := from; i < to; i++ {
			x := in[0].data[i*n : (i+1)*n]
			for k := range order {
				order[k] = k
			}
			slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
			for place, k := range order {
				dst[i*n+k] = in[1].data[i*n+place]
			}
		}
	})
	return nil
}
