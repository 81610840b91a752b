package graph

import (
	"slices"
	"unsafe"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
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

// shapeFor is the shape of a tensor that comes for a declared one. For one of one axis a scalar is taken as a
// list of one element, of which tensor.WithBacking makes a scalar.
func shapeFor(declared tensor.Shape, t tensor.Tensor) tensor.Shape {
	if shape := t.Shape(); len(shape) > 0 || len(declared) != 1 {
		return shape
	}
	return tensor.Shape{1}
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

// prefix is the first n elements of a backing.
func prefix(data any, n int) any {
	switch d := data.(type) {
	case []float32:
		return d[:n]
	case []float64:
		return d[:n]
	default:
		return data.([]int)[:n]
	}
}

// copyNumbers copies between backings, as much as fits in both, converting floats where their types differ.
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
	for i, v := range src[:min(len(src), len(dst))] {
		dst[i] = D(v)
	}
}

// memoryOf gives the elements of a value in row-major order: its own memory, unless it is laid out in
// another way.
func memoryOf(v G.Value) (any, error) {
	switch v := v.(type) {
	case *tensor.Dense:
		return backing(v)
	case *G.F32:
		return unsafe.Slice((*float32)(v), 1), nil
	case *G.F64:
		return unsafe.Slice((*float64)(v), 1), nil
	case *G.I:
		return unsafe.Slice((*int)(v), 1), nil
	}
	return nil, errors.Errorf("a %T", v)
}

// backing returns the elements of a tensor in row-major order, those of views and of tensors laid out
// by column copied out: most operations ignore strides.
func backing(t tensor.Tensor) (any, error) {
	d, ok := t.(*tensor.Dense)
	if !ok {
		return nil, errors.Errorf("%T is not a dense tensor", t)
	}
	own := !d.RequiresIterator() && d.DataOrder().IsRowMajor() && d.DataOrder().IsContiguous()
	switch d.Dtype() {
	case tensor.Float32:
		return ordered(d, d.Float32s(), own)
	case tensor.Float64:
		return ordered(d, d.Float64s(), own)
	case tensor.Int:
		return ordered(d, d.Ints(), own)
	}
	return nil, errors.Errorf("elements of %v", d.Dtype())
}

// ordered is data, or the elements of d collected in row-major order if it is not in order.
func ordered[E number](d *tensor.Dense, data []E, inOrder bool) ([]E, error) {
	if inOrder {
		return data, nil
	}
	list := make([]E, 0, d.Shape().TotalSize())
	for it := d.Iterator(); !it.Done(); {
		i, err := it.Next()
		if err != nil {
			return nil, err
		}
		list = append(list, data[i])
	}
	return list, nil
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
