package graph

import (
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

// fit gives the shapes of the operands and of the result in this run. It cuts constants to the rows of
// what they go with.
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
	if !shorter {
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
	if out, err = o.infer(in); err != nil {
		return nil, nil, err
	}
	if len(out) != len(o.shape) || out.TotalSize() > o.shape.TotalSize() || out.TotalSize() < 1 {
		return nil, nil, errors.Errorf("result has shape %v, declared %v", out, o.shape)
	}
	return in, out.Clone(), nil
}

// align holds operands that were declared with equal sizes to equal ones, for a size of 1 would be
// broadcast, and cuts constants.
func (o *op) align(in []tensor.Shape) error {
	for i := range in {
		for j := range in {
			if i == j || !follows(o.definition, i) || !follows(o.definition, j) {
				continue
			}
			for axis := range o.sharedAxes(i, j) {
				have, want := in[j][axis], in[i][axis]
				if have <= want || o.shapes[i][axis] != o.shapes[j][axis] {
					continue
				}
				if axis > 0 || !o.isElastic(j) {
					return errors.Errorf("sizes %d and %d of axis %d differ, declared %d", want, have, axis, o.shapes[i][axis])
				}
				in[j] = in[j].Clone()
				in[j][0] = want
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

func (o *op) isElastic(operand int) bool { return o.elastic != nil && o.elastic[operand] }

// stretch finds the operands that are constants, or computed from constants alone. reached lists
// operands before their users.
func (b *builder) stretch(reached G.Nodes) {
	fixed := map[*G.Node]bool{}
	for _, p := range b.bound {
		fixed[p.node] = true
	}
	for _, in := range b.inputs {
		fixed[in.node] = true
	}
	for _, c := range b.carries {
		fixed[c.node] = true
	}
	elastic := map[*G.Node]bool{}
	for _, n := range reached {
		o, ours := n.Op().(*op)
		if !ours {
			elastic[n] = n.Op() == nil && !fixed[n]
			continue
		}
		children := operandsOf(n)
		all := true
		for i, c := range children {
			if _, ours := c.Op().(*op); c.Op() != nil && !ours {
				o.foreign = true
			}
			all = all && elastic[c]
			if elastic[c] {
				if o.elastic == nil {
					o.elastic = make([]bool, len(children))
				}
				o.elastic[i] = true
			}
		}
		_, masks := o.definition.(mask)
		elastic[n] = all || masks
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
