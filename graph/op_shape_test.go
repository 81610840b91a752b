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

func TestSlice(t *testing.T) {
	for _, tc := range []struct {
		shape            tensor.Shape
		axis, start, end int
	}{
		{tensor.Shape{5}, 0, 1, 4}, {tensor.Shape{5}, 0, 4, 5}, {tensor.Shape{1}, 0, 0, 1},
		{tensor.Shape{4, 3}, 0, 1, 3}, {tensor.Shape{4, 3}, 1, 1, 3}, {tensor.Shape{4, 3}, 1, 0, 3},
		{tensor.Shape{4, 1}, 0, 2, 3}, {tensor.Shape{1, 4}, 1, 3, 4}, {tensor.Shape{1, 1}, 1, 0, 1},
		{tensor.Shape{2, 3, 4}, 0, 1, 2}, {tensor.Shape{2, 3, 4}, 1, 1, 3}, {tensor.Shape{2, 3, 4}, 2, 2, 4},
	} {
		x := operand(1, tc.shape...)
		shape := tc.shape.Clone()
		shape[tc.axis] = tc.end - tc.start
		opCase{
			name:    fmt.Sprint(tc),
			in:      []*tensor.Dense{x},
			declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Slice(in[0], tc.axis, tc.start, tc.end) },
			want: table(shape, func(at ...int) float64 {
				at = append([]int{}, at...)
				at[tc.axis] += tc.start
				return x.Float64s()[offset(tc.shape, at)]
			}),
		}.check(t)
	}
}

func offset(shape tensor.Shape, at []int) int {
	n := 0
	for axis, size := range shape {
		n = n*size + at[axis]
	}
	return n
}

func TestAt(t *testing.T) {
	for _, shape := range []tensor.Shape{{3}, {1}, {3, 2}, {3, 1}, {1, 1}, {3, 2, 4}, {2, 1, 1}} {
		x := operand(1, shape...)
		for i := range shape[0] {
			opCase{
				name:    fmt.Sprint(shape, i),
				in:      []*tensor.Dense{x},
				declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.At(in[0], i) },
				want: table(shape[1:], func(at ...int) float64 {
					return x.Float64s()[offset(shape, append([]int{i}, at...))]
				}),
			}.check(t)
		}
	}
}

// A gradient that reaches a node through several slices, whole, overlapping and apart, is their sum.
func TestSlicesOfOneNode(t *testing.T) {
	x := operand(1, 4, 6)
	opCase{
		name: "slices",
		in:   []*tensor.Dense{x},
		declare: func(s *graph.Scope, in []*G.Node) *G.Node {
			gates := s.Split(in[0], 3) // 3 × [4, 2]
			y := s.Mul(gates[0], s.Tanh(gates[2]))
			y = s.Add(y, s.Slice(in[0], 1, 1, 3))
			y = s.Mul(y, s.ExpandDims(s.At(s.Transpose(in[0]), 5), 1))
			y = s.Add(y, s.Slice(s.Slice(in[0], 0, 1, 2), 1, 0, 2))
			return s.Mul(y, s.Sum(in[0]))
		},
		want: table(tensor.Shape{4, 2}, func(at ...int) float64 {
			b, h := at[0], at[1]
			v := func(b, i int) float64 { return elem(x, b, i) }
			var sum float64
			for _, e := range x.Float64s() {
				sum += e
			}
			y := v(b, h) * math.Tanh(v(b, 4+h))
			y = (y + v(b, 1+h)) * v(b, 5)
			return (y + v(1, h)) * sum
		}),
	}.check(t)
}

