package losses

import (
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// SmoothL1Options are the settings of SmoothL1.
type SmoothL1Options struct {
	Beta float64 // β, the error from which the loss is linear, in units of the target; 0: 1
	Mask *G.Node // weights: 0 does not count; nil counts all alike
}

// SmoothL1 is the loss of Girshick, 2015 (eq. 3) of the error e = prediction-target, with the width β
// of its squared part: MAE with its corner rounded, as β goes to 0 MAE itself. It is in units of the
// target, the mean over the elements that count.
//
//	e²/(2β)    |e| ≤ β
//	|e|-β/2    elsewhere
//
//	prediction [...]
//	target     [...]
//	returns scalar
func SmoothL1(s *graph.Scope, prediction, target *G.Node, opts SmoothL1Options) *G.Node {
	beta := positive(s, "smooth l1: beta", opts.Beta, 1)
	mask := check(s, "smooth l1", opts.Mask, prediction, target)
	return s.Scale(huber(s, prediction, target, mask, beta), 1/beta)
}
