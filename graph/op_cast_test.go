package graph_test

import (
	"fmt"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

func TestCast(t *testing.T) {
	x := f64(tensor.Shape{2, 2}, 1.5, -1.5, 2.25, -0.75)
	opCase{
		name:    "to the same type",
		in:      []*tensor.Dense{x},
		declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Cast(in[0], s.Dtype()) },
		want:    x,
	}.check(t)
	opCase{
		name: "through the other float and back",
		in:   []*tensor.Dense{x},
		declare: func(s *graph.Scope, in []*G.Node) *G.Node {
			other := tensor.Float32
			if s.Dtype() == tensor.Float32 {
				other = tensor.Float64
			}
			wide := s.Cast(in[0], other)
			return s.Cast(s.Mul(wide, wide), s.Dtype())
		},
		// All of these have few digits, so float32 holds their squares; finite differences do not fit in it.
		want:     table(x.Shape(), func(at ...int) float64 { return elem(x, at...) * elem(x, at...) }),
		constant: true,
	}.check(t)
	opCase{
		name:     "cuts off fractions",
		in:       []*tensor.Dense{x},
		declare:  func(s *graph.Scope, in []*G.Node) *G.Node { return s.Cast(s.Cast(in[0], tensor.Int), s.Dtype()) },
		want:     f64(tensor.Shape{2, 2}, 1, -1, 2, 0),
		constant: true,
	}.check(t)
}

func TestCastGradient(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		for _, to := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			session := graphtest.Run(t, graph.NewStore(1, dt), func(s *graph.Scope) *G.Node {
				x := s.Cast(s.Param("x", graph.Constant(3), 2), to)
				return s.Cast(s.Sum(s.Mul(x, x)), dt)
			}, nil)
			graphtest.Equal(t, fmt.Sprintf("gradient from %v through %v", dt, to), graphtest.Gradients(session)["x"], []float64{6, 6}, 0)
		}
	}
}

// A cost that hangs on a parameter by way of int only has no gradient to it.
func TestCastToIntEndsTheGradient(t *testing.T) {
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		x := s.Param("x", graph.Constant(3), 2)
		return s.Sum(s.Cast(s.Cast(x, tensor.Int), tensor.Float64))
	}, nil)
	graphtest.Equal(t, "cost", session.Cost(), 6.0, 0)
	if g := session.Gradients(); len(g) != 0 {
		t.Errorf("there are gradients: %v", g)
	}
}

func TestMask(t *testing.T) {
	for _, tc := range []struct {
		T       int
		lengths []int
		want    []float64
	}{
		{3, []int{0, 1, 3, 2}, []float64{0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 0}},
		{1, []int{1}, []float64{1}},
		{1, []int{0}, []float64{0}},
	} {
		opCase{
			name: fmt.Sprint(tc.T, tc.lengths),
			feed: graph.Feed{"lengths": ints(tensor.Shape{len(tc.lengths)}, tc.lengths...)},
			declare: func(s *graph.Scope, _ []*G.Node) *G.Node {
				return s.Mask(s.Indices("lengths", len(tc.lengths)), tc.T)
			},
			want:     f64(tensor.Shape{tc.T, len(tc.lengths)}, tc.want...),
			constant: true,
		}.check(t)
	}
	for want, declare := range map[string]func(s *graph.Scope) *G.Node{
		"mask of 0 timesteps [(2)]: want lengths [B]":    func(s *graph.Scope) *G.Node { return s.Mask(s.Indices("n", 2), 0) },
		"mask of 3 timesteps [(2, 1)]: want lengths [B]": func(s *graph.Scope) *G.Node { return s.Mask(s.Indices("n", 2, 1), 3) },
	} {
		wantBuildError(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node { return s.Sum(declare(s)) }, want)
	}
}

func TestCausalMask(t *testing.T) {
	for _, T := range []int{1, 2, 5} {
		opCase{
			name:     fmt.Sprint(T),
			declare:  func(s *graph.Scope, _ []*G.Node) *G.Node { return s.CausalMask(T) },
			constant: true,
			want: table(tensor.Shape{T, T}, func(at ...int) float64 {
				if at[1] <= at[0] {
					return 1
				}
				return 0
			}),
		}.check(t)
	}
}
