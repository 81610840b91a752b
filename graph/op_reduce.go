package graph

import (
	"fmt"
	"math"
	"slices"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
)

// Sum adds up x over the given axes, which the result no longer has; without axes over all, to a scalar.
func (s *Scope) Sum(x *G.Node, axes ...int) *G.Node {
	return s.apply(sum{axes: s.axesOf("sum", x, axes)}, x)
}

// Mean is the mean of x over the given axes, which the result no longer has; without axes over all.
func (s *Scope) Mean(x *G.Node, axes ...int) *G.Node {
	return s.apply(sum{axes: s.axesOf("mean", x, axes), mean: true}, x)
}

// Max is the greatest element of x over the given axes, which the result no longer has; without axes
// over all. Equal greatest elements share the gradient.
func (s *Scope) Max(x *G.Node, axes ...int) *G.Node {
	return s.apply(greatest{axes: s.axesOf("max", x, axes)}, x)
}

// ArgMax is the index of the greatest element along the last axis of x [..., n]: int [...]. The first
// of equal ones counts, and NaN is greater than all, as for Max. It has no gradient.
func (s *Scope) ArgMax(x *G.Node) *G.Node { return s.apply(argMax{}, x) }

// MaxWithIndex is the greatest element along the last axis of x [..., n] and its index: value [...] and index
// int [...], as ArgMax gives it. The gradient of the value goes to that element alone, that of Max to all equal
// ones.
func (s *Scope) MaxWithIndex(x *G.Node) (value, index *G.Node) {
	index = s.ArgMax(x)
	last := index.Shape().Dims()
	return s.Reshape(s.TakeAlong(x, s.ExpandDims(index, last), last), index.Shape()...), index
}

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
	mean bool // divided by how many elements each sum has
}

func (r sum) String() string {
	if r.mean {
		return fmt.Sprintf("mean over %v", r.axes)
	}
	return fmt.Sprintf("sum over %v", r.axes)
}

func (r sum) infer(in []tensor.Shape) (tensor.Shape, error) {
	if r.keep {
		return kept(in[0], r.axes), nil
	}
	return dropped(in[0], r.axes), nil
}

func (r sum) run32(t threads, dst []float32, in []operand[float32]) error {
	return sumRun(t, r, dst, in[0])
}
func (r sum) run64(t threads, dst []float64, in []operand[float64]) error {
	return sumRun(t, r, dst, in[0])
}

func sumRun[F float](t threads, r sum, dst []F, x operand[F]) error {
	clear(dst)
	var w walk
	w.begin(x.shape)
	w.add(x.shape, nil)
	w.add(x.shape, r.axes)
	w.join()
	n, rows := w.size[0], w.size[1]
	for more := true; more; more = w.next(2) {
		from, to := x.data[w.at[0]:], dst[w.at[1]:]
		switch {
		case w.stride[1][0] == 0:
			for i := range rows {
				to[i*w.stride[1][1]] += F(total(from[i*n : (i+1)*n]))
			}
		case w.stride[1][1] == 0: // also of a single row
			kernel.SumColumns(t, rows, n, to[:n], kernel.View[F]{Data: from, Stride: w.stride[0][1]})
		default:
			for i := range rows {
				row := to[i*w.stride[1][1]:][:n]
				mapRow(kernel.Add, 0, row, row, from[i*w.stride[0][1]:][:n])
			}
		}
	}
	if r.mean {
		mapRow(kernel.Scale, F(float64(len(dst))/float64(len(x.data))), dst, dst, nil)
	}
	return nil
}

// total sums in float64: a long sum in float32 loses digits.
func total[F float](row []F) (sum float64) {
	for _, v := range row {
		sum += float64(v)
	}
	return sum
}

func (r sum) diff(s *Scope, in G.Nodes, _, grad *G.Node) G.Nodes {
	return G.Nodes{s.apply(expand{axes: r.axes, mean: r.mean}, grad, in[0])}
}

// expand repeats a sum's gradient over the axes that were summed, to the shape of its second operand.
type expand struct {
	axes []int
	mean bool
}

func (e expand) String() string { return fmt.Sprintf("expand over %v", e.axes) }

func (e expand) infer(in []tensor.Shape) (tensor.Shape, error) {
	if want := kept(in[1], e.axes); in[0].TotalSize() != want.TotalSize() {
		return nil, errors.Errorf("want %v", want)
	}
	return in[1], nil
}

func (e expand) run32(t threads, dst []float32, in []operand[float32]) error {
	return expandRun(e, dst, in)
}
func (e expand) run64(t threads, dst []float64, in []operand[float64]) error {
	return expandRun(e, dst, in)
}

func expandRun[F float](e expand, dst []F, in []operand[F]) error {
	shape, k := in[1].shape, F(1)
	if e.mean {
		k = F(float64(len(in[0].data)) / float64(len(dst)))
	}
	var w walk
	w.begin(shape)
	w.add(shape, e.axes)
	w.join()
	n, step := w.size[0], w.stride[0][0]
	for ; len(dst) > 0; dst = dst[n:] {
		from := in[0].data[w.at[0]:]
		if step == 0 {
			mapRow(kernel.Fill, k*from[0], dst[:n], nil, nil)
		} else {
			mapRow(kernel.Scale, k, dst[:n], from[:n], nil)
		}
		w.next(1)
	}
	return nil
}

// greatest is the maximum over axes.
type greatest struct{ axes []int }

func (r greatest) String() string { return fmt.Sprintf("max over %v", r.axes) }

func (r greatest) infer(in []tensor.Shape) (tensor.Shape, error) { return dropped(in[0], r.axes), nil }

func (r greatest) run32(t threads, dst []float32, in []operand[float32]) error {
	return greatestRun(r, dst, in[0])
}

func (r greatest) run64(t threads, dst []float64, in []operand[float64]) error {
	return greatestRun(r, dst, in[0])
}

func greatestRun[F float](r greatest, dst []F, x operand[F]) error {
	mapRow(kernel.Fill, F(math.Inf(-1)), dst, nil, nil)
	var w walk
	w.begin(x.shape)
	w.add(x.shape, nil)
	w.add(x.shape, r.axes)
	w.join()
	n, step := w.size[0], w.stride[1][0]
	for more := true; more; more = w.next(1) {
		to := dst[w.at[1]:]
		for k, v := range x.data[w.at[0]:][:n] {
			if y := &to[k*step]; v > *y || v != v {
				*y = v
			}
		}
	}
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
			if above(v, row[dst[i]]) {
				dst[i] = k
			}
		}
	}
}

// above reports whether a is greater than b. NaN is greater than all numbers.
func above[E number](a, b E) bool { return a > b || a != a && b == b }
