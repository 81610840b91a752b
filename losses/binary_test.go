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

func binaryCrossEntropy(s *graph.Scope, logits, targets *G.Node) *G.Node {
	return losses.BinaryCrossEntropy(s, logits, targets, losses.Options{})
}

func TestBinaryCrossEntropyOfLargeLogits(t *testing.T) {
	logits, targets := dense([]float64{1000, 1000, -1000, -1000, 1000}, 5), dense([]float64{1, 0, 1, 0, 0.25}, 5)
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		value, gradient := predict(t, dt, logits, targets, binaryCrossEntropy)
		graphtest.Equal(t, "value", value, (0+1000+1000+0+750)/5., 1e-7)
		graphtest.Equal(t, "gradient", gradient, []float64{0, 0.2, -0.2, 0, 0.15}, 1e-7)
	}
}

// The small loss of a confident answer is not lost in float32, as it would be in a difference.
func TestBinaryCrossEntropyOfConfidentAnswers(t *testing.T) {
	value, gradient := predict(t, tensor.Float32, dense([]float64{30}, 1), dense([]float64{1}, 1), binaryCrossEntropy)
	graphtest.Equal(t, "value", value/math.Exp(-30), 1.0, 1e-6)
	graphtest.Equal(t, "gradient", float64(gradient.Float32s()[0])/math.Exp(-30), -1.0, 1e-6)
}
