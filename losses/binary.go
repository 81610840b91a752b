package losses

import (
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// BinaryCrossEntropy is the mean negative log-likelihood of yes-or-no targets y under the probability
// σ(x) of logits x, in nats per element that counts:
//
//	y·log(1+e⁻ˣ) + (1-y)·log(1+eˣ)
//
//	logits  [...]
//	targets [...]  0 or 1, or a probability between
//	returns scalar
//
// Both terms are positive, so nothing cancels, and it is exact for any finite logits.
func BinaryCrossEntropy(s *graph.Scope, logits, targets *G.Node, opts Options) *G.Node {
	mask := check(s, "binary cross-entropy", opts.Mask, logits, targets)
	x := hide(s, logits, mask)
	yes := s.Mul(targets, s.Softplus(s.Neg(x)))
	no := s.Mul(s.OneMinus(targets), s.Softplus(x))
	return meanOver(s, s.Add(yes, no), targets, mask)
}
