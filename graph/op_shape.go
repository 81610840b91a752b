package graph

import (
	"fmt"
	"slices"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
)

// Everything here copies. Gorgonia's Reshape and Slice alias their operand, and what is then written
// in place spoils it; its Slice also takes bounds modulo 256 for equal.

// Slice cuts the elements start ≤ i < end from an axis of x.
func (s *Scope) Slice(x *G.Node, axis, start, end int) *G.Node {
	return s.apply(slice{axis: axis, start: start, end: end}, x)
}

// At is element i of the leading axis of x, without that axis: [T, B, I] → [B, I].
func (s *Scope) At(x *G.Node, i int) *G.Node {
	return s.apply(slice{axis: 0, start: i, end: i + 1, drop: true}, x)
}

// Split cuts the last axis of x into n equal parts: [..., n·H] → n × [..., H].
func (s *Scope) Split(x *G.Node, n int) []*G.Node {
	s.bring("split", []*G.Node{x})
	dims := x.Shape().Dims()
	if n < 1 || dims == 0 || x.Shape()[dims-1]%n != 0 {
		s.Fail("split %s: last axis into %d equal parts", shapesOf([]*G.Node{x}), n)
	}
	width := x.Shape()[dims-1] / n
	parts := make([]*G.Node, n)
	for i := range parts {
		parts[i] = s.Slice(x, dims-1, i*width, (i+1)*width)
	}
	return parts
}

// Concat joins nodes along an axis; their other axes agree.
func (s *Scope) Concat(axis int, xs ...*G.Node) *G.Node { return s.apply(concat{axis: axis}, xs...) }

// Stack joins nodes of equal shape along a new leading axis: T × [B, H] → [T, B, H].
func (s *Scope) Stack(xs ...*G.Node) *G.Node { return s.apply(concat{stack: true}, xs...) }

// Reshape gives the elements of x, in their order, another shape of the same size.
func (s *Scope) Reshape(x *G.Node, shape ...int) *G.Node {
	s.bring(fmt.Sprintf("reshape to %v", tensor.Shape(shape)), []*G.Node{x})
	return s.apply(reshape{shape: slices.Clone(shape), from: x.Shape().Clone()}, x)
}

// ExpandDims puts an axis of size 1 before the given one: [B, H] → [B, 1, H] for 1.
func (s *Scope) ExpandDims(x *G.Node, axis int) *G.Node {
	s.bring("expand dims", []*G.Node{x})
	if axis < 0 || axis > x.Shape().Dims() {
		s.Fail("expand dims %s: axis %d", shapesOf([]*G.Node{x}), axis)
	}
	return s.Reshape(x, slices.Insert([]int(x.Shape().Clone()), axis, 1)...)
}

// Transpose reorders axes: axis i of the result is axis perm[i] of x. Without perm it reverses them.
func (s *Scope) Transpose(x *G.Node, perm ...int) *G.Node {
	s.bring("transpose", []*G.Node{x})
	if len(perm) == 0 {
		for axis := x.Shape().Dims() - 1; axis >= 0; axis-- {
			perm = append(perm, axis)
		}
	}
	return s.apply(transpose{perm: slices.Clone(perm)}, x)
}

// Like is a tensor of the shape of x, every element v. In a run of fewer timesteps than were declared it
// has as many as x, what Full is has all. Nothing of x reaches it.
func (s *Scope) Like(x *G.Node, v float64) *G.Node { return s.apply(like{v}, x) }

// StopGradient is x, through which no gradient passes.
func (s *Scope) StopGradient(x *G.Node) *G.Node { return s.keep(x) }

// around gives the product of the sizes before and behind an axis.
func around(shape tensor.Shape, axis int) (outer, inner int) {
	outer, inner = 1, 1
	for i, d := range shape {
		if i < axis {
			outer *= d
		} else if i > axis {
			inner *= d
		}
	}
	return outer, inner
}

type slice struct {
	axis, start, end int
	drop             bool // the axis goes; its size is 1
}

func (c slice) String() string { return fmt.Sprintf("slice axis %d [%d:%d]", c.axis, c.start, c.end) }

