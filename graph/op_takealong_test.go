package graph_test

import (
	"fmt"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

func TestTakeAlong(t *testing.T) {
	for _, tc := range []struct {
		shape tensor.Shape
		axis  int
		m     int
	}{
		{tensor.Shape{5}, 0, 3}, {tensor.Shape{1}, 0, 4}, {tensor.Shape{3, 4}, 1, 6}, {tensor.Shape{3, 4}, 0, 2},
		{tensor.Shape{1, 4}, 1, 1}, {tensor.Shape{2, 3, 4}, 0, 3}, {tensor.Shape{2, 3, 4}, 1, 5}, {tensor.Shape{2, 3, 4}, 2, 1},
	} {
		x := operand(1, tc.shape...)
		to := tc.shape.Clone()
		to[tc.axis] = tc.m
		index := indices(tc.shape[tc.axis], to...)
		opCase{
			name: fmt.Sprint(tc.shape, tc.axis),
			in:   []*tensor.Dense{x},
			feed: graph.Feed{"index": index},
			declare: func(s *graph.Scope, in []*G.Node) *G.Node {
				return s.TakeAlong(in[0], s.Indices("index", to...), tc.axis)
			},
			want: table(to, func(at ...int) float64 {
				from := slices.Clone(at)
				from[tc.axis] = index.Ints()[offset(to, at)]
				return x.Float64s()[offset(tc.shape, from)]
			}),
		}.check(t)
	}
}

// An element that is picked several times gets all their gradients, one that is not none.
func TestTakeAlongAddsUp(t *testing.T) {
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		y := s.TakeAlong(s.Param("x", graph.Ones, 2, 3), s.Indices("index", 2, 4), 1)
		return s.Sum(s.Mul(y, s.Const([]float64{1, 2, 4, 8, 16, 32, 64, 128}, 2, 4)))
	}, graph.Feed{"index": ints(tensor.Shape{2, 4}, 1, 1, 2, 1, 0, 2, 2, 0)})
	graphtest.Equal(t, "gradient", graphtest.Gradients(session)["x"], []float64{0, 11, 4, 144, 0, 96}, 0)
}

func TestTakeAlongOfIndices(t *testing.T) {
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float32), func(s *graph.Scope) *G.Node {
		i := s.Indices("index", 3, 2)
		s.Output("y", s.TakeAlong(i, i, 0))
		return nil
	}, graph.Feed{"index": ints(tensor.Shape{3, 2}, 2, 0, 1, 2, 0, 1)})
	if got := graphtest.Output(t, session, "y").Ints(); !slices.Equal(got, []int{0, 0, 1, 1, 2, 2}) {
		t.Errorf("got %v", got)
	}
}
