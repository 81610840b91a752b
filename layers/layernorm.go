package layers

import (
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// LayerNorm normalises the last axis to mean 0 and variance 1, then scales and shifts it (Ba et al.,
// 2016, eq. 4): [..., I] → [..., I].
//
//	y = (x-μ)/√(σ²+ε) ⊙ g + b
//
// Parameters: g [1, I], one at first; b [1, I], zero at first.
type LayerNorm struct {
	Epsilon float64 // ε; 0: 1e-5
}

var _ Layer = LayerNorm{}

// OutputSize is inputSize.
func (l LayerNorm) OutputSize(inputSize int) int { return inputSize }

// Bind declares the parameters.
func (l LayerNorm) Bind(s *graph.Scope, inputSize int) func(xs *G.Node) *G.Node {
	g := s.Param("g", graph.Ones, 1, inputSize)
	b := s.Param("b", graph.Zeros, 1, inputSize)
	epsilon := l.Epsilon
	if epsilon == 0 {
		epsilon = 1e-5
	}
	return func(xs *G.Node) *G.Node {
		row := slices.Repeat([]int{1}, xs.Shape().Dims())
		row[len(row)-1] = inputSize
		return s.AddBias(s.Mul(s.Normalize(xs, epsilon), s.Reshape(g, row...)), b)
	}
}
