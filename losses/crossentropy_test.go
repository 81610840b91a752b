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

func TestCrossEntropyOfLargeLogits(t *testing.T) {
	logits := dense([]float64{1000, -1000, -1000, 1000, 0, 0, 1000, -1000}, 4, 2)
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		value, gradient := predict(t, dt, logits, dense([]int{0, 0, 1, -1}, 4),
			func(s *graph.Scope, logits, targets *G.Node) *G.Node {
				return losses.CrossEntropy(s, logits, targets, losses.CrossEntropyOptions{})
			})
		graphtest.Equal(t, "value", value, (0+2000+math.Ln2)/3, 1e-7)
		third := 1. / 3
		graphtest.Equal(t, "gradient", gradient, []float64{0, 0, -third, third, third / 2, -third / 2, 0, 0}, 1e-7)
	}
}

func TestCrossEntropyOfOneClass(t *testing.T) {
	value, gradient := predict(t, tensor.Float64, dense([]float64{3, -7}, 2, 1), dense([]int{0, 0}, 2),
		func(s *graph.Scope, logits, targets *G.Node) *G.Node {
			return losses.CrossEntropy(s, logits, targets, losses.CrossEntropyOptions{Smoothing: 0.5})
		})
	graphtest.Equal(t, "value", value, 0.0, 0)
	graphtest.Equal(t, "gradient", gradient, []float64{0, 0}, 0)
}
