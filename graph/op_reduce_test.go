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

// reduce folds x over some axes, which the result no longer has.
func reduce(x *tensor.Dense, axes []int, start float64, fold func(acc, v float64) float64) *tensor.Dense {
	rest := tensor.Shape{}
	for axis, n := range x.Shape() {
		if !slices.Contains(axes, axis) {
			rest = append(rest, n)
		}
	}
	return table(rest, func(to ...int) float64 {
		acc := start
		table(x.Shape(), func(at ...int) float64 {
			var remaining []int
			for axis, i := range at {
				if !slices.Contains(axes, axis) {
					remaining = append(remaining, i)
				}
			}
			if slices.Equal(remaining, to) {
				acc = fold(acc, elem(x, at...))
			}
			return 0
		})
		return acc
	})
}

func TestReductions(t *testing.T) {
	for _, shape := range []tensor.Shape{{3}, {1}, {2, 3}, {1, 3}, {2, 1}, {1, 1}, {2, 3, 4}, {2, 1, 3}, {2, 1, 3, 2}} {
		x := operand(1, shape...)
		// Every set of axes, as the bits of a number; 0 is all of them, not named.
		for bits := range 1 << len(shape) {
			var axes []int
			for axis := range shape {
				if bits>>axis&1 == 1 {
					axes = append(axes, axis)
				}
			}
			over := axes
			if bits == 0 {
				for axis := range shape {
					over = append(over, axis)
				}
			}
			count := 1
			for _, axis := range over {
				count *= shape[axis]
			}
			add := func(acc, v float64) float64 { return acc + v }
			slices.Reverse(axes) // their order does not matter
			for _, tc := range []opCase{
				{name: "sum",
					declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Sum(in[0], axes...) },
					want:    reduce(x, over, 0, add)},
				{name: "mean",
					declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Mean(in[0], axes...) },
					want:    reduce(x, over, 0, func(acc, v float64) float64 { return acc + v/float64(count) })},
				{name: "max",
					declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Max(in[0], axes...) },
					want:    reduce(x, over, math.Inf(-1), math.Max)},
			} {
				tc.name = fmt.Sprint(tc.name, shape, axes)
				tc.in = []*tensor.Dense{x}
				tc.check(t)
			}
		}
	}
}

func TestSumOfScalar(t *testing.T) {
	x := operand(1, 2, 2)
	opCase{
		name:    "scalar",
		in:      []*tensor.Dense{x},
		declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Max(s.Mean(s.Sum(s.Sum(in[0])))) },
		want:    reduce(x, []int{0, 1}, 0, func(acc, v float64) float64 { return acc + v }),
	}.check(t)
}

// A float32 sum of a million equal numbers is wrong by percents when it is added up in float32.
func TestSumOfManyIsExact(t *testing.T) {
	const n = 1 << 20
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float32), func(s *graph.Scope) *G.Node {
		return s.Sum(s.Full(0.1, n))
	}, nil)
	graphtest.Equal(t, "sum", session.Cost(), n*float64(float32(0.1)), 1e-7)
}

func TestMaxTiesShareTheGradient(t *testing.T) {
	x := f64(tensor.Shape{3, 3},
		1, 3, 3,
		2, 2, 2,
		-1, -2, -3)
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		return s.Sum(s.Mul(s.Max(s.Param("x", valued(x), 3, 3), 1), s.Const([]float64{6, 12, 24}, 3)))
	}, nil)
	graphtest.Equal(t, "gradient", graphtest.Gradients(session)["x"], []float64{0, 3, 3, 4, 4, 4, 24, 0, 0}, 0)
}

func TestMaxOfNaN(t *testing.T) {
	nan := math.NaN()
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		s.Output("max", s.Max(s.Const([]float64{1, nan, 2, 3, 4, 5}, 2, 3), 1))
		return nil
	}, nil)
	graphtest.Equal(t, "max", graphtest.Output(t, session, "max"), []float64{nan, 5}, 0)
}

func TestArgMax(t *testing.T) {
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float32), func(s *graph.Scope) *G.Node {
		s.Output("rows", s.ArgMax(s.Const([]float64{1, 3, 3, -2, -1, -4, 5, 0, 0, 0, 0, 0}, 2, 2, 3)))
		s.Output("one", s.ArgMax(s.Const([]float64{0.5, 0.75}, 2)))
		s.Output("indices", s.ArgMax(s.Indices("index", 1, 3)))
		return nil
	}, graph.Feed{"index": ints(tensor.Shape{1, 3}, 4, 5, 6)})
	for name, want := range map[string]struct {
		shape tensor.Shape
		data  any
	}{"rows": {tensor.Shape{2, 2}, []int{1, 1, 0, 0}}, "one": {tensor.Shape{}, 1}, "indices": {tensor.Shape{1}, []int{2}}} {
		got := graphtest.Output(t, session, name)
		if fmt.Sprint(got.Data()) != fmt.Sprint(want.data) || !slices.Equal(got.Shape(), want.shape) {
			t.Errorf("%s: %v %v, want %v %v", name, got.Shape(), got.Data(), want.shape, want.data)
		}
	}
}

func TestMaxWithIndex(t *testing.T) {
	for _, shape := range []tensor.Shape{{4}, {1}, {3, 4}, {2, 1}, {2, 3, 4}} {
		x := operand(1, shape...)
		opCase{
			name: fmt.Sprint(shape),
			in:   []*tensor.Dense{x},
			declare: func(s *graph.Scope, in []*G.Node) *G.Node {
				value, _ := s.MaxWithIndex(in[0])
				return value
			},
			want: reduce(x, []int{len(shape) - 1}, math.Inf(-1), math.Max),
		}.check(t)
	}
}

// The gradient goes to the first of equal elements, whose index is given.
func TestMaxWithIndexTies(t *testing.T) {
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		value, index := s.MaxWithIndex(s.Param("x", valued(f64(tensor.Shape{2, 3}, 1, 3, 3, 2, 2, 2)), 2, 3))
		s.Output("index", index)
		return s.Sum(s.Mul(value, s.Const([]float64{5, 7}, 2)))
	}, nil)
	graphtest.Equal(t, "gradient", graphtest.Gradients(session)["x"], []float64{0, 5, 0, 7, 0, 0}, 0)
	if got := graphtest.Output(t, session, "index").Ints(); !slices.Equal(got, []int{1, 0}) {
		t.Errorf("index %v", got)
	}
}
