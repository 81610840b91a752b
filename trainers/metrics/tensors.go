package metrics

import (
	"maps"
	"math"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// output is what the model gave under a name.
func (b Outcome) output(name string) (tensor.Tensor, error) {
	t, ok := b.Outputs[name]
	if !ok || !present(t) {
		return nil, errors.Errorf("no output %q; there are %q", name, slices.Sorted(maps.Keys(b.Outputs)))
	}
	return t, nil
}

// present reports whether there is a tensor, and not a nil or zero *tensor.Dense.
func present(t tensor.Tensor) bool {
	d, dense := t.(*tensor.Dense)
	return t != nil && !(dense && (d == nil || d.Dtype().Type == nil))
}

// tensor is what the batch has under a name, a scalar as a tensor of one element.
func (b Outcome) tensor(name string) (tensor.Tensor, error) {
	t, ok := b.Batch[name]
	if !ok || !present(t) {
		return nil, errors.Errorf("no %q in the batch; it has %q", name, slices.Sorted(maps.Keys(b.Batch)))
	}
	switch v := t.Data().(type) {
	case int:
		return tensor.New(tensor.WithShape(1), tensor.WithBacking([]int{v})), nil
	case float32:
		return tensor.New(tensor.WithShape(1), tensor.WithBacking([]float32{v})), nil
	case float64:
		return tensor.New(tensor.WithShape(1), tensor.WithBacking([]float64{v})), nil
	}
	return t, nil
}

// weights says how much each element of a shape counts by the mask of a name, or by the batch's "mask" where
// there is no name; nil is 1 for all.
func (b Outcome) weights(name string, shape tensor.Shape) ([]float64, error) {
	if _, ok := b.Batch["mask"]; name == "" && !ok {
		return nil, nil
	}
	t, err := b.tensor(named(name, "mask"))
	if err != nil {
		return nil, err
	}
	mask, values := t.Shape(), floats(t)
	fits := len(mask) == len(shape) && values != nil
	for axis := range shape {
		fits = fits && (mask[axis] == 1 || mask[axis] == shape[axis])
	}
	if !fits {
		return nil, errors.Errorf("mask of %v %v, want numbers %v or sizes of 1 in it", t.Dtype(), mask, shape)
	}
	for i, v := range values {
		if !(v >= 0) || math.IsInf(v, 1) {
			return nil, errors.Errorf("mask of %v holds %v at position %d, want finite weights of 0 or more", mask, v, i)
		}
	}
	weights := make([]float64, shape.TotalSize())
	for i := range weights {
		at, rest, stride := 0, i, 1
		for axis := len(shape) - 1; axis >= 0; axis-- {
			if mask[axis] > 1 {
				at += rest % shape[axis] * stride
			}
			rest /= shape[axis]
			stride *= mask[axis]
		}
		weights[i] = values[at]
	}
	return weights, nil
}

// floats gives the elements of a tensor of numbers; nil of any other.
func floats(t tensor.Tensor) []float64 {
	switch d := t.Data().(type) {
	case []float64:
		return d
	case []float32:
		return widen(d)
	case []int:
		return widen(d)
	}
	return nil
}

func widen[E float32 | int](values []E) []float64 {
	wide := make([]float64, len(values))
	for i, v := range values {
		wide[i] = float64(v)
	}
	return wide
}

// named is a name, or what an empty one means.
func named(name, preset string) string {
	if name == "" {
		return preset
	}
	return name
}
