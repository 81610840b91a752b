package graph

import (
	"fmt"
	"slices"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Sum adds up x over the given axes, which the result no longer has; without axes over all, to a scalar.
func (s *Scope) Sum(x *G.Node, axes ...int) *G.Node {
	return s.apply(sum{axes: s.axesOf("sum", x, axes)}, x)
}

// Mean is the mean of x over the given axes, which the result no longer has; without axes over all.
func (s *Scope) Mean(x *G.Node, axes ...int) *G.Node {
	axes = s.axesOf("mean", x, axes)
	return s.Scale(s.Sum(x, axes...), 1/float64(countOver(x.Shape(), axes)))
}

// Max is the greatest element of x over the given axes, which the result no longer has; without axes
// over all. Equal greatest elements share the gradient.
func (s *Scope) Max(x *G.Node, axes ...int) *G.Node {
	return s.apply(greatest{axes: s.axesOf("max", x, axes)}, x)
}

// ArgMax is the index of the greatest element along the last axis of x [..., n]: int [...]. The first
// of equal ones counts. It has no gradient.
func (s *Scope) ArgMax(x *G.Node) *G.Node { return s.apply(argMax{}, x) }

// axesOf sorts the axes, all for none, and refuses those that x does not have.
func (s *Scope) axesOf(what string, x *G.Node, axes []int) []int {
	s.bring(what, []*G.Node{x})
	dims := x.Shape().Dims()
	if len(axes) == 0 {
		for axis := range dims {
			axes = append(axes, axis)
		}
		return axes
	}
	axes = slices.Clone(axes)
	slices.Sort(axes)
	for i, axis := range axes {
		if axis < 0 || axis >= dims || i > 0 && axis == axes[i-1] {
			s.Fail("%s %s: axes %v", what, shapesOf([]*G.Node{x}), axes)
		}
	}
	return axes
}

func countOver(shape tensor.Shape, axes []int) int {
	n := 1
	for _, axis := range axes {
		n *= shape[axis]
	}
	return n
}

// kept is shape with the axes set to 1, dropped is shape without them.
func kept(shape tensor.Shape, axes []int) tensor.Shape {
	k := shape.Clone()
	for _, axis := range axes {
		k[axis] = 1
	}
	return k
}

func dropped(shape tensor.Shape, axes []int) tensor.Shape {
	d := tensor.Shape{}
	for axis, n := range shape {
		if !slices.Contains(axes, axis) {
			d = append(d, n)
		}
	}
	return d
}

// sumTo undoes a broadcast to the shape of x: what went to many places is summed from them.
func (s *Scope) sumTo(x *G.Node, shape tensor.Shape) *G.Node {
	if sameShape(x.Shape(), shape) {
		return x
	}
	if shape.IsScalar() {
		return s.Sum(x)
	}
	if x.Shape().IsScalar() { // every operand it was broadcast with was a scalar or had one element
		return s.Reshape(x, shape...)
	}
	var axes []int
	for axis, d := range shape {
		if d != x.Shape()[axis] {
			axes = append(axes, axis)
		}
	}
	return s.apply(sum{axes: axes, keep: true}, x)
}

// sum adds up over axes.
type sum struct {
	axes []int
	keep bool // the axes remain, with size 1
}

func (r sum) String() string { return fmt.Sprintf("sum over %v", r.axes) }

func (r sum) infer(in []tensor.Shape) (tensor.Shape, error) {
	if r.keep {
		return kept(in[0], r.axes), nil
	}
	return dropped(in[0], r.axes), nil
}

func (r sum) run32(dst []float32, in []operand[float32]) error { return sumRun(r, dst, in[0]) }
func (r sum) run64(dst []float64, in []operand[float64]) error { return sumRun(r, dst, in[0]) }

func sumRun[F float](r sum, dst []F, x operand[F]) error {
	clear(dst)
	strided(x.shape, []tensor.Shape{x.shape, kept(x.shape, r.axes)}, func(n int, at, step []int) {
		row := x.data[at[0] : at[0]+n]
		if step[1] == 0 {
			// In float64: a long sum in float32 loses digits.
			var total float64
			for _, v := range row {
				total += float64(v)
			}
			dst[at[1]] += F(total)
			return
		}
		to := dst[at[1] : at[1]+n]
		for k, v := range row {
			to[k] += v
		}
	})
	return nil
}

func (r sum) diff(s *Scope, in G.Nodes, _, grad *G.Node) G.Nodes {
	return G.Nodes{s.apply(expand{shape: in[0].Shape().Clone(), axes: r.axes}, grad)}
}

// expand repeats a sum's gradient over the axes that were summed.
type expand struct {
	shape tensor.Shape
	axes  []int
}

func (e expand) String() string { return fmt.Sprintf("expand to %v over %v", e.shape, e.axes) }

func (e expand) infer(in []tensor.Shape) (tensor.Shape, error) {
	if in[0].TotalSize() != kept(e.shape, e.axes).TotalSize() {
		return nil, errors.Errorf("want %v", kept(e.shape, e.axes))
	}
	return e.shape, nil
}

func (e expand) run32(dst []float32, in []operand[float32]) error { return expandRun(e, dst, in[0]) }
func (e expand) run64(dst []float64, in []operand[float64]) error { return expandRun(e, dst, in[0]) }

func expandRun[F float](e expand, dst []F, x operand[F]) error {
	strided(e.shape, []tensor.Shape{e.shape, kept(e.shape, e.axes)}, func(n int, at, step []int) {
		for k := range n {
			dst[at[0]+k] = x.data[at[1]+k*step[1]]
		}
	})
	return nil
}

// greatest is the maximum over axes.
type greatest struct{ axes []int }

func (r greatest) String() string { return fmt.Sprintf("max over %v", r.axes) }

func (r greatest) infer(in []tensor.Shape) (tensor.Shape, error) { return dropped(in[0], r.axes), nil }

func (r greatest) run32(dst []float32, in []operand[float32]) error {
	return greatestRun(r, dst, in[0])
}

func (r greatest) run64(dst []float64, in []operand[float64]) error {
	return greatestRun(r, dst, in[0])
}

func greatestRun[F float](r greatest, dst []F, x operand[F]) error {
	began := make([]bool, len(dst))
	strided(x.shape, []tensor.Shape{x.shape, kept(x.shape, r.axes)}, func(n int, at, step []int) {
		for k := range n {
			v, to := x.data[at[0]+k], at[1]+k*step[1]
			if !began[to] || v > dst[to] || v != v {
				dst[to], began[to] = v, true
			}
		}
	})
	return nil
}

func (r greatest) diff(s *Scope, in G.Nodes, out, grad *G.Node) G.Nodes {
	x := in[0]
	wide := kept(x.Shape(), r.axes)
	chosen := s.Equal(x, s.Reshape(out, wide...))
	ties := s.apply(sum{axes: r.axes, keep: true}, chosen)
	return G.Nodes{s.Mul(chosen, s.Div(s.Reshape(grad, wide...), ties))}
}

// argMax is the index of the greatest element along the last axis.
type argMax struct{}

func (argMax) String() string { return "argmax" }

func (argMax) result(tensor.Dtype) tensor.Dtype { return tensor.Int }

func (argMax) infer(in []tensor.Shape) (tensor.Shape, error) {
	if in[0].IsScalar() {
		return nil, errors.New("want at least one axis")
	}
	return dropped(in[0], []int{len(in[0]) - 1}), nil
}

func (argMax) runInt(dst []int, in []operand[int]) error {
	n := in[0].shape[len(in[0].shape)-1]
	switch x := in[0].other.(type) {
	case []float32:
		argMaxRun(dst, x, n)
	case []float64:
		argMaxRun(dst, x, n)
	default:
		argMaxRun(dst, in[0].data, n)
	}
	return nil
}

func argMaxRun[E number](dst []int, x []E, n int) {
	for i := range dst {
		row := x[i*n : (i+1)*n]
		dst[i] = 0
		for k, v := range row {
			if v > row[dst[i]] {
				dst[i] = k
			}
		}
	}
}
