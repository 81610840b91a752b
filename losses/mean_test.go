package losses_test

import (
	"math"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

// What does not count may be NaN or no class at all, and the loss of the rest is what it would be alone.
func TestPadding(t *testing.T) {
	const T, B = 5, 2
	for _, l := range every {
		t.Run(l.name, func(t *testing.T) {
			for _, counted := range []int{3, 0} { // timesteps that count
				mask := make([]float64, T*B)
				for i := range counted * B {
					mask[i] = 1
				}
				padded := func(r *rand.Rand, shape tensor.Shape) []float64 {
					values := graph.Normal(1.5)(r, shape)
					for i := counted * len(values) / T; i < len(values); i++ {
						values[i] = math.NaN()
					}
					return values
				}
				feed := graph.Feed{"target": targetOf(l.classes, mask, T, B), "mask": dense(mask, T, B)}
				long := graphtest.Run(t, graph.NewStore(3, tensor.Float64), func(s *graph.Scope) *G.Node {
					target, mask := inputs(s, feed)
					return l.declare(s, padded, target, mask)
				}, feed)

				cost, gradients := 0.0, map[string]*tensor.Dense{}
				if counted > 0 { // the same generators give the same first values
					feed := graph.Feed{"target": targetOf(l.classes, nil, counted, B)}
					short := graphtest.Run(t, graph.NewStore(3, tensor.Float64), func(s *graph.Scope) *G.Node {
						target, mask := inputs(s, feed)
						return l.declare(s, graph.Normal(1.5), target, mask)
					}, feed)
					cost, gradients = short.Cost(), graphtest.Gradients(short)
				}
				graphtest.Equal(t, "loss", long.Cost(), cost, 1e-14)
				got := graphtest.Gradients(long)
				if len(got) == 0 {
					t.Fatal("no gradients")
				}
				for path, g := range got {
					want := make([]float64, g.Shape().TotalSize())
					if counted > 0 {
						copy(want, gradients[path].Float64s())
					}
					graphtest.Equal(t, "gradient of "+path, g, dense(want, g.Shape()...), 1e-14)
				}
			}
		})
	}
}
