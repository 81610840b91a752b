package graph_test

import (
	"fmt"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

func TestLogSumExp(t *testing.T) {
	for _, shape := range []tensor.Shape{{3}, {1}, {2, 3}, {2, 1}, {2, 3, 4}, {2, 3, 2, 3}} {
		x := operand(1, shape...)
		for bits := range 1 << len(shape) {
			var axes []int
			for axis := len(shape) - 1; axis >= 0; axis-- { // their order does not matter
				if bits>>axis&1 == 1 {
					axes = append(axes, axis)
				}
			}
			over := axes
			if bits == 0 { // all, not named
				for axis := range shape {
					over = append(over, axis)
				}
			}
			sums := reduce(x, over, 0, func(acc, v float64) float64 { return acc + math.Exp(v) })
			opCase{
				name:    fmt.Sprint(shape, axes),
				in:      []*tensor.Dense{x},
				declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.LogSumExp(in[0], axes...) },
				want:    table(sums.Shape(), func(at ...int) float64 { return math.Log(elem(sums, at...)) }),
			}.check(t)
		}
	}
}

// Values that are far from 0, or infinite, along rows and along columns.
func TestLogSumExpOfExtremes(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	log2 := math.Log(2)
	for _, tc := range []struct {
		row      []float64
		value    float64
		gradient []float64
	}{
		{[]float64{1000, 1000, -1000}, 1000 + log2, []float64{0.5, 0.5, 0}},
		{[]float64{-1000, -1000, -5000}, -1000 + log2, []float64{0.5, 0.5, 0}},
		{[]float64{-inf, 2, 2}, 2 + log2, []float64{0, 0.5, 0.5}},
		{[]float64{-inf, -inf, 3}, 3, []float64{0, 0, 1}},
		{[]float64{-inf, -inf, -inf}, -inf, []float64{0, 0, 0}},
		{[]float64{inf, 7, -inf}, inf, []float64{1, 0, 0}},
		{[]float64{inf, 7, inf}, inf, []float64{0.5, 0, 0.5}},
		{[]float64{inf, nan, 1}, nan, []float64{nan, nan, nan}},
		{[]float64{1, 2, nan}, nan, []float64{nan, nan, nan}},
		{[]float64{nan, -inf, -inf}, nan, []float64{nan, nan, nan}},
	} {
		for _, dt := range []tensor.Dtype{tensor.Float64, tensor.Float32} {
			for axis, shape := range []tensor.Shape{{3, 1}, {1, 3}} {
				session := graphtest.Run(t, graph.NewStore(1, dt), func(s *graph.Scope) *G.Node {
					y := s.LogSumExp(s.Param("x", valued(f64(shape, tc.row...)), shape...), axis)
					s.Output("y", y)
					return s.Sum(s.Scale(y, 3))
				}, nil)
				what := fmt.Sprint(tc.row, " along axis ", axis, " in ", dt, ": ")
				graphtest.Equal(t, what+"value", graphtest.Output(t, session, "y"), []float64{tc.value}, 1e-6)
				want := make([]float64, len(tc.gradient))
				for i, g := range tc.gradient {
					want[i] = 3 * g
				}
				graphtest.Equal(t, what+"gradient", graphtest.Gradients(session)["x"], want, 1e-6)
			}
		}
	}
}

func TestLogSumExpOfScalar(t *testing.T) {
	opCase{
		name:    "scalar",
		in:      []*tensor.Dense{operand(1, 2, 2)},
		declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.LogSumExp(s.Sum(in[0])) },
		want:    reduce(operand(1, 2, 2), []int{0, 1}, 0, func(acc, v float64) float64 { return acc + v }),
	}.check(t)
}
