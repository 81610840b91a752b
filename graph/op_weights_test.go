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

func TestWeights(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		floats := build(t, graph.NewStore(1, dt), func(s *graph.Scope) *G.Node {
			s.Output("y", s.Weights(s.Input("x", 2, 2)))
			return s.Sum(s.Mul(s.Weights(s.Input("x", 2, 2)), s.Param("w", graph.Ones, 2, 2)))
		})
		run(t, floats, graph.Feed{"x": f64(tensor.Shape{2, 2}, 0, 0.5, 1, 3)})
		graphtest.Equal(t, "y", graphtest.Output(t, floats, "y"), f64(tensor.Shape{2, 2}, 0, 0.5, 1, 3), 0)
		graphtest.Equal(t, "gradient", graphtest.Gradients(floats)["w"], f64(tensor.Shape{2, 2}, 0, 0.5, 1, 3), 0)
		for _, bad := range []float64{-0.5, math.NaN(), math.Inf(1), math.Inf(-1)} {
			wantRunError(t, floats, graph.Feed{"x": f64(tensor.Shape{2, 2}, 0, 1, 2, bad)},
				fmt.Sprintf("weights [(2, 2)]: %v at (1, 1), want finite and 0 or more", bad))
		}
		flags := build(t, graph.NewStore(1, dt), func(s *graph.Scope) *G.Node {
			s.Output("y", s.Weights(s.Indices("i", 3)))
			return nil
		})
		run(t, flags, graph.Feed{"i": ints(tensor.Shape{3}, 0, 1, 2)})
		graphtest.Equal(t, "y", graphtest.Output(t, flags, "y"), f64(tensor.Shape{3}, 0, 1, 2), 0)
		wantRunError(t, flags, graph.Feed{"i": ints(tensor.Shape{3}, 0, -1, 2)}, "weights [(3)]: -1 at (1), want")
	}
}
