package graph

import "gorgonia.org/tensor"

// lanes are the rows of elements of a tensor along axes that lie next to one another, the others fixed.
type lanes struct {
	count int // in the order of what a reduction over the axes gives
	n     int // elements of each
	step  int // from one to the next
}

// lanesOf are those along the axes from ≤ axis < to.
func lanesOf(shape tensor.Shape, from, to int) lanes {
	l := lanes{n: 1, step: 1}
	for axis, size := range shape {
		switch {
		case axis >= to:
			l.step *= size
		case axis >= from:
			l.n *= size
		}
	}
	l.count = shape.TotalSize() / l.n
	return l
}

// first is the place of the first element of a lane.
func (l lanes) first(i int) int { return i/l.step*l.n*l.step + i%l.step }