func (c slice) infer(in []tensor.Shape) (tensor.Shape, error) {
	if c.axis < 0 || c.axis >= len(in[0]) {
		return nil, errors.Errorf("there is no axis %d", c.axis)
	}
	if c.start < 0 || c.end > in[0][c.axis] || c.start >= c.end {
		return nil, errors.Errorf("axis %d has size %d", c.axis, in[0][c.axis])
	}
	if c.drop {
		return dropped(in[0], []int{c.axis}), nil
	}
	out := in[0].Clone()
	out[c.axis] = c.end - c.start
	return out, nil
}

func (c slice) shorter(declared, active []tensor.Shape) error { return whole(c.axis, declared, active) }

// whole refuses operands that are shorter along an axis in which places are fixed.
func whole(axis int, declared, active []tensor.Shape) error {
	for i, shape := range active {
		if shape[axis] != declared[i][axis] {
			return errors.Errorf("axis %d has size %d in this run, declared %d: cannot run on fewer", axis, shape[axis], declared[i][axis])
		}
	}
	return nil
}

func (c slice) run32(t threads, dst []float32, in []operand[float32]) error {
	return sliceRun(c, dst, in[0])
}
func (c slice) run64(t threads, dst []float64, in []operand[float64]) error {
	return sliceRun(c, dst, in[0])
}
func (c slice) runInt(dst []int, in []operand[int]) error { return sliceRun(c, dst, in[0]) }

func sliceRun[E number](c slice, dst []E, x operand[E]) error {
	outer, inner := around(x.shape, c.axis)
	size, n := x.shape[c.axis]*inner, (c.end-c.start)*inner
	for i := range outer {
		copy(dst[i*n:(i+1)*n], x.data[i*size+c.start*inner:])
	}
	return nil
}

func (c slice) diff(s *Scope, in G.Nodes, _, grad *G.Node) G.Nodes {
	p := put{shape: in[0].Shape().Clone(), axis: c.axis, parts: []span{{c.start, c.end}}}
	return G.Nodes{s.apply(p, grad)}
}

// put is the gradient of slices of one tensor: zeros of its shape, to which each part is added at its
// place.
type put struct {
	shape tensor.Shape
	axis  int
	parts []span
}

type span struct{ start, end int }

func (p put) String() string { return fmt.Sprintf("put into %v axis %d %v", p.shape, p.axis, p.parts) }

func (p put) infer(in []tensor.Shape) (tensor.Shape, error) {
	out := in[0].Clone()
	if len(out) < len(p.shape) { // the slice has dropped the axis
		out = slices.Insert(out, p.axis, 1)
	}
	out[p.axis] = p.shape[p.axis]
	outer, inner := around(out, p.axis)
	for i, part := range p.parts {
		if in[i].TotalSize() != outer*inner*(part.end-part.start) {
			return nil, errors.Errorf("part %d does not fit", i)
		}
	}
	return out, nil
}

func (p put) run32(t threads, dst []float32, in []operand[float32]) error { return putRun(p, dst, in) }
func (p put) run64(t threads, dst []float64, in []operand[float64]) error { return putRun(p, dst, in) }

func putRun[F float](p put, dst []F, in []operand[F]) error {
	clear(dst)
	inner := 1
	for i := len(p.shape) - 1; i > p.axis; i-- { // from behind: the slice may have dropped the axis
		inner *= in[0].shape[len(in[0].shape)-len(p.shape)+i]
	}
	outer := len(dst) / (inner * p.shape[p.axis])
	for j, part := range p.parts {
		size, n := p.shape[p.axis]*inner, (part.end-part.start)*inner
		for i := range outer {
			to := dst[i*size+part.start*inner:][:n]
			for k, v := range in[j].data[i*n : (i+1)*n] {
				to[k] += v
			}
		}
	}
	return nil
}

// concat joins along an axis, or along a new leading one.
type concat struct {
	axis  int
	stack bool
}

func (c concat) String() string {
	if c.stack {
		return "stack"
	}
	return fmt.Sprintf("concat axis %d", c.axis)
}

