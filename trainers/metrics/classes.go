package metrics

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// Classes says where logits and their targets are. The zero value reads what the models of package zoo
// and the sources of package data name so. The class that is predicted is the one of the greatest logit. Where
// one is NaN no class is predicted, and the target counts as missed.
type Classes struct {
	Logits  string // output [..., C]; "" means "logits"
	Targets string // tensor of the batch, [...] int, negative ones do not count; "" means "targets"
	Mask    string // tensor of the batch, [...] or sizes of 1, weights; "" means "mask" if there is one
}

// Accuracy is the share of targets that are predicted, in per cent.
func (c Classes) Accuracy() Metric {
	return c.metric("accuracy", percent, func(b Outcome) ([]float64, error) {
		sums := make([]float64, 2)
		_, err := c.each(b, func(predicted, target int, weight float64) {
			if predicted == target {
				sums[0] += weight
			}
			sums[1] += weight
		})
		return sums, err
	})
}

func (c Classes) metric(name string, value func([]float64) float64, sums func(Outcome) ([]float64, error)) Metric {
	return Metric{Name: name, Unit: "%", Better: Higher, Reads: []string{named(c.Logits, "logits")}, Sums: sums, Value: value}
}

// each calls f for every target that counts with its weight, and gives the number of classes.
func (c Classes) each(b Outcome, f func(predicted, target int, weight float64)) (classes int, err error) {
	logits, err := b.output(named(c.Logits, "logits"))
	if err != nil {
		return 0, err
	}
	name := named(c.Targets, "targets")
	t, err := b.tensor(name)
	if err != nil {
		return 0, err
	}
	shape := logits.Shape()
	targets, ok := t.Data().([]int)
	if !ok || len(shape) == 0 || !slices.Equal(t.Shape(), shape[:len(shape)-1]) {
		return 0, errors.Errorf("%s of %v %v for logits %v, want int and the shape of the logits without its last axis",
			name, t.Dtype(), t.Shape(), shape)
	}
	weights, err := b.weights(c.Mask, t.Shape())
	if err != nil {
		return 0, err
	}
	classes = shape[len(shape)-1]
	greatest, err := rows(logits, classes)
	if err != nil {
		return 0, err
	}
	for i, target := range targets {
		weight := 1.
		if weights != nil {
			weight = weights[i]
		}
		if target < 0 || weight == 0 {
			continue
		}
		if target >= classes {
			return 0, errors.Errorf("%s: %d at position %d, want less than %d", name, target, i, classes)
		}
		f(greatest(i), target, weight)
	}
	return classes, nil
}

// rows gives a function from the number of a row to the place of its greatest element.
func rows(logits tensor.Tensor, width int) (func(row int) int, error) {
	switch d := logits.Data().(type) {
	case []float32:
		return func(row int) int { return greatest(d[row*width : (row+1)*width]) }, nil
	case []float64:
		return func(row int) int { return greatest(d[row*width : (row+1)*width]) }, nil
	}
	return nil, errors.Errorf("logits of %v, want floats", logits.Dtype())
}

// greatest is the place of the greatest element, the first of several; -1 if one is NaN.
func greatest[F float32 | float64](values []F) int {
	best := 0
	for i, v := range values {
		if v != v {
			return -1
		}
		if v > values[best] {
			best = i
		}
	}
	return best
}
