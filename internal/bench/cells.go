package main

import (
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
)

// gates is how many blocks of width H the matrices of each kind of cell have.
var gates = map[string]int{"rnn": 1, "gru": 3, "lstm": 4, "custom": 4}

func newCell(kind string, hidden int) layers.Cell {
	switch kind {
	case "rnn":
		return layers.Vanilla{Hidden: hidden}
	case "gru":
		return layers.GRU{Hidden: hidden}
	case "lstm":
		return layers.LSTM{Hidden: hidden}
	default:
		return custom{hidden}
	}
}

// inDepth is n cells of a kind, one behind the other.
func inDepth(kind string, hidden, n int) layers.Cell {
	var stack layers.Stack
	for range n {
		stack = append(stack, newCell(kind, hidden))
	}
	return stack
}

// custom is the LSTM as somebody writes it who does not know that there is one. It shows what a cell
// costs that nobody tuned.
//
//	i, f, g, o = x·wx + b + h·wh
//	c' = σ(f)⊙c + σ(i)⊙tanh(g)
//	h' = σ(o)⊙tanh(c')
type custom struct{ hidden int }

func (k custom) OutputSize(int) int { return k.hidden }
func (k custom) StateSizes() []int  { return []int{k.hidden, k.hidden} }

func (k custom) Bind(s *graph.Scope, inputSize int) layers.StepFunc {
	H := k.hidden
	uniform := func(terms int) graph.Init { return graph.Uniform(1 / math.Sqrt(float64(terms))) }
	wx := s.Param("wx", uniform(inputSize), inputSize, 4*H)
	b := s.Param("b", uniform(inputSize), 1, 4*H)
	wh := s.Param("wh", uniform(H), H, 4*H)
	return func(x *G.Node, prev layers.State) (*G.Node, layers.State) {
		h, c := prev[0], prev[1]
		z := s.Split(s.Add(s.AddBias(s.MatMul(x, wx), b), s.MatMul(h, wh)), 4) // 4 × [B, H]
		c = s.Add(s.Mul(s.Sigmoid(z[1]), c), s.Mul(s.Sigmoid(z[0]), s.Tanh(z[2])))
		h = s.Mul(s.Sigmoid(z[3]), s.Tanh(c))
		return h, layers.State{h, c}
	}
}
