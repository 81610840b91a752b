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

func TestCount(t *testing.T) {
	classes := dense([]int{4, -1, 0, 2, -100, 1}, 3, 2)
	numbers := dense([]float64{-1, 2, math.NaN(), 0, 1, -3}, 3, 2)
	for _, tc := range []struct {
		name   string
		target *tensor.Dense
		mask   *tensor.Dense
		want   float64
	}{
		{"classes", classes, nil, 4},
		{"classes and mask", classes, dense([]float64{1, 1, 0, 1, 1, 0}, 3, 2), 2},
		{"classes and flags", classes, dense([]int{1, 0, 0}, 3, 1), 1},
		{"no class", dense([]int{-1}, 1), nil, 0},
		{"numbers", numbers, nil, 6},
		{"numbers and mask", numbers, dense([]float64{1, 1, 0, 1, 1, 0}, 3, 2), 4},
		{"numbers and rows", numbers, dense([]float64{1, 0, 1}, 3, 1), 4},
		{"numbers and one flag", numbers, dense([]int{1}, 1, 1), 6},
		{"no number", numbers, dense([]int{0, 0}, 1, 2), 0},
		{"numbers and weights", numbers, dense([]float64{2, 0.5}, 1, 2), 7.5},
		{"classes and weights", classes, dense([]float64{0.5, 0.25, 0, 3, 1, 0.125}, 3, 2), 3.625},
	} {
		t.Run(tc.name, func(t *testing.T) {
			feed := graph.Feed{"target": tc.target}
			if tc.mask != nil {
				feed["mask"] = tc.mask
			}
			for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
				session := graphtest.Run(t, graph.NewStore(1, dt), func(s *graph.Scope) *G.Node {
					target, mask := inputs(s, feed)
					s.Output("count", losses.Count(s, target, mask))
					return nil
				}, feed)
				graphtest.Equal(t, "count", graphtest.Output(t, session, "count"), tc.want, 0)
			}
		})
	}
}
