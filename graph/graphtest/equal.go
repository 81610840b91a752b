package graphtest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// Equal compares got with want, each a tensor of floats, []float64, []float32 or float64. Shapes, where
// both have one, are the same, and so is every element: |got-want| ≤ tol·(1+|want|). NaN equals NaN, an
// infinity itself. The failure names the element that is furthest off.
func Equal(t testing.TB, what string, got, want any, tol float64) {
	t.Helper()
	gotShape, gotData, err := elements(got)
	if err != nil {
		t.Errorf("%s: got: %v", what, err)
		return
	}
	wantShape, wantData, err := elements(want)
	if err != nil {
		t.Errorf("%s: want: %v", what, err)
		return
	}
	if gotShape != nil && wantShape != nil && !slices.Equal(gotShape, wantShape) {
		t.Errorf("%s: shape %v, want %v", what, gotShape, wantShape)
		return
	}
	if len(gotData) != len(wantData) {
		t.Errorf("%s: %d elements, want %d", what, len(gotData), len(wantData))
		return
	}
	worst, off := -1, tol
	for i, w := range wantData {
		if d := distance(gotData[i], w); d > off {
			worst, off = i, d
		}
	}
	if worst < 0 {
		return
	}
	place := fmt.Sprint(worst)
	for _, shape := range []tensor.Shape{gotShape, wantShape} {
		if shape != nil {
			place = fmt.Sprint(position(worst, shape))
		}
	}
	t.Errorf("%s: at %s got %v, want %v; off by %.3g, at most %.3g is allowed",
		what, place, gotData[worst], wantData[worst], off, tol)
}

// distance is |a-b|/(1+|b|), infinite where one is not a number and the other is.
func distance(a, b float64) float64 {
	switch {
	case a == b || math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a-b) || math.IsInf(a-b, 0):
		return math.Inf(1)
	}
	return math.Abs(a-b) / (1 + math.Abs(b))
}

// elements gives the shape of v, nil where it has none, and its elements in row-major order.
func elements(v any) (tensor.Shape, []float64, error) {
	switch v := v.(type) {
	case float64:
		return nil, []float64{v}, nil
	case float32:
		return nil, []float64{float64(v)}, nil
	case []float64:
		return nil, v, nil
	case []float32:
		wide := make([]float64, len(v))
		for i, e := range v {
			wide[i] = float64(e)
		}
		return nil, wide, nil
	case *tensor.Dense:
		if v == nil {
			break
		}
		shape := append(tensor.Shape{}, v.Shape()...)
		if shape.IsScalar() {
			_, data, err := elements(v.Data())
			return shape, data, err
		}
		_, memory, err := elements(v.Data())
		if err != nil {
			return nil, nil, err
		}
		data := make([]float64, 0, shape.TotalSize())
		for it := v.Iterator(); !it.Done(); {
			i, err := it.Next()
			if err != nil {
				return nil, nil, err
			}
			data = append(data, memory[i])
		}
		return shape, data, nil
	}
	return nil, nil, errors.Errorf("cannot compare a %T", v)
}

// position turns the number of an element into its indices.
func position(n int, shape tensor.Shape) []int {
	at := make([]int, len(shape))
	for axis := len(shape) - 1; axis >= 0; axis-- {
		at[axis] = n % shape[axis]
		n /= shape[axis]
	}
	return at
}
