package layers

import (
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// GRU is the gated recurrent unit of Cho et al., 2014:
//
//	r  = σ(x·Wxr + h·Whr + br)
//	z  = σ(x·Wxz + h·Whz + bz)
//	n  = tanh(x·Wxn + bxn + r⊙(h·Whn + bn))    by default, as PyTorch, cuDNN and Keras have it
//	n  = tanh(x·Wxn + bxn + (r⊙h)·Whn)         with ResetBefore, as in the paper (eq. 8)
//	h' = (1-z)⊙n + z⊙h
//
// State: h [B, H]. Output: h'.
//
// Parameters: wx [I, 3H], wh [H, 3H], b [1, 3H], blocks r z n; without ResetBefore bn [1, H].
type GRU struct {
	Hidden      int  // H
	ResetBefore bool // the reset gate acts before the recurrent product, not after it
	Init        Init
}

var _ Cell = GRU{}

// OutputSize is H.
func (g GRU) OutputSize(int) int { return g.Hidden }

// StateSizes is {H}.
func (g GRU) StateSizes() []int { return []int{g.Hidden} }

// Bind declares the parameters.
func (g GRU) Bind(s *graph.Scope, inputSize int) StepFunc {
	checkHidden(s, "gru", g.Hidden)
	H := g.Hidden
	wx := g.Init.wx(s, inputSize, 3, H)
	wh := g.Init.wh(s, 3, H)
	b := s.Param("b", defaultInit(H), 1, 3*H)
	update := func(z, n, h *G.Node) (*G.Node, State) {
		h = s.Add(n, s.Mul(z, s.Sub(h, n)))
		return h, State{h}
	}

	if g.ResetBefore {
		whrz, whn := s.Slice(wh, 1, 0, 2*H), s.Slice(wh, 1, 2*H, 3*H)
		return func(x *G.Node, prev State) (*G.Node, State) {
			checkState(s, "gru", prev, 1)
			h := prev[0]
			zx := s.Split(s.AddBias(s.MatMul(x, wx), b), 3) // 3 × [B, H]
			zh := s.Split(s.MatMul(h, whrz), 2)             // 2 × [B, H]
			r := s.Sigmoid(s.Add(zx[0], zh[0]))
			z := s.Sigmoid(s.Add(zx[1], zh[1]))
			n := s.Tanh(s.Add(zx[2], s.MatMul(s.Mul(r, h), whn)))
			return update(z, n, h)
		}
	}
	bn := s.Param("bn", defaultInit(H), 1, H)
	return func(x *G.Node, prev State) (*G.Node, State) {
		checkState(s, "gru", prev, 1)
		h := prev[0]
		zx := s.Split(s.AddBias(s.MatMul(x, wx), b), 3) // 3 × [B, H]
		zh := s.Split(s.MatMul(h, wh), 3)               // 3 × [B, H]
		r := s.Sigmoid(s.Add(zx[0], zh[0]))
		z := s.Sigmoid(s.Add(zx[1], zh[1]))
		n := s.Tanh(s.Add(zx[2], s.Mul(r, s.AddBias(zh[2], bn))))
		return update(z, n, h)
	}
}
