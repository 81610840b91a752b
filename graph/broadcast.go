package graph

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// broadcastShape is the shape of an elementwise operation: operands have equal rank, and along each
// axis equal sizes or 1; a scalar goes with anything.
func broadcastShape(in []tensor.Shape) (tensor.Shape, error) {
	var out tensor.Shape
	for _, shape := range in {
		switch {
		case shape.IsScalar():
		case out == nil:
			out = shape.Clone()
		case len(shape) != len(out):
			return nil, errors.Errorf("ranks %d and %d differ; Reshape or ExpandDims one", len(out), len(shape))
		default:
			for axis, d := range shape {
				if d != out[axis] && d != 1 && out[axis] != 1 {
					return nil, errors.Errorf("sizes %d and %d of axis %d differ", out[axis], d, axis)
				}
				out[axis] = max(out[axis], d)
			}
		}
	}
	return out, nil
}

// strided walks several tensors that are broadcast against one another, a row of the last axis at a
// time: row gets the length n of a row, and of each tensor the place where the row begins and the
// step (1, or 0 where it is broadcast) to its next element.
func strided(out tensor.Shape, shapes []tensor.Shape, row func(n int, at, step []int)) {
	strides := make([][]int, len(shapes))
	for k, shape := range shapes {
		strides[k] = make([]int, len(out))
		stride := 1
		for axis := len(shape) - 1; axis >= 0; axis-- {
			if shape[axis] > 1 {
				strides[k][axis] = stride
			}
			stride *= shape[axis]
		}
	}
	// Axes over which every tensor is laid out as one with the axis behind it make a longer row.
	last, n := len(out)-1, 1
	if last >= 0 {
		n = out[last]
	}
	step := make([]int, len(shapes))
	for k := range shapes {
		if last >= 0 {
			step[k] = strides[k][last]
		}
	}
	for last > 0 && joined(strides, step, last-1, n) {
		last--
		n *= out[last]
	}

	at, index := make([]int, len(shapes)), make([]int, max(last, 0))
	for {
		row(n, at, step)
		axis := last - 1
		for ; axis >= 0; axis-- {
			index[axis]++
			for k := range at {
				at[k] += strides[k][axis]
			}
			if index[axis] < out[axis] {
				break
			}
			for k := range at {
				at[k] -= strides[k][axis] * out[axis]
			}
			index[axis] = 0
		}
		if axis < 0 {
			return
		}
	}
}

// joined reports whether axis continues the rows of n elements behind it, in every tensor.
func joined(strides [][]int, step []int, axis, n int) bool {
	for k := range strides {
		if strides[k][axis] != n*step[k] {
			return false
		}
	}
	return true
}