func TestSplit(t *testing.T) {
	for _, tc := range []struct {
		shape tensor.Shape
		n     int
	}{{tensor.Shape{6}, 3}, {tensor.Shape{2, 6}, 2}, {tensor.Shape{2, 3, 4}, 4}, {tensor.Shape{1, 4}, 4}, {tensor.Shape{2, 3}, 1}} {
		x := operand(1, tc.shape...)
		width := tc.shape[len(tc.shape)-1] / tc.n
		for k := range tc.n {
			shape := tc.shape.Clone()
			shape[len(shape)-1] = width
			opCase{
				name:    fmt.Sprint(tc, k),
				in:      []*tensor.Dense{x},
				declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Split(in[0], tc.n)[k] },
				want: table(shape, func(at ...int) float64 {
					at = append([]int{}, at...)
					at[len(at)-1] += k * width
					return x.Float64s()[offset(tc.shape, at)]
				}),
			}.check(t)
		}
	}
}

func TestConcat(t *testing.T) {
	for _, tc := range []struct {
		axis   int
		shapes []tensor.Shape
	}{
		{0, []tensor.Shape{{2}, {3}}}, {0, []tensor.Shape{{2, 3}, {1, 3}, {4, 3}}}, {1, []tensor.Shape{{2, 3}, {2, 1}, {2, 2}}},
		{0, []tensor.Shape{{2, 3}}}, {1, []tensor.Shape{{1, 1}, {1, 1}}},
		{1, []tensor.Shape{{2, 1, 3}, {2, 2, 3}}}, {2, []tensor.Shape{{2, 1, 3}, {2, 1, 1}}},
	} {
		var in []*tensor.Dense
		shape := tc.shapes[0].Clone()
		shape[tc.axis] = 0
		for i, s := range tc.shapes {
			in = append(in, operand(uint64(i), s...))
			shape[tc.axis] += s[tc.axis]
		}
		opCase{
			name:    fmt.Sprint(tc),
			in:      in,
			declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Concat(tc.axis, in...) },
			want: table(shape, func(at ...int) float64 {
				at = append([]int{}, at...)
				k := 0
				for at[tc.axis] >= tc.shapes[k][tc.axis] {
					at[tc.axis] -= tc.shapes[k][tc.axis]
					k++
				}
				return in[k].Float64s()[offset(tc.shapes[k], at)]
			}),
		}.check(t)
	}
}

func TestStack(t *testing.T) {
	for _, shape := range []tensor.Shape{{2}, {1}, {2, 3}, {1, 1}} {
		in := []*tensor.Dense{operand(1, shape...), operand(2, shape...), operand(3, shape...)}
		for n := 1; n <= 3; n++ {
			opCase{
				name:    fmt.Sprint(n, shape),
				in:      in[:n],
				declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Stack(in...) },
				want: table(append(tensor.Shape{n}, shape...), func(at ...int) float64 {
					return in[at[0]].Float64s()[offset(shape, at[1:])]
				}),
			}.check(t)
		}
	}
	x := operand(1, 2, 3)
	opCase{
		name:    "one node twice",
		in:      []*tensor.Dense{x},
		declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Stack(in[0], in[0]) },
		want:    table(tensor.Shape{2, 2, 3}, func(at ...int) float64 { return elem(x, at[1:]...) }),
	}.check(t)
	opCase{
		name:    "scalars",
		in:      []*tensor.Dense{x},
		declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Stack(s.Sum(in[0]), s.Full(3)) },
		want:    f64(tensor.Shape{2}, append(reduce(x, []int{0, 1}, 0, func(a, v float64) float64 { return a + v }).Float64s(), 3)...),
	}.check(t)
}

func TestReshape(t *testing.T) {
	for _, shapes := range [][2]tensor.Shape{
		{{6}, {2, 3}}, {{2, 3}, {3, 2}}, {{2, 3}, {6}}, {{2, 3}, {1, 2, 3, 1}}, {{1, 1}, {1}}, {{1, 1}, {}}, {{4, 1, 3}, {2, 6}},
	} {
		x := operand(1, shapes[0]...)
		opCase{
			name:    fmt.Sprint(shapes),
			in:      []*tensor.Dense{x},
			declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Reshape(in[0], shapes[1]...) },
			want:    table(shapes[1], func(at ...int) float64 { return x.Float64s()[offset(shapes[1], at)] }),
		}.check(t)
	}
}

