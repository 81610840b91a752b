package losses

import (
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// HuberOptions are the settings of Huber.
type HuberOptions struct {
	Delta float64 // δ, the error from which the loss is linear, in units of the target; 0: 1
	Mask  *G.Node // weights: 0 does not count; nil counts all alike
}

// Huber is the loss of Huber, 1964, of the error e = prediction-target: squared near 0 and
// linear beyond δ, so that outliers pull with bounded force. It is in squared units of the target, the
// mean over the elements that count.
//
//	e²/2          |e| ≤ δ
//	δ·(|e|-δ/2)   elsewhere
//
//	prediction [...]
//	target     [...]
//	returns scalar
func Huber(s *graph.Scope, prediction, target *G.Node, opts HuberOptions) *G.Node {
	delta := positive(s, "huber: delta", opts.Delta, 1)
	mask := check(s, "huber", opts.Mask, prediction, target)
	return huber(s, prediction, target, mask, delta)
}

func huber(s *graph.Scope, prediction, target, mask *G.Node, delta float64) *G.Node {
	e := s.Abs(hide(s, s.Sub(prediction, target), mask))
	c := s.Minimum(e, s.Full(delta))
	return meanOver(s, s.Mul(c, s.Sub(e, s.Scale(c, 0.5))), target, mask)
}
