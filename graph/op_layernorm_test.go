package graph_test

import (
	"fmt"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

func TestNormalize(t *testing.T) {
	for _, shape := range []tensor.Shape{{5}, {3, 4}, {1, 4}, {3, 1}, {2, 3, 2}, {2, 300}} {
		if shape.TotalSize() > 100 && testing.Short() {
			continue
		}
		for _, epsilon := range []float64{1e-5, 0.5} {
			x := operand(1, shape...)
			n := shape[len(shape)-1]
			opCase{
				name:    fmt.Sprint(shape, epsilon),
				in:      []*tensor.Dense{x},
				declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Normalize(in[0], epsilon) },
				want: table(shape, func(at ...int) float64 {
					row := x.Float64s()[offset(shape, at)/n*n:][:n]
					var mean, variance float64
					for _, v := range row {
						mean += v / float64(n)
					}
					for _, v := range row {
						variance += (v - mean) * (v - mean) / float64(n)
					}
					return (elem(x, at...) - mean) / math.Sqrt(variance+epsilon)
				}),
			}.check(t)
		}
	}
}

// A constant row is zeros, not NaN, and a large mean does not drown the variance.
func TestNormalizeExtremes(t *testing.T) {
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float32), func(s *graph.Scope) *G.Node {
		s.Output("y", s.Normalize(s.Const([]float64{3, 3, 1e4 - 1, 1e4 + 1}, 2, 2), 1e-6))
		return nil
	}, nil)
	graphtest.Equal(t, "y", graphtest.Output(t, session, "y"), []float64{0, 0, -1, 1}, 1e-5)
}
