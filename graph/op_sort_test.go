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

func TestSort(t *testing.T) {
	for _, shape := range []tensor.Shape{{5}, {1}, {3, 4}, {3, 1}, {2, 3, 4}} {
		x := operand(1, shape...)
		want := x.Clone().(*tensor.Dense)
		n := shape[len(shape)-1]
		for row := range slices.Chunk(want.Float64s(), n) {
			slices.Sort(row)
		}
		opCase{
			name:    fmt.Sprint(shape),
			in:      []*tensor.Dense{x},
			declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Sort(in[0]) },
			want:    want,
		}.check(t)
	}
}

// Equal elements keep their order, so the gradient of the first of them is that of the first place.
func TestSortTies(t *testing.T) {
	st := graph.NewStore(1, tensor.Float64)
	session, err := graph.Build(st, func(s *graph.Scope) *G.Node {
		x := s.Param("x", graph.Zeros, 1, 4)
		return s.Sum(s.Mul(s.Sort(x), s.Const([]float64{1, 2, 3, 4}, 1, 4)))
	})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	p, _ := st.Param("x")
	copy(p.Value.Float64s(), []float64{7, 5, 7, 5})
	if err := session.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	graphtest.Equal(t, "gradient", session.Gradients()[0].Grad.Float64s(), []float64{3, 1, 4, 2}, 0)
}