func (c concat) infer(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) == 0 {
		return nil, errors.New("nothing to join")
	}
	if c.stack {
		for _, shape := range in {
			if !sameShape(shape, in[0]) {
				return nil, errors.New("shapes differ")
			}
		}
		return append(tensor.Shape{len(in)}, in[0]...), nil
	}
	if c.axis < 0 || c.axis >= len(in[0]) {
		return nil, errors.Errorf("there is no axis %d", c.axis)
	}
	out := in[0].Clone()
	for _, shape := range in[1:] {
		if len(shape) != len(out) || !sameShape(kept(shape, []int{c.axis}), kept(out, []int{c.axis})) {
			return nil, errors.New("shapes differ on another axis")
		}
		out[c.axis] += shape[c.axis]
	}
	return out, nil
}

func (c concat) shorter(declared, active []tensor.Shape) error {
	if c.stack {
		return nil
	}
	return whole(c.axis, declared, active)
}

func (c concat) run32(t threads, dst []float32, in []operand[float32]) error {
	return concatRun(c, dst, in)
}
func (c concat) run64(t threads, dst []float64, in []operand[float64]) error {
	return concatRun(c, dst, in)
}
func (c concat) runInt(dst []int, in []operand[int]) error { return concatRun(c, dst, in) }

func concatRun[E number](c concat, dst []E, in []operand[E]) error {
	outer := 1
	if !c.stack {
		outer, _ = around(in[0].shape, c.axis)
	}
	for i, at := 0, 0; i < outer; i++ {
		for _, x := range in {
			n := len(x.data) / outer
			at += copy(dst[at:], x.data[i*n:(i+1)*n])
		}
	}
	return nil
}

func (c concat) diff(s *Scope, in G.Nodes, _, grad *G.Node) G.Nodes {
	grads, at := make(G.Nodes, len(in)), 0
	for i, x := range in {
		if c.stack {
			grads[i] = s.At(grad, i)
			continue
		}
		size := x.Shape()[c.axis]
		grads[i] = s.Slice(grad, c.axis, at, at+size)
		at += size
	}
	return grads
}

type reshape struct{ shape, from tensor.Shape }

func (r reshape) String() string { return fmt.Sprintf("reshape to %v", r.shape) }

func (r reshape) infer(in []tensor.Shape) (tensor.Shape, error) {
	for _, d := range r.shape {
		if d <= 0 {
			return nil, errors.New("every size must be at least 1")
		}
	}
	if sameShape(in[0], r.from) {
		if r.shape.TotalSize() != in[0].TotalSize() {
			return nil, errors.Errorf("%d elements into %d", in[0].TotalSize(), r.shape.TotalSize())
		}
		return r.shape, nil
	}
	return r.inferShorter(in[0])
}

// inferShorter takes from and shape apart into groups of axes that hold the same elements. The first axis
// of a group may be shorter, and makes the first axis of what becomes of the group shorter.
func (r reshape) inferShorter(in tensor.Shape) (tensor.Shape, error) {
	out := r.shape.Clone()
	for i, j := 0, 0; i < len(in); {
		first, elements, active := i, r.from[i], in[i]
		i++
		if elements == 1 {
			continue
		}
		for j < len(out) && out[j] == 1 {
			j++
		}
		to, size := j, 1
		for size != elements {
			if size < elements {
				size *= out[j]
				j++
			} else {
				elements, active = elements*r.from[i], active*in[i]
				if in[i] != r.from[i] {
					return nil, errors.Errorf("axis %d has size %d in this run, declared %d: cannot run on fewer", i, in[i], r.from[i])
				}
				i++
			}
		}
		if rest := size / out[to]; in[first] != r.from[first] {
			if active%rest != 0 {
				return nil, errors.Errorf("%d elements are no whole number of rows of %d", active, rest)
			}
			out[to] = active / rest
		}
	}
	return out, nil
}

