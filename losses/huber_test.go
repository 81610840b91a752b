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
func TestHuber(t *testing.T) {
	for _, tc := range []struct {
		e, delta        float64
		value, gradient float64
	}{
		{0, 2, 0, 0},
		{1, 2, 0.5, 1},
		{-1, 2, 0.5, -1},
		{2, 2, 2, 2},
		{-2, 2, 2, -2},
		{3, 2, 4, 2},
		{-5, 2, 8, -2},
		{3, 0, 2.5, 1}, // δ = 1
		{1e200, 1, 1e200, 1},
	} {
		prediction, target := dense([]float64{tc.e}, 1), dense([]float64{0}, 1)
		value, gradient := predict(t, tensor.Float64, prediction, target, func(s *graph.Scope, y, target *G.Node) *G.Node {
			return losses.Huber(s, y, target, losses.HuberOptions{Delta: tc.delta})
		})
		graphtest.Equal(t, "huber", value, tc.value, 1e-15)
		graphtest.Equal(t, "gradient of huber", gradient, []float64{tc.gradient}, 1e-15)
	}
}
