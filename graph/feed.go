package graph

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// Makers of what a Feed holds. A tensor that cannot be made as it was asked for is one that every run refuses,
// with the name of the input: a Feed is written in one expression.

// Floats makes a tensor of a shape from its elements in row-major order, which are copied; without a shape it
// is the list [n]. Where there are no elements, or another number of them than the shape holds, Session.Run
// fails and names the input.
func Floats(values []float64, shape ...int) Tensor { return feedOf(values, shape) }

// Ints is Floats for indices, lengths and other integers.
func Ints(values []int, shape ...int) Tensor { return feedOf(values, shape) }

// Rows makes a tensor [N, D] of N rows of D values, which are copied. Where there are no rows, or none of the
// same length of 1 or more, Session.Run fails and names the input.
func Rows(values [][]float64) Tensor {
	if len(values) == 0 {
		return misfitOf("0 rows, want 1 or more")
	}
	D := len(values[0])
	for i, row := range values {
		if len(row) != D || D == 0 {
			return misfitOf("row %d has %d values, row 0 has %d; want the same number, 1 or more", i, len(row), D)
		}
	}
	return denseOf(tensor.Shape{len(values), D}, slices.Concat(values...))
}

func feedOf[E number](values []E, shape tensor.Shape) Tensor {
	n := len(values)
	if len(shape) == 0 {
		shape = tensor.Shape{n}
	}
	if n == 0 || !holds(shape, n) {
		return misfitOf("%d elements for shape %v, want 1 or more and as many as it holds", n, slices.Clone(shape))
	}
	return denseOf(shape, slices.Clone(values))
}

// holds reports whether a shape is one of n elements, of which there are some.
func holds(shape tensor.Shape, n int) bool {
	for _, d := range shape {
		if d < 1 || n%d != 0 {
			return false
		}
		n /= d
	}
	return n == 1
}

// A misfit says why a tensor could not be made. A tensor of one is refused wherever numbers are wanted; a list of
// the elements might pass for fewer timesteps.
type misfit string

var misfits = tensor.Dtype{Type: reflect.TypeFor[misfit]()}

func misfitOf(format string, args ...any) Tensor {
	return denseOf(tensor.Shape{1}, []misfit{misfit(fmt.Sprintf(format, args...))})
}

// unmade is why a tensor could not be made, nil if it was.
func unmade(t Tensor) error {
	if t.Dtype() != misfits {
		return nil
	}
	return errors.New(string(t.Data().([]misfit)[0]))
}
