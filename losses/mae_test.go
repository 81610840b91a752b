package losses_test

import (
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/losses"
)

func TestMAE(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		value, gradient := predict(t, dt, dense([]float64{5, 1, 4}, 3, 1), dense([]float64{5, 3, 1}, 3, 1),
			func(s *graph.Scope, prediction, target *G.Node) *G.Node {
				return losses.MAE(s, prediction, target, losses.Options{})
			})
		graphtest.Equal(t, "value", value, (0+2+3)/3., 1e-7)
		graphtest.Equal(t, "gradient", gradient, []float64{0, -1. / 3, 1. / 3}, 1e-7)
	}
}
