package layers

import (
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// LSTM is the long short-term memory of Hochreiter & Schmidhuber, 1997, with the forget gate of
// Gers et al., 2000:
//
//	i  = σ(x·Wxi + h·Whi + bi [+ c⊙pi])
//	f  = σ(x·Wxf + h·Whf + bf [+ c⊙pf])
//	g  = tanh(x·Wxg + h·Whg + bg)
//	c' = f⊙c + i⊙g
//	o  = σ(x·Wxo + h·Who + bo [+ c'⊙po])
//	h' = o⊙tanh(c')
//
// State: h [B, H], c [B, H]. Output: h'.
//
// Parameters: wx [I, 4H], wh [H, 4H], b [1, 4H], blocks i f g o; with Peephole pi, pf, po [1, H].
type LSTM struct {
	Hidden     int     // H
	ForgetBias float64 // added to the forget gate's bias at initialisation; 0 means none
	Peephole   bool    // gates also see the cell state (Gers & Schmidhuber, 2000), the terms in brackets
	Init       Init
}

var _ Cell = LSTM{}

// OutputSize is H.
func (l LSTM) OutputSize(int) int { return l.Hidden }

// StateSizes is {H, H}, of h and c.
func (l LSTM) StateSizes() []int { return []int{l.Hidden, l.Hidden} }

// Bind declares the parameters.
func (l LSTM) Bind(s *graph.Scope, inputSize int) StepFunc {
	checkHidden(s, "lstm", l.Hidden)
	wx := l.Init.wx(s, inputSize, 4, l.Hidden)
	wh := l.Init.wh(s, 4, l.Hidden)
	b := s.Param("b", graph.ForgetBias(l.ForgetBias, defaultInit(l.Hidden)), 1, 4*l.Hidden)
	peep := l.peepholes(s)

	return func(x *G.Node, prev State) (*G.Node, State) {
		checkState(s, "lstm", prev, 2)
		h, c := prev[0], prev[1]
		z := s.Split(s.AddBias(s.Add(s.MatMul(x, wx), s.MatMul(h, wh)), b), 4) // 4 × [B, H]
		i := s.Sigmoid(peep.i(z[0], c))
		f := s.Sigmoid(peep.f(z[1], c))
		g := s.Tanh(z[2])
		c = s.Add(s.Mul(f, c), s.Mul(i, g))
		o := s.Sigmoid(peep.o(z[3], c))
		h = s.Mul(o, s.Tanh(c))
		return h, State{h, c}
	}
}

// peepholes add to each gate what it sees of the cell state.
type peepholes struct{ i, f, o func(z, c *G.Node) *G.Node }

func (l LSTM) peepholes(s *graph.Scope) peepholes {
	see := func(name string) func(z, c *G.Node) *G.Node {
		if !l.Peephole {
			return func(z, _ *G.Node) *G.Node { return z }
		}
		p := s.Param(name, defaultInit(l.Hidden), 1, l.Hidden)
		return func(z, c *G.Node) *G.Node { return s.Add(z, s.Mul(c, p)) }
	}
	return peepholes{see("pi"), see("pf"), see("po")}
}
