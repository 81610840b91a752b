package losses

import (
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// meanOver is the mean of losses [...] over the elements of target [...] that count, weighed by the mask.
func meanOver(s *graph.Scope, losses, target, mask *G.Node) *G.Node {
	total := hide(s, losses, mask)
	if mask != nil {
		total = s.Mul(total, mask)
	}
	n := count(s, target, mask)
	return s.Div(s.Sum(total), s.Select(n, n, s.Full(1)))
}

// hide puts 0 where the mask is 0. What is predicted, or its difference from the target, passes it
// before the arithmetic of a loss: the losses pass it behind, but the 0 that comes back from there as
// gradient is NaN when it is multiplied by a derivative at NaN.
func hide(s *graph.Scope, x, mask *G.Node) *G.Node {
	if mask == nil {
		return x
	}
	return s.Select(mask, x, s.Full(0))
}
