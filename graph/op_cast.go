package graph

import (
	"fmt"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Cast gives the elements of x another type: tensor.Float32, tensor.Float64 or tensor.Int, towards
// which fractions are cut off. Between floats the gradient passes.
func (s *Scope) Cast(x *G.Node, to tensor.Dtype) *G.Node {
	if to != tensor.Float32 && to != tensor.Float64 && to != tensor.Int {
		s.Fail("cast %s: to %v", shapesOf([]*G.Node{x}), typeName(to))
	}
	return s.apply(cast{to}, x)
}

type cast struct{ to tensor.Dtype }

func (c cast) String() string { return fmt.Sprintf("cast to %v", c.to) }

func (c cast) result(tensor.Dtype) tensor.Dtype { return c.to }

func (cast) infer(in []tensor.Shape) (tensor.Shape, error) { return in[0], nil }

func (cast) run32(t threads, dst []float32, in []operand[float32]) error { return castRun(dst, in[0]) }
func (cast) run64(t threads, dst []float64, in []operand[float64]) error { return castRun(dst, in[0]) }
func (cast) runInt(dst []int, in []operand[int]) error                   { return castRun(dst, in[0]) }

func castRun[E number](dst []E, x operand[E]) error {
	switch src := x.other.(type) {
	case []float32:
		convert(dst, src)
	case []float64:
		convert(dst, src)
	default:
		if x.data != nil {
			copy(dst, x.data)
		} else {
			convert(dst, x.index)
		}
	}
	return nil
}

func (cast) diff(s *Scope, in G.Nodes, _, grad *G.Node) G.Nodes {
	if t := dtypeOf(in[0].Type()); t != tensor.Int && dtypeOf(grad.Type()) != tensor.Int {
		return G.Nodes{s.Cast(grad, t)}
	}
	return G.Nodes{nil}
}

// Mask turns lengths [B] int in [0, T] into flags [T, B]: 1 where the timestep counts, 0 in the padding.
func (s *Scope) Mask(lengths *G.Node, T int) *G.Node { return s.apply(mask{T}, lengths) }

// CausalMask is the lower triangle of a square of flags [T, T]: row t is 1 up to column t and 0 after it. As a mask of
// attention it lets each query, a row, read the keys of its own timestep and of those before. In a run of fewer
// timesteps each axis is as long as the one it is combined with.
func (s *Scope) CausalMask(T int) *G.Node {
	s.live()
	s.checkShape("causal mask", []int{T, T})
	values := make([]float64, T*T)
	for i := range values {
		values[i] = truth[float64](i%T <= i/T)
	}
	return s.Const(values, T, T)
}

type mask struct{ T int }

func (m mask) String() string { return fmt.Sprintf("mask of %d timesteps", m.T) }

func (mask) result(store tensor.Dtype) tensor.Dtype { return store }

func (mask) indices() (int, bool) { return 0, true }

func (m mask) infer(in []tensor.Shape) (tensor.Shape, error) {
	if len(in[0]) != 1 || m.T < 1 {
		return nil, errors.New("want lengths [B] and at least 1 timestep")
	}
	return tensor.Shape{m.T, in[0][0]}, nil
}

func (m mask) run32(t threads, dst []float32, in []operand[float32]) error {
	return maskRun(dst, in[0])
}
func (m mask) run64(t threads, dst []float64, in []operand[float64]) error {
	return maskRun(dst, in[0])
}

func maskRun[F float](dst []F, lengths operand[F]) error {
	B := len(lengths.index)
	T := len(dst) / B
	for b, length := range lengths.index {
		if length < 0 || length > T {
			return errors.Errorf("length %d of row %d, want [0, %d]", length, b, T)
		}
		for t := range T {
			dst[t*B+b] = truth[F](t < length)
		}
	}
	return nil
}
