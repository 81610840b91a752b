package graph_test

import (
	"fmt"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

func TestMatMul(t *testing.T) {
	for _, lead := range []tensor.Shape{{2}, {1}, {4, 3}, {1, 1}, {2, 1, 3}} {
		for _, size := range []struct{ I, O int }{{3, 2}, {1, 4}, {4, 1}, {1, 1}} {
			rows := lead.TotalSize()
			a, b := operand(1, append(lead.Clone(), size.I)...), operand(2, size.I, size.O)
			bT := table(tensor.Shape{size.O, size.I}, func(at ...int) float64 { return b.Float64s()[at[1]*size.O+at[0]] })
			product := make([]float64, rows*size.O)
			for i := range rows {
				for o := range size.O {
					for k := range size.I {
						product[i*size.O+o] += a.Float64s()[i*size.I+k] * b.Float64s()[k*size.O+o]
					}
				}
			}
			want := f64(append(lead.Clone(), size.O), product...)
			opCase{
				name:    fmt.Sprint(lead, size),
				in:      []*tensor.Dense{a, b},
				declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.MatMul(in[0], in[1]) },
				want:    want,
			}.check(t)
			for _, shape := range []tensor.Shape{{1, size.O}, {size.O}, {1, 1, 1, size.O}} {
				bias := operand(3, shape...)
				opCase{
					name:    fmt.Sprint("affine", lead, size, shape),
					in:      []*tensor.Dense{a, b, bias},
					declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Affine(in[0], in[1], in[2]) },
					want:    table(want.Shape(), func(at ...int) float64 { return elem(want, at...) + bias.Float64s()[at[len(at)-1]] }),
				}.check(t)
			}
			opCase{
				name:    fmt.Sprint("transposed", lead, size),
				in:      []*tensor.Dense{a, bT},
				declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.MatMulT(in[0], in[1]) },
				want:    want,
			}.check(t)
		}
	}
}

func TestMatMulOfOneNode(t *testing.T) {
	x := operand(1, 2, 3)
	opCase{
		name:    "x·xᵀ",
		in:      []*tensor.Dense{x},
		declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.MatMulT(in[0], in[0]) },
		want: table(tensor.Shape{2, 2}, func(at ...int) float64 {
			var dot float64
			for k := range 3 {
				dot += elem(x, at[0], k) * elem(x, at[1], k)
			}
			return dot
		}),
	}.check(t)
}

func TestBatchMatMul(t *testing.T) {
	for _, lead := range []tensor.Shape{{2}, {1}, {2, 3}, {1, 1}} {
		for _, size := range []struct{ M, K, N int }{{2, 3, 4}, {1, 3, 1}, {3, 1, 2}, {1, 1, 1}} {
			a := operand(1, append(lead.Clone(), size.M, size.K)...)
			b := operand(2, append(lead.Clone(), size.K, size.N)...)
			n := len(lead)
			swap := append([]int{}, []int{0, 1, 2, 3}[:n+2]...)
			swap[n], swap[n+1] = n+1, n
			want := table(append(lead.Clone(), size.M, size.N), func(at ...int) float64 {
				var dot float64
				i := offset(lead, at[:n])
				for k := range size.K {
					dot += a.Float64s()[(i*size.M+at[n])*size.K+k] * b.Float64s()[(i*size.K+k)*size.N+at[n+1]]
				}
				return dot
			})
			opCase{
				name:    fmt.Sprint(lead, size),
				in:      []*tensor.Dense{a, b},
				declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.BatchMatMul(in[0], in[1]) },
				want:    want,
			}.check(t)
			opCase{
				name: fmt.Sprint("transposed", lead, size),
				in:   []*tensor.Dense{a, b},
				declare: func(s *graph.Scope, in []*G.Node) *G.Node {
					return s.BatchMatMulT(in[0], s.Transpose(in[1], swap...))
				},
				want: want,
			}.check(t)
		}
	}
}

func TestBatchMatMulShapesDiffer(t *testing.T) {
	for want, shapes := range map[string][2]tensor.Shape{
		"with the same leading axes": {{2, 3, 4}, {3, 4, 5}},
		"inner sizes 4 and 5 differ": {{2, 3, 4}, {2, 5, 4}},
		"want [..., M, K] and [...,": {{2, 3, 4}, {4, 5}},
	} {
		wantBuildError(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
			return s.Sum(s.BatchMatMul(s.Full(1, shapes[0]...), s.Full(1, shapes[1]...)))
		}, want)
	}
}
