package losses

import (
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// MSE is the mean squared error, in squared units of the target, over the elements that count.
//
//	prediction [...]
//	target     [...]
//	returns scalar
func MSE(s *graph.Scope, prediction, target *G.Node, opts Options) *G.Node {
	mask := check(s, "mse", opts.Mask, prediction, target)
	e := hide(s, s.Sub(prediction, target), mask)
	return meanOver(s, s.Square(e), target, mask)
}
