package losses_test

import (
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/losses"
)

// Several levels at once are the mean of each by itself.
func TestQuantileLevels(t *testing.T) {
	levels := []float64{0.1, 0.5, 0.8}
	predictions := dense([]float64{0, 1, 2, 3, 4, 5}, 2, 3) // [B, Q]
	target := dense([]float64{1.5, 3}, 2)
	value, _ := predict(t, tensor.Float64, predictions, target, func(s *graph.Scope, y, target *G.Node) *G.Node {
		return losses.Quantile(s, y, target, losses.QuantileOptions{Levels: levels})
	})
	var want float64
	for i, q := range levels {
		one := dense([]float64{float64(i), float64(3 + i)}, 2, 1)
		v, _ := predict(t, tensor.Float64, one, target, func(s *graph.Scope, y, target *G.Node) *G.Node {
			return losses.Quantile(s, y, target, losses.QuantileOptions{Levels: []float64{q}})
		})
		want += v / 3
	}
	graphtest.Equal(t, "several", value, want, 1e-15)
	// By hand: (0.1·1.5 + 0.5·0.5 + 0.2·0.5 + 0 + 0.5·1 + 0.2·2) / 6
	graphtest.Equal(t, "by hand", value, 1.4/6, 1e-15)
}

// One prediction for many targets does best at their quantile.
func TestQuantileIsLeastThere(t *testing.T) {
	targets := make([]float64, 100)
	for i := range targets {
		targets[i] = float64(i)
	}
	at := func(y float64) float64 {
		value, _ := predict(t, tensor.Float64, dense([]float64{y}, 1, 1), dense(targets, 100),
			func(s *graph.Scope, y, target *G.Node) *G.Node {
				same := s.Add(y, s.Full(0, 100, 1))
				return losses.Quantile(s, same, target, losses.QuantileOptions{Levels: []float64{0.9}})
			})
		return value
	}
	if best := at(89.5); at(85) <= best || at(94) <= best {
		t.Errorf("loss %v at the quantile, %v below, %v above", best, at(85), at(94))
	}
}
