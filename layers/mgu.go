package layers

import (
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// MGU is the minimal gated unit of Zhou et al., 2016 (arXiv:1603.09420, eq. 5-7):
//
//	f  = σ(x·Wf + h·Uf + bf)
//	n  = tanh(x·Wn + (f⊙h)·Un + bn)
//	h' = (1-f)⊙h + f⊙n
//
// State: h [B, H]. Output: h'.
type MGU struct {
	Hidden int // H
}

var _ Cell = MGU{}

// OutputSize is H.
func (m MGU) OutputSize(int) int { return m.Hidden }

// StateSizes is {H}.
func (m MGU) StateSizes() []int { return []int{m.Hidden} }

// Bind declares the parameters wx [I, 2H], blocks f n, uf and un [H, H], b [1, 2H].
func (m MGU) Bind(s *graph.Scope, inputSize int) StepFunc {
	checkHidden(s, "mgu", m.Hidden)
	H := m.Hidden
	wx := s.Param("wx", defaultInit(H), inputSize, 2*H)
	uf := s.Param("uf", defaultInit(H), H, H)
	un := s.Param("un", defaultInit(H), H, H)
	b := s.Param("b", graph.Zeros, 1, 2*H)

	return func(x *G.Node, prev State) (*G.Node, State) { // x [B, I]
		checkState(s, "mgu", prev, 1)
		h := prev[0]
		zx := s.Split(s.AddBias(s.MatMul(x, wx), b), 2) // 2 × [B, H]
		f := s.Sigmoid(s.Add(zx[0], s.MatMul(h, uf)))
		n := s.Tanh(s.Add(zx[1], s.MatMul(s.Mul(f, h), un)))
		h = s.Add(h, s.Mul(f, s.Sub(n, h)))
		return h, State{h}
	}
}
