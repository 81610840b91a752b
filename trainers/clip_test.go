package trainers_test

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/trainers"
)

func gradientsOf(grads ...*tensor.Dense) []graph.Gradient {
	var all []graph.Gradient
	for _, g := range grads {
		all = append(all, graph.Gradient{Grad: g})
	}
	return all
}

func TestClipByNormGolden(t *testing.T) {
	found := false
	for _, tc := range graphtest.Golden[goldenOptimizer](t, "optimizers") {
		if tc.Optimizer != "clip_grad_norm" {
			continue
		}
		found = true
		var grads []graph.Gradient
		for _, g := range tc.Gradients {
			grads = append(grads, graph.Gradient{Grad: g.Dense()})
		}
		graphtest.Equal(t, "norm", trainers.ClipByNorm(grads, tc.MaxNorm), tc.Norm, 1e-9)
		for i, want := range tc.Clipped {
			graphtest.Equal(t, fmt.Sprintf("clipped gradient %d", i), grads[i].Grad, want.Dense(), 1e-9)
		}
	}
	if !found {
		t.Error("no case clip_grad_norm")
	}
}

func TestClipByNorm(t *testing.T) {
	for _, tc := range []struct {
		what            string
		values          []float64
		max, norm, last float64
	}{
		{"above", []float64{3, 4}, 1, 5, 0.8},
		{"below", []float64{3, 4}, 6, 5, 4},
		{"zero does not clip", []float64{3, 4}, 0, 5, 4},
		{"of zeros", []float64{0, 0}, 1, 0, 0},
		{"infinite", []float64{math.Inf(1), 4}, 1, math.Inf(1), 4},
		{"not a number", []float64{math.NaN(), 4}, 1, math.NaN(), 4},
	} {
		g := dense(tc.values, 2)
		graphtest.Equal(t, tc.what+": norm", trainers.ClipByNorm(gradientsOf(g), tc.max), tc.norm, 1e-12)
		graphtest.Equal(t, tc.what+": last element", g.Float64s()[1], tc.last, 1e-6)
	}
}

func TestClipByNormOfFloat32(t *testing.T) {
	// The square of 3e30 is beyond float32.
	g := tensor.New(tensor.WithShape(2), tensor.WithBacking([]float32{3e30, 4e30}))
	graphtest.Equal(t, "norm / 5e30", trainers.ClipByNorm(gradientsOf(g), 1)/5e30, 1.0, 1e-6)
	graphtest.Equal(t, "clipped", g, []float64{0.6, 0.8}, 1e-6)
}
