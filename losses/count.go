package losses

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

// Count is how many elements of a target a loss counts, with a mask the sum of their weights, as a scalar:
// the weight of a batch's loss in the mean over batches of different padding.
//
//	target [...]  classes of int, of which negative ones do not count, or numbers
//	mask   [...]  weights, as for a loss
func Count(s *graph.Scope, target, mask *G.Node) *G.Node {
	if !declared(target) {
		s.Fail("count: no target")
	}
	return count(s, target, weights(s, "count", mask, target.Shape()))
}

func count(s *graph.Scope, target, mask *G.Node) *G.Node {
	var ones *G.Node
	if target.Dtype() == tensor.Int {
		ones = s.GreaterEqual(s.Cast(hideClasses(s, target, mask), s.Dtype()), s.Full(0))
	} else {
		ones = s.Like(target, 1)
	}
	if mask != nil {
		ones = s.Mul(ones, mask)
	}
	return s.Sum(ones)
}

// hideClasses puts -1, which counts nowhere, where the mask is 0: targets [...] int → [...] int.
func hideClasses(s *graph.Scope, targets, mask *G.Node) *G.Node {
	if mask == nil {
		return targets
	}
	// Select chooses between floats; those of 32 bits hold every class up to 2²⁴.
	classes := s.Select(mask, s.Cast(targets, s.Dtype()), s.Full(-1))
	return s.Cast(classes, tensor.Int)
}
