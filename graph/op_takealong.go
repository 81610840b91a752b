package graph

import (
	"fmt"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// TakeAlong picks elements of x along an axis, at each place one of its own: x [..., n, ...] and index
// [..., m, ...] int in [0, n), of the same rank and of equal sizes but along the axis, give [..., m, ...]. In
// two dimensions y[i, j] = x[i, index[i, j]] along axis 1. What was picked several times gets the sum of the
// gradients. x may be of int. An index outside is an error of the run.
func (s *Scope) TakeAlong(x, index *G.Node, axis int) *G.Node {
	return s.apply(takeAlong{axis}, x, index)
}

type takeAlong struct{ axis int }

func (a takeAlong) String() string { return fmt.Sprintf("take along axis %d", a.axis) }

func (takeAlong) indices() (int, bool) { return 1, true }

func (a takeAlong) infer(in []tensor.Shape) (tensor.Shape, error) {
	if err := hasAxis(in[0], a.axis); err != nil {
		return nil, err
	}
	if len(in[1]) != len(in[0]) {
		return nil, errors.Errorf("ranks %d and %d differ; Reshape or ExpandDims one", len(in[0]), len(in[1]))
	}
	if !sameShape(kept(in[0], []int{a.axis}), kept(in[1], []int{a.axis})) {
		return nil, errors.New("shapes differ on another axis")
	}
	return in[1], nil
}

// hasAxis refuses an axis that a shape does not have.
func hasAxis(shape tensor.Shape, axis int) error {
	if axis < 0 || axis >= len(shape) {
		return errors.Errorf("there is no axis %d", axis)
	}
	return nil
}

func (a takeAlong) run32(t threads, dst []float32, in []operand[float32]) error {
	return takeAlongRun(t, a, dst, in)
}
func (a takeAlong) run64(t threads, dst []float64, in []operand[float64]) error {
	return takeAlongRun(t, a, dst, in)
}
func (a takeAlong) runInt(dst []int, in []operand[int]) error { return takeAlongRun(1, a, dst, in) }

func takeAlongRun[E number](t threads, a takeAlong, dst []E, in []operand[E]) error {
	x, index, n := in[0].data, in[1].index, in[0].shape[a.axis]
	for i, at := range index {
		if at < 0 || at >= n {
			return errors.Errorf("index %d at %v, want [0, %d)", at, place(in[1].shape, i), n)
		}
	}
	outer, inner := around(in[1].shape, a.axis)
	m := in[1].shape[a.axis]
	inParallel(t, outer*m, inner, func(from, to int) {
		for row := from; row < to; row++ {
			for k := range inner {
				dst[row*inner+k] = x[(row/m*n+index[row*inner+k])*inner+k]
			}
		}
	})
	return nil
}

func (a takeAlong) diff(s *Scope, in G.Nodes, _, grad *G.Node) G.Nodes {
	return G.Nodes{s.apply(takeAlongGrad(a), grad, in[1], in[0]), nil}
}

// takeAlongGrad adds each gradient to the element that was picked, of its last operand.
type takeAlongGrad takeAlong

func (a takeAlongGrad) String() string { return takeAlong(a).String() + "'" }

func (takeAlongGrad) indices() (int, bool) { return 1, true }

func (takeAlongGrad) infer(in []tensor.Shape) (tensor.Shape, error) { return in[2], nil }

func (a takeAlongGrad) run32(t threads, dst []float32, in []operand[float32]) error {
	return takeAlongGradRun(t, a, dst, in)
}
func (a takeAlongGrad) run64(t threads, dst []float64, in []operand[float64]) error {
	return takeAlongGradRun(t, a, dst, in)
}

func takeAlongGradRun[F float](t threads, a takeAlongGrad, dst []F, in []operand[F]) error {
	clear(dst)
	grad, index := in[0].data, in[1].index
	outer, inner := around(in[2].shape, a.axis)
	n, m := in[2].shape[a.axis], in[1].shape[a.axis]
	inParallel(t, outer, m*inner, func(from, to int) {
		for row := from * m; row < to*m; row++ {
			for k := range inner {
				dst[(row/m*n+index[row*inner+k])*inner+k] += grad[row*inner+k]
			}
		}
	})
	return nil
}
