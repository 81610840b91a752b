package graph

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// number is what the elements of our tensors can be.
type number interface {
	float | int
}

// float is what a Store's tensors can be.
type float interface {
	float32 | float64
}

func sameShape(a, b tensor.Shape) bool {
	// Not Shape.Eq, for which (n), (n, 1) and (1, n) are equal.
	return slices.Equal([]int(a), []int(b))
}

// newDense makes a tensor of a Store's dtype from float64 values.
func newDense(dt tensor.Dtype, shape tensor.Shape, values []float64) *tensor.Dense {
	if dt == tensor.Float32 {
		narrow := make([]float32, len(values))
		copyNumbers(narrow, values)
		return denseOf(shape, narrow)
	}
	return denseOf(shape, slices.Clone(values))
}

// denseOf wraps data, without a copy, in a header of its own.
func denseOf(shape tensor.Shape, data any) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape.Clone()...), tensor.WithBacking(data))
}

// header gives a tensor's data another header. Matrix products turn their operands' headers over in
// place, so no two graphs may share one.
func header(t *tensor.Dense) *tensor.Dense { return denseOf(t.Shape(), t.Data()) }

// zeros makes the backing of a tensor.
func zeros(dt tensor.Dtype, size int) any {
	switch dt {
	case tensor.Float32:
		return make([]float32, size)
	case tensor.Float64:
		return make([]float64, size)
	default:
		return make([]int, size)
	}
}

// clearData sets every element of a backing to zero.
func clearData(data any) {
	switch d := data.(type) {
	case []float32:
		clear(d)
	case []float64:
		clear(d)
	case []int:
		clear(d)
	}
}

// copyNumbers copies between backings of equal length, converting floats where their types differ.
func copyNumbers(dst, src any) {
	switch d := dst.(type) {
	case []int:
		copy(d, src.([]int))
	case []float32:
		switch s := src.(type) {
		case []float32:
			copy(d, s)
		case []float64:
			convert(d, s)
		}
	case []float64:
		switch s := src.(type) {
		case []float32:
			convert(d, s)
		case []float64:
			copy(d, s)
		}
	}
}

func convert[D, S number](dst []D, src []S) {
	for i, v := range src {
		dst[i] = D(v)
	}
}

// backing returns the elements of a tensor in row-major order, those of views and of tensors laid out
// by column copied out: most operations ignore strides.
func backing(t tensor.Tensor) (any, error) {
	d, ok := t.(*tensor.Dense)
	if !ok {
		return nil, errors.Errorf("%T is not a dense tensor", t)
	}
	data := listOf(d.Data())
	if !d.RequiresIterator() && d.DataOrder().IsRowMajor() && d.DataOrder().IsContiguous() {
		return data, nil
	}
	switch data := data.(type) {
	case []float32:
		return inOrder(d, data)
	case []float64:
		return inOrder(d, data)
	case []int:
		return inOrder(d, data)
	}
	return nil, errors.Errorf("elements of %v", d.Dtype())
}

// inOrder collects the elements of a tensor in row-major order.
func inOrder[E number](d *tensor.Dense, data []E) ([]E, error) {
	ordered := make([]E, 0, d.Shape().TotalSize())
	for it := d.Iterator(); !it.Done(); {
		i, err := it.Next()
		if err != nil {
			return nil, err
		}
		ordered = append(ordered, data[i])
	}
	return ordered, nil
}

// listOf gives the data of a value as a list; tensors of one element give the bare number.
func listOf(data any) any {
	switch v := data.(type) {
	case float32:
		return []float32{v}
	case float64:
		return []float64{v}
	case int:
		return []int{v}
	}
	return data
}
