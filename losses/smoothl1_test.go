package losses_test

import (
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/losses"
)

// Both sides of the corner, and the corner itself.
func TestSmoothL1(t *testing.T) {
	for _, tc := range []struct {
		e, beta         float64
		value, gradient float64
	}{
		{0, 2, 0, 0},
		{1, 2, 0.25, 0.5},
		{2, 2, 1, 1},
		{-2, 2, 1, -1},
		{3, 2, 2, 1},
		{-5, 2, 4, -1},
		{3, 0, 2.5, 1}, // β = 1
		{3, 1e-6, 3 - 0.5e-6, 1},
	} {
		value, gradient := predict(t, tensor.Float64, dense([]float64{tc.e}, 1), dense([]float64{0}, 1),
			func(s *graph.Scope, y, target *G.Node) *G.Node {
				return losses.SmoothL1(s, y, target, losses.SmoothL1Options{Beta: tc.beta})
			})
		graphtest.Equal(t, "value", value, tc.value, 1e-15)
		graphtest.Equal(t, "gradient", gradient, []float64{tc.gradient}, 1e-15)
	}
}