func TestExpandDims(t *testing.T) {
	x := operand(1, 2, 3)
	for axis, shape := range []tensor.Shape{{1, 2, 3}, {2, 1, 3}, {2, 3, 1}} {
		opCase{
			name:    fmt.Sprint(axis),
			in:      []*tensor.Dense{x},
			declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.ExpandDims(in[0], axis) },
			want:    f64(shape, x.Float64s()...),
		}.check(t)
	}
}

func TestTranspose(t *testing.T) {
	for _, tc := range []struct {
		shape tensor.Shape
		perm  []int
	}{
		{tensor.Shape{3}, []int{0}}, {tensor.Shape{2, 3}, []int{1, 0}}, {tensor.Shape{1, 3}, []int{1, 0}}, {tensor.Shape{2, 3}, []int{0, 1}},
		{tensor.Shape{2, 3, 4}, []int{2, 1, 0}}, {tensor.Shape{2, 3, 4}, []int{1, 2, 0}}, {tensor.Shape{2, 3, 4}, []int{0, 2, 1}}, {tensor.Shape{2, 1, 4}, []int{1, 0, 2}},
		{tensor.Shape{2, 3, 1, 2}, []int{3, 0, 2, 1}},
	} {
		x := operand(1, tc.shape...)
		shape := make(tensor.Shape, len(tc.perm))
		reversed := true
		for i, axis := range tc.perm {
			shape[i] = tc.shape[axis]
			reversed = reversed && axis == len(tc.perm)-1-i
		}
		c := opCase{
			name:    fmt.Sprint(tc),
			in:      []*tensor.Dense{x},
			declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Transpose(in[0], tc.perm...) },
			want: table(shape, func(at ...int) float64 {
				from := make([]int, len(at))
				for i, axis := range tc.perm {
					from[axis] = at[i]
				}
				return x.Float64s()[offset(tc.shape, from)]
			}),
		}
		c.check(t)
		if reversed {
			c.name += " by default"
			c.declare = func(s *graph.Scope, in []*G.Node) *G.Node { return s.Transpose(in[0]) }
			c.check(t)
		}
	}
}

func TestShapesOfIndices(t *testing.T) {
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float32), func(s *graph.Scope) *G.Node {
		x := s.Indices("x", 2, 3)
		s.Output("slice", s.Slice(x, 1, 1, 3))
		s.Output("at", s.At(x, 1))
		s.Output("concat", s.Concat(0, x, x))
		s.Output("reshape", s.Reshape(x, 6))
		s.Output("transpose", s.Transpose(x))
		s.Output("kept", s.StopGradient(x))
		s.Output("single", s.At(s.At(x, 0), 2))
		return nil
	}, graph.Feed{"x": ints(tensor.Shape{2, 3}, 1, 2, 3, 4, 5, 6)})
	for name, want := range map[string]string{
		"slice": "[2 3 5 6]", "at": "[4 5 6]", "concat": "[1 2 3 4 5 6 1 2 3 4 5 6]", "reshape": "[1 2 3 4 5 6]",
		"transpose": "[1 4 2 5 3 6]", "kept": "[1 2 3 4 5 6]", "single": "3",
	} {
		if got := fmt.Sprint(graphtest.Output(t, session, name).Data()); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestStopGradient(t *testing.T) {
	x := operand(1, 2, 3)
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		w := s.Param("w", valued(x), 2, 3)
		return s.Sum(s.Mul(s.StopGradient(s.Add(w, s.Param("stopped", graph.Ones, 2, 3))), w))
	}, nil)
	gradients := graphtest.Gradients(session)
	graphtest.Equal(t, "gradient", gradients["w"], table(tensor.Shape{2, 3}, func(at ...int) float64 { return 1 + elem(x, at...) }), 1e-15)
	if len(gradients) != 1 {
		t.Errorf("gradients of %d parameters, want that of w", len(gradients))
	}
}