func (r reshape) run32(t threads, dst []float32, in []operand[float32]) error {
	return copyRun(dst, in[0])
}
func (r reshape) run64(t threads, dst []float64, in []operand[float64]) error {
	return copyRun(dst, in[0])
}
func (r reshape) runInt(dst []int, in []operand[int]) error { return copyRun(dst, in[0]) }

func copyRun[E number](dst []E, x operand[E]) error {
	copy(dst, x.data)
	return nil
}

func (r reshape) diff(s *Scope, in G.Nodes, _, grad *G.Node) G.Nodes {
	return G.Nodes{s.Reshape(grad, in[0].Shape()...)}
}

type like struct{ v float64 }

func (l like) String() string { return fmt.Sprintf("like %v", l.v) }

func (like) result(store tensor.Dtype) tensor.Dtype { return store }

func (like) infer(in []tensor.Shape) (tensor.Shape, error) { return in[0], nil }

func (l like) run32(t threads, dst []float32, _ []operand[float32]) error { return likeRun(l, dst) }
func (l like) run64(t threads, dst []float64, _ []operand[float64]) error { return likeRun(l, dst) }

func likeRun[F float](l like, dst []F) error {
	mapRow(kernel.Fill, F(l.v), dst, nil, nil)
	return nil
}

type transpose struct{ perm []int }

func (p transpose) String() string { return fmt.Sprintf("transpose %v", p.perm) }

func (p transpose) infer(in []tensor.Shape) (tensor.Shape, error) {
	if len(p.perm) != len(in[0]) {
		return nil, errors.Errorf("%d axes", len(in[0]))
	}
	out := make(tensor.Shape, len(p.perm))
	for i, axis := range p.perm {
		if axis < 0 || axis >= len(in[0]) || slices.Index(p.perm, axis) != i {
			return nil, errors.New("not a permutation of the axes")
		}
		out[i] = in[0][axis]
	}
	return out, nil
}

func (p transpose) run32(t threads, dst []float32, in []operand[float32]) error {
	return transposeRun(p, dst, in[0])
}

func (p transpose) run64(t threads, dst []float64, in []operand[float64]) error {
	return transposeRun(p, dst, in[0])
}
func (p transpose) runInt(dst []int, in []operand[int]) error { return transposeRun(p, dst, in[0]) }

func transposeRun[E number](p transpose, dst []E, x operand[E]) error {
	var w walk
	w.axes, w.tensors = len(p.perm), 2
	strides := [maxAxes]int{}
	stride := 1
	for axis := len(x.shape) - 1; axis >= 0; axis-- {
		strides[axis] = stride
		stride *= x.shape[axis]
	}
	stride = 1
	for inner := range p.perm {
		axis := p.perm[len(p.perm)-1-inner]
		w.size[inner], w.stride[0][inner], w.stride[1][inner] = x.shape[axis], stride, strides[axis]
		stride *= x.shape[axis]
	}
	w.join()
	n, step := w.size[0], w.stride[1][0]
	for ; len(dst) > 0; dst = dst[n:] {
		from := x.data[w.at[1]:]
		for k := range dst[:n] {
			dst[k] = from[k*step]
		}
		w.next(1)
	}
	return nil
}

func (p transpose) diff(s *Scope, _ G.Nodes, _, grad *G.Node) G.Nodes {
	inverse := make([]int, len(p.perm))
	for i, axis := range p.perm {
		inverse[axis] = i
	}
	return G.Nodes{s.Transpose(grad, inverse...)}
}

// keep is a copy of its operand that no other operation reads: what a run leaves to be read.
type keep struct{}

func (s *Scope) keep(x *G.Node) *G.Node { return s.apply(keep{}, x) }

func (keep) String() string { return "keep" }

func (keep) infer(in []tensor.Shape) (tensor.Shape, error) { return in[0], nil }

func (keep) run32(t threads, dst []float32, in []operand[float32]) error { return copyRun(dst, in[0]) }
func (keep) run64(t threads, dst []float64, in []operand[float64]) error { return copyRun(dst, in[0]) }
func (keep) runInt(dst []int, in []operand[int]) error                   { return copyRun(dst, in[0]) }
