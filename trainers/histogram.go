package trainers

import (
	"math"

	"gorgonia.org/tensor"
)

// bins is how many a Histogram has, as TensorBoard's.
const bins = 30

// A Histogram says how values are distributed. Those that are not finite are left out.
type Histogram struct {
	Min, Max        float64
	Sum, SumSquares float64
	Counts          []int // of bins of equal width from Min to Max; none: no value, one: all are the same
}

// NewHistogram counts values in 30 bins.
func NewHistogram(values []float64) Histogram {
	h := Histogram{Min: math.Inf(1), Max: math.Inf(-1)}
	n := 0
	for _, v := range values {
		if finite(v) {
			h.Min, h.Max = min(h.Min, v), max(h.Max, v)
			h.Sum += v
			h.SumSquares += v * v
			n++
		}
	}
	switch {
	case n == 0:
		return Histogram{}
	case h.Min == h.Max:
		h.Counts = []int{n}
		return h
	}
	h.Counts = make([]int, bins)
	for _, v := range values {
		if finite(v) {
			// Each is divided by itself first: the difference of the largest floats is infinite.
			share := (v/2 - h.Min/2) / (h.Max/2 - h.Min/2)
			h.Counts[min(bins-1, int(share*bins))]++
		}
	}
	return h
}

// Count is how many values there are.
func (h Histogram) Count() int {
	n := 0
	for _, c := range h.Counts {
		n += c
	}
	return n
}

// Edge is where bin i begins and the one before it ends; i = len(h.Counts) is Max.
func (h Histogram) Edge(i int) float64 {
	if len(h.Counts) == 0 {
		return 0
	}
	share := float64(i) / float64(len(h.Counts))
	return h.Min*(1-share) + h.Max*share
}

// Histograms is a hook that emits the distribution of each trained parameter, "weights/<path>", and of
// the gradient that its last update was made from, after clipping, "gradients/<path>".
type Histograms struct {
	Every int // steps between two; 0 means only after the last step, which always has them

	values []float64
}

var _ Hook = (*Histograms)(nil)

// Step implements Hook.
func (h *Histograms) Step(r *Run) error {
	if err := ready(h, r); err != nil {
		return err
	}
	if !r.due(h.Every) || len(r.listeners) == 0 {
		return nil
	}
	for _, g := range r.Session.Gradients() {
		h.values = appendFloats(h.values[:0], g.Value)
		r.Histogram("weights/"+g.Path, h.values)
		h.values = appendFloats(h.values[:0], g.Grad)
		r.Histogram("gradients/"+g.Path, h.values)
	}
	return nil
}

// appendFloats appends the elements of a tensor in float64.
func appendFloats(to []float64, t *tensor.Dense) []float64 {
	if t.Dtype() == tensor.Float64 {
		return append(to, t.Float64s()...)
	}
	for _, v := range t.Float32s() {
		to = append(to, float64(v))
	}
	return to
}
