package losses

import (
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// MAE is the mean absolute error, in units of the target, over the elements that count. Its gradient
// at an error of 0 is 0.
//
//	prediction [...]
//	target     [...]
//	returns scalar
func MAE(s *graph.Scope, prediction, target *G.Node, opts Options) *G.Node {
	mask := check(s, "mae", opts.Mask, prediction, target)
	e := hide(s, s.Sub(prediction, target), mask)
	return meanOver(s, s.Abs(e), target, mask)
}
