package graph_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

func TestTopK(t *testing.T) {
	for _, shape := range []tensor.Shape{{5}, {1}, {3, 4}, {2, 1}, {2, 3, 6}} {
		x := operand(1, shape...)
		n := shape[len(shape)-1]
		for k := 1; k <= n; k++ {
			var want []float64
			for row := range slices.Chunk(x.Float64s(), n) {
				sorted := slices.SortedFunc(slices.Values(row), func(a, b float64) int { return cmp.Compare(b, a) })
				want = append(want, sorted[:k]...)
			}
			out := append(shape[:len(shape)-1].Clone(), k)
			opCase{
				name: fmt.Sprint(shape, k),
				in:   []*tensor.Dense{x},
				declare: func(s *graph.Scope, in []*G.Node) *G.Node {
					values, _ := s.TopK(in[0], k)
					return values
				},
				want: f64(out, want...),
			}.check(t)
		}
	}
}

func TestTopKOrder(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, tc := range []struct {
		row  []float64
		want []int
	}{
		{[]float64{2, 5, 2, 5, 2}, []int{1, 3, 0, 2}},
		{[]float64{1, nan, inf, nan, -inf}, []int{1, 3, 2, 0}},
		{[]float64{-inf, -inf, -inf, -inf, -inf}, []int{0, 1, 2, 3}},
		{[]float64{nan, nan, nan, nan, nan}, []int{0, 1, 2, 3}},
		{[]float64{1, 2, 3, 4, 5}, []int{4, 3, 2, 1}},
	} {
		for _, dt := range []tensor.Dtype{tensor.Float64, tensor.Float32} {
			for k := 1; k <= 4; k++ {
				session := graphtest.Run(t, graph.NewStore(1, dt), func(s *graph.Scope) *G.Node {
					x := s.Const(tc.row, 1, 5)
					values, index := s.TopK(x, k)
					s.Output("index", index)
					s.Output("values", values)
					greatest, first := s.MaxWithIndex(x)
					s.Output("greatest", greatest)
					s.Output("first", first)
					return nil
				}, nil)
				if got := graphtest.Output(t, session, "index").Ints(); !slices.Equal(got, tc.want[:k]) {
					t.Errorf("%v: top %d of %v are %v, want %v", dt, k, tc.row, got, tc.want[:k])
				}
				var values []float64
				for _, at := range tc.want[:k] {
					values = append(values, tc.row[at])
				}
				graphtest.Equal(t, "values", graphtest.Output(t, session, "values"), values, 0)
				graphtest.Equal(t, "greatest", graphtest.Output(t, session, "greatest"), values[:1], 0)
				if got := graphtest.Output(t, session, "first").Ints(); got[0] != tc.want[0] {
					t.Errorf("%v: the greatest of %v is %v, want %v", dt, tc.row, got, tc.want[0])
				}
			}
		}
	}
}

func TestTopKOfIndices(t *testing.T) {
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float32), func(s *graph.Scope) *G.Node {
		values, index := s.TopK(s.Indices("x", 2, 3), 2)
		s.Output("values", values)
		s.Output("index", index)
		return nil
	}, graph.Feed{"x": ints(tensor.Shape{2, 3}, 4, 9, 7, 1, 1, 0)})
	for name, want := range map[string][]int{"values": {9, 7, 1, 1}, "index": {1, 2, 0, 1}} {
		if got := graphtest.Output(t, session, name).Ints(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
