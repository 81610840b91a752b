package losses

import (
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// QuantileOptions are the settings of Quantile.
type QuantileOptions struct {
	Levels []float64 // the Q quantiles, each in (0, 1); none: the median, 0.5
	Mask   *G.Node   // [...], weights: 0 does not count; nil counts all alike
}

// Quantile is the pinball loss of Koenker & Bassett, 1978, which the quantile at level q minimises.
// With the error e = target-prediction it is
//
//	q·e        e ≥ 0
//	(q-1)·e    elsewhere
//
// in units of the target, the mean over the levels and the elements that count.
//
//	predictions [..., Q]  the last axis in the order of the levels
//	target      [...]
//	returns scalar
func Quantile(s *graph.Scope, predictions, target *G.Node, opts QuantileOptions) *G.Node {
	levels := opts.Levels
	if len(levels) == 0 {
		levels = []float64{0.5}
	}
	below := make([]float64, len(levels))
	for i, q := range levels {
		if !(q > 0 && q < 1) {
			s.Fail("quantile: level %v, want 0 < level < 1", q)
		}
		below[i] = q - 1
	}
	if predictions == nil || target == nil ||
		!slices.Equal(predictions.Shape(), append(target.Shape().Clone(), len(levels))) {
		s.Fail("quantile %v: want predictions [..., %d] and target [...]",
			shapes([]*G.Node{predictions, target}), len(levels))
	}
	mask := check(s, "quantile", opts.Mask, target)

	dims := target.Shape().Dims()
	row := slices.Repeat([]int{1}, dims+1)
	row[dims] = len(levels)
	wide := mask // [..., 1]
	if mask != nil {
		wide = s.ExpandDims(mask, dims)
	}
	e := hide(s, s.Sub(s.ExpandDims(target, dims), predictions), wide) // [..., Q]
	losses := s.Maximum(s.Mul(s.Const(levels, row...), e), s.Mul(s.Const(below, row...), e))
	return meanOver(s, s.Mean(losses, dims), target, mask)
}
