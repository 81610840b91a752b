package losses

import (
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// GaussianNLLOptions are the settings of GaussianNLL.
type GaussianNLLOptions struct {
	Floor float64 // the least variance, in squared units of the target; 0: 1e-6
	Mask  *G.Node // weights: 0 does not count; nil counts all alike
}

// GaussianNLL is the mean negative log-likelihood of targets y under normal distributions with the
// predicted mean μ and variance v (Nix & Weigend, 1994), in nats per element that counts:
//
//	(log 2πv + (y-μ)²/v)/2
//
//	mean     [...]
//	variance [...]  in squared units of the target; Softplus or Exp makes any output positive
//	target   [...]
//	returns scalar
//
// A variance below the floor is taken for the floor, with the gradient it has there: with none it
// would never rise again.
func GaussianNLL(s *graph.Scope, mean, variance, target *G.Node, opts GaussianNLLOptions) *G.Node {
	floor := positive(s, "gaussian nll: floor", opts.Floor, 1e-6)
	mask := check(s, "gaussian nll", opts.Mask, mean, variance, target)
	e := hide(s, s.Sub(target, mean), mask)
	v := raise(s, hide(s, variance, mask), floor)
	losses := s.Add(s.Log(s.Scale(v, 2*math.Pi)), s.Div(s.Square(e), v))
	return meanOver(s, s.Scale(losses, 0.5), target, mask)
}

// raise is max(x, floor) in value, and passes the gradient like x.
func raise(s *graph.Scope, x *G.Node, floor float64) *G.Node {
	zero := s.Sub(x, s.StopGradient(x)) // exactly, however far x is below
	return s.Add(s.StopGradient(s.Maximum(x, s.Full(floor))), zero)
}
