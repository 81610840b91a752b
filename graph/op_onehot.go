package graph

import (
	"fmt"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// OneHot makes rows of n flags, of the Store's dtype, that are 1 at an index and 0 elsewhere: index [...] int in
// [0, n) gives [..., n]. An index outside is an error of the run. To multiply a matrix by them, Gather its rows.
func (s *Scope) OneHot(index *G.Node, n int) *G.Node { return s.apply(oneHot{n}, index) }

type oneHot struct{ n int }

func (h oneHot) String() string { return fmt.Sprintf("one-hot of %d", h.n) }

func (oneHot) result(store tensor.Dtype) tensor.Dtype { return store }

func (oneHot) indices() (int, bool) { return 0, true }

func (h oneHot) infer(in []tensor.Shape) (tensor.Shape, error) {
	if h.n < 1 {
		return nil, errors.New("want at least 1 class")
	}
	return append(in[0].Clone(), h.n), nil
}

func (h oneHot) run32(t threads, dst []float32, in []operand[float32]) error {
	return oneHotRun(h, dst, in[0])
}
func (h oneHot) run64(t threads, dst []float64, in []operand[float64]) error {
	return oneHotRun(h, dst, in[0])
}

func oneHotRun[F float](h oneHot, dst []F, x operand[F]) error {
	clear(dst)
	for i, at := range x.index {
		if at < 0 || at >= h.n {
			return errors.Errorf("index %d at %v, want [0, %d)", at, place(x.shape, i), h.n)
		}
		dst[i*h.n+at] = 1
	}
	return nil
}
