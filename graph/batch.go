package graph

import (
	"context"

	"gorgonia.org/tensor"
)

// A batch is the axis of a graph along which it computes each row by itself, so that it can run on the
// first rows alone.
type batch struct{ dims map[*dim]bool }

// batchOf is the axis that the carries of a Session begin with, of so many rows; nil if rows see one
// another, or a parameter has values for each of them.
func (s *Session) batchOf(rows int) *batch {
	if rows == 1 || s.foreign != "" || len(s.gradients) > 0 {
		return nil
	}
	b := &batch{map[*dim]bool{}}
	for _, c := range s.carries {
		first := s.b.sizes.axesOf(c.node)[0]
		d := first[0].root()
		if d.fixed || d.mixed {
			return nil
		}
		b.dims[d] = true
	}
	for _, axes := range s.b.sizes.of {
		along := 0
		for _, a := range axes {
			if b.in(a) {
				along++
			}
		}
		if along > 1 { // each row with each
			return nil
		}
	}
	return b
}

// in reports whether an axis has the rows of the batch.
func (b *batch) in(a axis) bool {
	for _, d := range a {
		if b.dims[d.root()] {
			return true
		}
	}
	return false
}

// computeRows is Compute of the first rows of the batch. The feed is one of all rows.
func (s *Session) computeRows(ctx context.Context, feed Feed, b *batch, rows int) error {
	for _, in := range s.inputs {
		for i, a := range in.axes {
			if b.in(a) {
				in.batch, in.rows = i, rows
			}
		}
	}
	for _, c := range s.carries {
		c.setRows(rows)
	}
	defer func() {
		for _, in := range s.inputs {
			in.rows = 0
		}
		for _, c := range s.carries {
			c.setRows(c.from.shape[0])
		}
	}()
	return s.Compute(ctx, feed)
}

// setRows makes the tensor that the graph reads one of the first rows.
func (c carried) setRows(rows int) {
	shape := c.from.shape.Clone()
	shape[0] = rows
	*c.value = *denseOf(shape, prefix(c.memory, shape.TotalSize()))
}

// widen puts an output of some rows in the place that they have among all.
func (s *Session) widen(out tensor.Tensor, axes []axis, b *batch) tensor.Tensor {
	var small, large tensor.Shape // axis by axis and factor by factor
	shape := out.Shape().Clone()
	for i, a := range axes {
		for _, d := range a {
			n := s.b.sizes.sizeOf(d)
			small, large = append(small, n), append(large, n)
			if b.dims[d.root()] {
				large[len(large)-1] = d.root().declared
				shape[i] = shape[i] / n * d.root().declared
			}
		}
	}
	if sameShape(small, large) {
		return out
	}
	all := zeros(out.Dtype(), shape.TotalSize())
	corner(large, small, func(at, from, n int) { copyNumbers(part(all, at, n), part(out.Data(), from, n)) })
	return denseOf(shape, all)
}
