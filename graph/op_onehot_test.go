package graph_test

import (
	"fmt"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

func TestOneHot(t *testing.T) {
	for _, shape := range []tensor.Shape{{4}, {1}, {2, 3}, {2, 1, 2}} {
		const n = 5
		index := indices(n, shape...)
		opCase{
			name:     fmt.Sprint(shape),
			feed:     graph.Feed{"index": index},
			declare:  func(s *graph.Scope, _ []*G.Node) *G.Node { return s.OneHot(s.Indices("index", shape...), n) },
			constant: true,
			want: table(append(shape.Clone(), n), func(at ...int) float64 {
				if at[len(shape)] == index.Ints()[offset(shape, at[:len(shape)])] {
					return 1
				}
				return 0
			}),
		}.check(t)
	}
}

func TestOneHotOfScalar(t *testing.T) {
	opCase{
		name:     "scalar",
		in:       []*tensor.Dense{f64(tensor.Shape{3}, 1, 4, 2)},
		declare:  func(s *graph.Scope, in []*G.Node) *G.Node { return s.OneHot(s.ArgMax(in[0]), 3) },
		constant: true,
		want:     f64(tensor.Shape{3}, 0, 1, 0),
	}.check(t)
}
