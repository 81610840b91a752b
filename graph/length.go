package graph

import (
	"maps"
	"slices"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A run may be fed fewer rows than were declared: sequences of fewer timesteps. Every value then has the
// shape it would have in a graph declared for them, and lies at the beginning of its buffer.

// An operation that is bound to sizes of its operands says on which shapes it cannot run.
type bound interface {
	// shorter looks at operands of which at least one is shorter than declared.
	shorter(declared, active []tensor.Shape) error
}

// follows reports whether an operand's leading axis goes with those of the others.
func follows(d definition, operand int) bool {
	switch d := d.(type) {
	case binary, choose, addAll, unaryGrad, softmaxGrad, normalizeGrad, crossEntropy, crossEntropyGrad, batchMatMul, scatter:
		return true
	case concat:
		return !d.stack && d.axis > 0
	case matMul:
		return d.transA
	case scan:
		return d.timed(operand)
	case scanGrad: // behind the scan itself
		return operand == 0 || d.timed(operand-1) || d.ofY > 0 && operand == d.ofY
	}
	return false
}

// fit gives the shapes of the operands and of the result in this run.
func (o *op) fit() (in []tensor.Shape, out tensor.Shape, err error) {
	in = make([]tensor.Shape, len(o.given))
	shorter := false
	for i, shape := range o.given {
		declared := o.shapes[i]
		if shape.TotalSize() == declared.TotalSize() {
			in[i] = declared // Gorgonia's own operations take some liberties
			continue
		}
		fits := len(shape) == len(declared)
		for axis := 0; fits && axis < len(shape); axis++ {
			fits = shape[axis] >= 1 && shape[axis] <= declared[axis]
		}
		if !fits {
			return nil, nil, errors.Errorf("operand %d has shape %v, declared %v", i, shape, declared)
		}
		in[i], shorter = shape.Clone(), true
	}
	traced, follows := o.traced()
	if !shorter && !follows {
		return in, o.shape, nil
	}
	if err := o.align(in); err != nil {
		return nil, nil, err
	}
	if b, ok := o.definition.(bound); ok {
		if err := b.shorter(o.shapes, in); err != nil {
			return nil, nil, err
		}
	}
	if _, reshapes := o.definition.(reshape); follows && (!reshapes || traced.TotalSize() == in[0].TotalSize()) {
		return in, traced, nil
	}
	if out, err = o.infer(in); err != nil {
		return nil, nil, err
	}
	if len(out) != len(o.shape) || out.TotalSize() > o.shape.TotalSize() || out.TotalSize() < 1 {
		return nil, nil, errors.Errorf("result has shape %v, declared %v", out, o.shape)
	}
	return in, out.Clone(), nil
}

// traced is the shape of the result in this run where the shapes of the operands do not say it, and
// whether it is another than declared.
func (o *op) traced() (shape tensor.Shape, shorter bool) {
	switch o.definition.(type) {
	case mask, reshape:
		if z := o.scope.b.sizes; len(z.active) > 0 && o.axes != nil {
			shape = z.shape(o.axes)
			return shape, !sameShape(shape, o.shape)
		}
	}
	return nil, false
}

// align holds operands that were declared with equal sizes to equal ones, for a size of 1 would be
// broadcast.
func (o *op) align(in []tensor.Shape) error {
	for i := range in {
		for j := range in {
			if i == j || !follows(o.definition, i) || !follows(o.definition, j) {
				continue
			}
			for axis := range o.sharedAxes(i, j) {
				if have, want := in[j][axis], in[i][axis]; have > want && o.shapes[i][axis] == o.shapes[j][axis] {
					return errors.Errorf("sizes %d and %d of axis %d differ, declared %d", want, have, axis, o.shapes[i][axis])
				}
			}
		}
	}
	return nil
}

// sharedAxes is how many axes of two operands go together: of elementwise operations all.
func (o *op) sharedAxes(i, j int) int {
	axes := min(len(o.shapes[i]), len(o.shapes[j]))
	switch o.definition.(type) {
	case binary, choose:
		return axes
	case scatter:
		if i/2 != j/2 {
			return 0
		}
	}
	return min(axes, 1)
}

// markForeign notes the operations that read a result of Gorgonia's own.
func markForeign(reached G.Nodes) {
	for _, n := range reached {
		o, ours := n.Op().(*op)
		if !ours {
			continue
		}
		for _, c := range operandsOf(n) {
			if _, ours := c.Op().(*op); c.Op() != nil && !ours {
				o.foreign = true
			}
		}
	}
}

// A constant is a tensor of the graph that is as large in a run as what it goes with.
type constant struct {
	header *tensor.Dense
	shape  tensor.Shape // as declared
	memory any
	cut    any // what a run with smaller inner axes reads
	axes   []axis
}

// follow makes the constant fit the sizes of this run.
func (c *constant) follow(z *sizes) {
	shape := z.shape(c.axes)
	if sameShape(shape, c.header.Shape()) {
		return
	}
	data := c.memory
	if len(shape) > 1 && !sameShape(shape[1:], c.shape[1:]) {
		if c.cut == nil {
			c.cut = cloneData(c.memory)
		}
		corner(c.shape, shape, func(from, at, n int) { copyNumbers(part(c.cut, at, n), part(c.memory, from, n)) })
		data = c.cut
	}
	*c.header = *denseOf(shape, prefix(data, shape.TotalSize()))
}

// corner calls f for the rows of a tensor that one of smaller axes has: where each begins in both, and its
// length.
func corner(large, small tensor.Shape, f func(inLarge, inSmall, n int)) {
	large, small = slices.Clone(large), slices.Clone(small)
	for i := len(small) - 1; i > 0; i-- { // what is whole within an axis lies behind one another
		if small[i] == large[i] {
			small[i-1], large[i-1] = small[i-1]*small[i], large[i-1]*large[i]
			small, large = slices.Delete(small, i, i+1), slices.Delete(large, i, i+1)
		}
	}
	var w walk
	w.axes, w.tensors = len(small), 1
	stride := 1
	for i := range small {
		axis := len(small) - 1 - i
		w.size[i], w.stride[0][i] = small[axis], stride
		stride *= large[axis]
	}
	row := w.size[0]
	for at, more := 0, true; more; more = w.next(1) {
		f(w.at[0], at, row)
		at += row
	}
}

// part is n elements of a backing from the given one on.
func part(data any, at, n int) any {
	switch d := data.(type) {
	case []float32:
		return d[at : at+n]
	case []float64:
		return d[at : at+n]
	default:
		return data.([]int)[at : at+n]
	}
}

// traceSizes follows the sizes of a compiled graph and finds what has to fit them.
func (s *Session) traceSizes() {
	z := s.b.sizes
	given := map[*G.Node]bool{}
	for _, p := range s.b.bound {
		given[p.node] = true
		fix(z.axesOf(p.node)...)
	}
	for name, in := range s.b.inputs {
		given[in.node] = true
		s.inputs[name].axes = z.axesOf(in.node)
	}
	for _, c := range s.b.carries {
		given[c.node] = true
	}
	z.trace(s.order)
	for _, n := range s.order {
		o, ours := n.Op().(*op)
		if value, tensors := n.Value().(*tensor.Dense); n.Op() == nil && !given[n] && tensors {
			memory, err := backing(value)
			if err != nil {
				panic(failure{err})
			}
			s.constants = append(s.constants, &constant{header: value, shape: value.Shape().Clone(), memory: memory, axes: z.of[n]})
		}
		if ours {
			o.axes = z.of[n]
		}
	}
}

// follow makes constants and masks fit the inputs, which have been fed.
func (s *Session) follow() {
	z := s.b.sizes
	var active map[*dim]int
	note := func(shape, declared tensor.Shape, axes []axis) {
		for i, n := range shape {
			if n == declared[i] || len(axes[i]) != 1 {
				continue
			}
			if active == nil {
				active = map[*dim]int{}
			}
			d := axes[i][0].root()
			if before, ok := active[d]; !ok || n < before {
				active[d] = n
			}
		}
	}
	for _, in := range s.inputs {
		note(in.header.Shape(), in.shape, in.axes)
	}
	for _, c := range s.carries {
		note(c.value.Shape(), c.from.shape, z.axesOf(c.node))
	}
	if maps.Equal(active, z.active) {
		return
	}
	z.active = active
	for _, c := range s.constants {
		c.follow(z)
	}
	for _, n := range s.order {
		if o, ours := n.Op().(*op); ours {
			switch o.definition.(type) {
			case mask, reshape:
				o.active = nil
			}
		}
	}
}

// shapesIn lists the shapes of values, or those that were declared where there are none.
func shapesIn(values []G.Value, declared []tensor.Shape) []tensor.Shape {
	shapes := make([]tensor.Shape, len(declared))
	for i, shape := range declared {
		if shapes[i] = shape; i < len(values) && values[i].Shape().TotalSize() != shape.TotalSize() {
			shapes[i] = values[i].Shape()
		}
	}
	return shapes
}
