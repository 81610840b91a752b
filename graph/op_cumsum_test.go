package graph_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

func TestCumSum(t *testing.T) {
	for _, shape := range []tensor.Shape{{5}, {1}, {3, 4}, {3, 1}, {1, 3}, {2, 3, 4}} {
		x := operand(1, shape...)
		for axis := range shape {
			opCase{
				name:    fmt.Sprint(shape, axis),
				in:      []*tensor.Dense{x},
				declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.CumSum(in[0], axis) },
				want: table(shape, func(at ...int) (sum float64) {
					from := slices.Clone(at)
					for from[axis] = 0; from[axis] <= at[axis]; from[axis]++ {
						sum += x.Float64s()[offset(shape, from)]
					}
					return sum
				}),
			}.check(t)
		}
	}
}

// A float32 sum of many equal numbers is wrong by percents when it is added up in float32.
func TestCumSumOfManyIsExact(t *testing.T) {
	const n = 1 << 20
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float32), func(s *graph.Scope) *G.Node {
		return s.Reshape(s.Slice(s.CumSum(s.Full(0.1, n), 0), 0, n-1, n))
	}, nil)
	graphtest.Equal(t, "sum", session.Cost(), n*float64(float32(0.1)), 1e-7)
}

func TestCumSumOfNaN(t *testing.T) {
	nan := math.NaN()
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		s.Output("y", s.CumSum(s.Const([]float64{1, nan, 2, 3, 4, 5}, 2, 3), 1))
		return nil
	}, nil)
	graphtest.Equal(t, "y", graphtest.Output(t, session, "y"), []float64{1, nan, nan, 3, 7, 12}, 0)
}
