package losses

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

// Count is how many elements of a target a loss counts, as a scalar: the weight of a batch's loss in
// the mean over batches of different padding.
//
//	target [...]  classes of int, of which negative ones do not count, or numbers
//	mask   [...]  1 counts, 0 does not; sizes of 1 are broadcast to the target; nil counts all
func Count(s *graph.Scope, target, mask *G.Node) *G.Node {
	if target == nil {
		s.Fail("count: no target")
	}
	checkMask(s, "count", mask, target.Shape())
	if target.Dtype() == tensor.Int {
		counted := s.Cast(hideClasses(s, target, mask), s.Dtype())
		return s.Sum(s.GreaterEqual(counted, s.Full(0)))
	}
	ones := s.Like(target, 1)
	if mask != nil {
		ones = s.Select(mask, ones, s.Full(0))
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
