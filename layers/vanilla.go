package layers

import (
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// Vanilla is the simple recurrent network of Elman, 1990:
//
//	h' = tanh(x·Wx + h·Wh + b)
//
// State: h [B, H]. Output: h'.
//
// Parameters: wx [I, H], wh [H, H], b [1, H].
type Vanilla struct {
	Hidden     int        // H
	Activation Activation // nil: tanh
	Init       Init
}

// An Activation is a function of a Scope's: (*graph.Scope).ReLU, say.
type Activation func(s *graph.Scope, x *G.Node) *G.Node

var _ Cell = Vanilla{}

// OutputSize is H.
func (v Vanilla) OutputSize(int) int { return v.Hidden }

// StateSizes is {H}.
func (v Vanilla) StateSizes() []int { return []int{v.Hidden} }

// Bind declares the parameters.
func (v Vanilla) Bind(s *graph.Scope, inputSize int) StepFunc {
	checkHidden(s, "vanilla", v.Hidden)
	wx := v.Init.wx(s, inputSize, 1, v.Hidden)
	wh := v.Init.wh(s, 1, v.Hidden)
	b := s.Param("b", defaultInit(v.Hidden), 1, v.Hidden)
	activate := v.Activation
	if activate == nil {
		activate = (*graph.Scope).Tanh
	}

	return func(x *G.Node, prev State) (*G.Node, State) {
		checkState(s, "vanilla", prev, 1)
		h := activate(s, s.AddBias(s.Add(s.MatMul(x, wx), s.MatMul(prev[0], wh)), b)) // [B, H]
		return h, State{h}
	}
}
