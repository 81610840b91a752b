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

const (
	maxAxes    = 8 // of a tensor
	maxTensors = 4 // of a walk
)

// A walk goes over several tensors that are broadcast against one another. Its arrays are of fixed size,
type walk struct {
	tensors, axes int
	size          [maxAxes]int
	stride        [maxTensors][maxAxes]int // 0 where a tensor is repeated
	at            [maxTensors]int          // where the part under way begins
	index         [maxAxes]int
}

// begin sets the shape of the walk; add and join complete it.
func (w *walk) begin(out tensor.Shape) {
	if len(out) > maxAxes {
		panic(failure{errors.Errorf("%d axes, at most %d are supported", len(out), maxAxes)})
	}
	*w = walk{axes: len(out)}
	for axis, d := range out {
		w.size[len(out)-1-axis] = d
	}
}

// widen makes the walk's shape one that a further shape can be broadcast to.
func (w *walk) widen(shape tensor.Shape) {
	w.axes = max(w.axes, len(shape))
	for axis, d := range shape {
		inner := len(shape) - 1 - axis
		w.size[inner] = max(w.size[inner], d)
	}
}

// add adds a tensor in row-major order, of sizes 1 along the axes in one.
func (w *walk) add(shape tensor.Shape, one []int) {
	k := w.tensors
	w.tensors++
	stride, next := 1, len(one)-1
	for axis := len(shape) - 1; axis >= 0; axis-- {
		if next >= 0 && one[next] == axis { // one is sorted
			next--
			continue
		}
		if shape[axis] > 1 {
			w.stride[k][len(shape)-1-axis] = stride
		}
		stride *= shape[axis]
	}
}

// join drops axes of size 1, and makes one axis of two that every tensor is laid out along as one.
func (w *walk) join() {
	kept := 0
	for axis := range w.axes {
		if w.size[axis] == 1 {
			continue
		}
		joined := kept > 0
		for k := 0; joined && k < w.tensors; k++ {
			joined = w.stride[k][axis] == w.size[kept-1]*w.stride[k][kept-1]
		}
		if joined {
			w.size[kept-1] *= w.size[axis]
			continue
		}
		w.size[kept] = w.size[axis]
		for k := range w.tensors {
			w.stride[k][kept] = w.stride[k][axis]
		}
		kept++
	}
	for axis := kept; axis < maxAxes; axis++ {
		w.size[axis] = 1
		for k := range w.tensors {
			w.stride[k][axis] = 0
		}
	}
	if kept == 0 { // of one element, as a row that is not repeated
		for k := range w.tensors {
			w.stride[k][0] = 1
		}
	}
	w.axes = max(kept, 1)
}

// next moves on to the next part, each of which is made of the inner axes. It reports false at the end.
func (w *walk) next(inner int) bool {
	for axis := inner; axis < w.axes; axis++ {
		w.index[axis]++
		for k := range w.tensors {
			w.at[k] += w.stride[k][axis]
		}
		if w.index[axis] < w.size[axis] {
			return true
		}
		for k := range w.tensors {
			w.at[k] -= w.stride[k][axis] * w.size[axis]
		}
		w.index[axis] = 0
	}
	return false
}

// strided walks several tensors that are broadcast against one another, a row of the last axis at a
// time: row gets the length n of a row, and of each tensor the place where the row begins and the
// step (1, or 0 where it is broadcast) to its next element.
func strided(out tensor.Shape, shapes []tensor.Shape, row func(n int, at, step []int)) {
	var w walk
	w.begin(out)
	for _, shape := range shapes {
		w.add(shape, nil)
	}
	w.join()
	var step [maxTensors]int
	for k := range w.tensors {
		step[k] = w.stride[k][0]
	}
	for {
		row(w.size[0], w.at[:w.tensors], step[:w.tensors])
		if !w.next(1) {
			return
		}
	}
}
