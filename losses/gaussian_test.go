package losses_test

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/losses"
)

// A variance below the floor has the loss and the gradient of the floor, whatever the type.
func TestGaussianNLLFloor(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		for _, variance := range []float64{0.01, 0.009, 0, -1, -1e30} {
			value, gradient := predict(t, dt, dense([]float64{variance}, 1), dense([]float64{0.3}, 1),
				func(s *graph.Scope, variance, target *G.Node) *G.Node {
					return losses.GaussianNLL(s, s.Full(0, 1), variance, target, losses.GaussianNLLOptions{Floor: 0.01})
				})
			graphtest.Equal(t, "value", value, (math.Log(2*math.Pi*0.01)+9)/2, 1e-6)
			graphtest.Equal(t, "gradient", gradient, []float64{(100 - 900) / 2.}, 1e-6)
		}
	}
	value, _ := predict(t, tensor.Float32, dense([]float64{0}, 1), dense([]float64{0}, 1),
		func(s *graph.Scope, variance, target *G.Node) *G.Node {
			return losses.GaussianNLL(s, s.Full(0, 1), variance, target, losses.GaussianNLLOptions{})
		})
	graphtest.Equal(t, "value at the default floor", value, math.Log(2*math.Pi*1e-6)/2, 1e-6)
}
