package layers

import (
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// Each makes a Cell without state of a Layer that treats each timestep by itself, for a Stack. The
// layer must take any rank and work along the last axis, as Dense, Dropout and LayerNorm do.
type Each struct{ Layer Layer }

var _ Cell = Each{}

// OutputSize is that of the layer.
func (e Each) OutputSize(inputSize int) int { return layerOf(e.Layer).OutputSize(inputSize) }

// StateSizes is empty.
func (e Each) StateSizes() []int { return nil }

// Bind binds the layer.
func (e Each) Bind(s *graph.Scope, inputSize int) StepFunc {
	apply := layerOf(e.Layer).Bind(s, inputSize)
	return func(x *G.Node, _ State) (*G.Node, State) { return apply(x), nil }
}
