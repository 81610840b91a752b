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

// lookedUp costs something of two lookups in one table; dense reads it as a whole too, for nothing.
func lookedUp(dense bool) func(s *graph.Scope) *G.Node {
	return func(s *graph.Scope) *G.Node {
		table := s.Param("table", graph.Normal(1), 9, 300)
		a := s.Gather(table, s.Indices("a", 4, 2))
		b := s.Gather(table, s.Indices("b", 3))
		cost := s.Add(s.Sum(s.Mul(s.Tanh(a), a)), s.Sum(s.Sin(b)))
		if dense {
			cost = s.Add(cost, s.Sum(s.Scale(table, 0)))
		}
		return cost
	}
}

func TestGradientsByRow(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float64, tensor.Float32} {
		sparse, dense := build(t, graph.NewStore(1, dt), lookedUp(false)), build(t, graph.NewStore(1, dt), lookedUp(true))
		feeds := []graph.Feed{
			{"a": ints(tensor.Shape{4, 2}, 7, 1, 1, 7, 7, 7, 3, 1), "b": ints(tensor.Shape{3}, 1, 0, 0)},
			{"a": ints(tensor.Shape{4, 2}, 8, 8, 8, 8, 1, 8, 8, 8), "b": ints(tensor.Shape{3}, 8, 5, 8)},
			{"a": ints(tensor.Shape{1, 2}, 2, 4), "b": ints(tensor.Shape{3}, 4, 4, 4)},
		}
		rows := [][]int{{0, 1, 3, 7}, {1, 5, 8}, {2, 4}}
		check := func(what string, want []int, tol float64) {
			t.Helper()
			g := sparse.Gradients()[0]
			if got := g.Rows(); got == nil || !slices.Equal(got, want) {
				t.Errorf("%v %s: rows %v, want %v", dt, what, got, want)
			}
			if got := dense.Gradients()[0].Rows(); got != nil {
				t.Errorf("%v %s: rows %v of a table that is read as a whole", dt, what, got)
			}
			graphtest.Equal(t, fmt.Sprint(dt, " ", what), g.Grad, dense.Gradients()[0].Grad, tol)
		}
		check("before a run", []int{}, 0)
		for i, feed := range feeds {
			for _, session := range []*graph.Session{sparse, dense} {
				session.ZeroGradients()
				run(t, session, feed)
			}
			check(fmt.Sprint("run ", i), rows[i], 0)
		}
		for _, session := range []*graph.Session{sparse, dense} {
			session.ZeroGradients()
		}
		check("zeroed", []int{}, 0)
		for _, feed := range feeds {
			run(t, sparse, feed)
			run(t, dense, feed)
		}
		check("all", []int{0, 1, 2, 3, 4, 5, 7, 8}, 1e-6)
	}
}

// A lookup in something other than a parameter sends it a whole gradient.
func TestGatherOfComputedTable(t *testing.T) {
	graphtest.CheckGradients(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		table := s.Tanh(s.Param("table", graph.Normal(1), 5, 3))
		index := s.Indices("index", 4)
		return s.Sum(s.Mul(s.Gather(table, index), s.Sin(s.Gather(table, index))))
	}, graph.Feed{"index": ints(tensor.Shape{4}, 1, 1, 4, 0)})
}

// A gradient that an operation of Gorgonia's own reads too, which may write to it, is copied before.
func TestGradientReadByGorgonia(t *testing.T) {
	graphtest.CheckGradients(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		p := s.Param("p", graph.Normal(1), 3, 2)
		return s.Sum(s.Tanh(s.Add(s.Try(G.Cube(s.Param("q", graph.Normal(1), 3, 2))), p)))
	}, nil)
}
