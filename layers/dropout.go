package layers

import (
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// Dropout sets elements to zero with probability Rate while training and divides the others by 1-Rate
// (Srivastava et al., 2014). Of any shape.
type Dropout struct {
	Rate   float64 // in [0, 1); 0 drops nothing
	Locked bool    // one mask for all timesteps of a run (Gal & Ghahramani, 2016)
}

var _ Layer = Dropout{}

// OutputSize is inputSize.
func (d Dropout) OutputSize(inputSize int) int { return inputSize }

// Bind declares nothing: there are no parameters.
func (d Dropout) Bind(s *graph.Scope, _ int) func(xs *G.Node) *G.Node {
	return func(xs *G.Node) *G.Node {
		if d.Locked {
			return s.LockedDropout(xs, d.Rate)
		}
		return s.Dropout(xs, d.Rate)
	}
}
