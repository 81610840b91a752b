package graph_test

import (
	"fmt"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

func TestGather(t *testing.T) {
	for _, tc := range []struct {
		V, E  int
		shape tensor.Shape
		index []int
	}{
		{5, 3, tensor.Shape{4}, []int{4, 0, 2, 2}}, // a repeated one gets both gradients
		{5, 3, tensor.Shape{2, 3}, []int{1, 1, 1, 1, 0, 4}},
		{1, 1, tensor.Shape{1}, []int{0}},
		{2, 1, tensor.Shape{1, 1, 3}, []int{1, 0, 1}},
		{300, 2, tensor.Shape{3}, []int{299, 256, 43}},
	} {
		weights := operand(1, tc.V, tc.E)
		opCase{
			name: fmt.Sprint(tc),
			in:   []*tensor.Dense{weights},
			feed: graph.Feed{"index": ints(tc.shape, tc.index...)},
			declare: func(s *graph.Scope, in []*G.Node) *G.Node {
				return s.Gather(in[0], s.Indices("index", tc.shape...))
			},
			want: table(append(tc.shape.Clone(), tc.E), func(at ...int) float64 {
				last := len(at) - 1
				return weights.Float64s()[tc.index[offset(tc.shape, at[:last])]*tc.E+at[last]]
			}),
		}.check(t)
	}
}

// Embedding and output layer may share a matrix: its gradient is the sum of both.
func TestGatherTied(t *testing.T) {
	weights := operand(1, 3, 2)
	opCase{
		name: "tied",
		in:   []*tensor.Dense{weights},
		feed: graph.Feed{"index": ints(tensor.Shape{2}, 2, 2)},
		declare: func(s *graph.Scope, in []*G.Node) *G.Node {
			return s.MatMulT(s.Gather(in[0], s.Indices("index", 2)), in[0])
		},
		want: table(tensor.Shape{2, 3}, func(at ...int) float64 {
			return elem(weights, 2, 0)*elem(weights, at[1], 0) + elem(weights, 2, 1)*elem(weights, at[1], 1)
		}),
	}.check(t)
}
