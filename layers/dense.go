package layers

import (
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// Dense is an affine map of the last axis, then an activation: [..., I] → [..., Out].
//
//	y = f(x·W + b)
//
// Parameters: w [I, Out], uniform with Glorot's variance; b [1, Out], zero at first.
type Dense struct {
	Out        int
	Activation Activation // nil: none
	NoBias     bool
}

var _ Layer = Dense{}

// OutputSize is Out.
func (d Dense) OutputSize(int) int { return d.Out }

// Bind declares the parameters.
func (d Dense) Bind(s *graph.Scope, inputSize int) func(xs *G.Node) *G.Node {
	w := s.Param("w", graph.Glorot, inputSize, d.Out)
	var b *G.Node
	if !d.NoBias {
		b = s.Param("b", graph.Zeros, 1, d.Out)
	}
	return func(xs *G.Node) *G.Node {
		var ys *G.Node
		if b == nil {
			ys = s.MatMul(xs, w)
		} else {
			ys = s.Affine(xs, w, b)
		}
		if d.Activation != nil {
			ys = d.Activation(s, ys)
		}
		return ys
	}
}
