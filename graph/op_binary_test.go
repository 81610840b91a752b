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

// binaries are the elementwise operations of two operands.
var binaries = []struct {
	name     string
	declare  func(s *graph.Scope, a, b *G.Node) *G.Node
	f        func(a, b float64) float64
	constant bool
}{
	{"add", (*graph.Scope).Add, func(a, b float64) float64 { return a + b }, false},
	{"sub", (*graph.Scope).Sub, func(a, b float64) float64 { return a - b }, false},
	{"mul", (*graph.Scope).Mul, func(a, b float64) float64 { return a * b }, false},
	{"div", (*graph.Scope).Div, func(a, b float64) float64 { return a / b }, false},
	{"maximum", (*graph.Scope).Maximum, math.Max, false},
	{"minimum", (*graph.Scope).Minimum, math.Min, false},
	{"less", (*graph.Scope).Less, func(a, b float64) float64 { return flag(a < b) }, true},
	{"less or equal", (*graph.Scope).LessEqual, func(a, b float64) float64 { return flag(a <= b) }, true},
	{"greater", (*graph.Scope).Greater, func(a, b float64) float64 { return flag(a > b) }, true},
	{"greater or equal", (*graph.Scope).GreaterEqual, func(a, b float64) float64 { return flag(a >= b) }, true},
	{"equal", (*graph.Scope).Equal, func(a, b float64) float64 { return flag(a == b) }, true},
}

func flag(t bool) float64 {
	if t {
		return 1
	}
	return 0
}

// broadcasts are pairs of shapes that go together, and what they give.
var broadcasts = []struct{ a, b, y tensor.Shape }{
	{tensor.Shape{2, 3}, tensor.Shape{2, 3}, tensor.Shape{2, 3}},
	{tensor.Shape{3}, tensor.Shape{1}, tensor.Shape{3}},
	{tensor.Shape{2, 3}, tensor.Shape{1, 3}, tensor.Shape{2, 3}},
	{tensor.Shape{2, 3}, tensor.Shape{2, 1}, tensor.Shape{2, 3}},
	{tensor.Shape{2, 1}, tensor.Shape{1, 3}, tensor.Shape{2, 3}},
	{tensor.Shape{1, 1}, tensor.Shape{2, 3}, tensor.Shape{2, 3}},
	{tensor.Shape{1, 1}, tensor.Shape{1, 1}, tensor.Shape{1, 1}},
	{tensor.Shape{2, 3, 4}, tensor.Shape{2, 1, 4}, tensor.Shape{2, 3, 4}},
	{tensor.Shape{1, 3, 1}, tensor.Shape{2, 3, 4}, tensor.Shape{2, 3, 4}},
	{tensor.Shape{2, 1, 4}, tensor.Shape{1, 3, 1}, tensor.Shape{2, 3, 4}},
	{tensor.Shape{2, 1, 3, 1}, tensor.Shape{1, 2, 1, 2}, tensor.Shape{2, 2, 3, 2}},
}

func TestBinary(t *testing.T) {
	for _, b := range binaries {
		for _, shapes := range broadcasts {
			for _, swap := range []bool{false, true} {
				x, y := operand(1, shapes.a...), operand(2, shapes.b...)
				if swap {
					x, y = y, x
				}
				opCase{
					name:     fmt.Sprint(b.name, x.Shape(), y.Shape()),
					in:       []*tensor.Dense{x, y},
					declare:  func(s *graph.Scope, in []*G.Node) *G.Node { return b.declare(s, in[0], in[1]) },
					want:     table(shapes.y, func(at ...int) float64 { return b.f(elem(x, at...), elem(y, at...)) }),
					constant: b.constant,
				}.check(t)
			}
		}
	}
}

// A scalar goes with any shape, on both sides, another scalar included.
func TestBinaryWithScalar(t *testing.T) {
	x, y := operand(1, 2, 3), operand(2, 4)
	var sum float64
	for _, v := range y.Float64s() {
		sum += v
	}
	for _, b := range binaries {
		opCase{
			name:     b.name + " right",
			in:       []*tensor.Dense{x, y},
			declare:  func(s *graph.Scope, in []*G.Node) *G.Node { return b.declare(s, in[0], s.Sum(in[1])) },
			want:     table(x.Shape(), func(at ...int) float64 { return b.f(elem(x, at...), sum) }),
			constant: b.constant,
		}.check(t)
		opCase{
			name:     b.name + " left",
			in:       []*tensor.Dense{x, y},
			declare:  func(s *graph.Scope, in []*G.Node) *G.Node { return b.declare(s, s.Sum(in[1]), in[0]) },
			want:     table(x.Shape(), func(at ...int) float64 { return b.f(sum, elem(x, at...)) }),
			constant: b.constant,
		}.check(t)
		opCase{
			name:     b.name + " both",
			in:       []*tensor.Dense{y},
			declare:  func(s *graph.Scope, in []*G.Node) *G.Node { return b.declare(s, s.Sum(in[0]), s.Full(0.25)) },
			want:     tensor.New(tensor.FromScalar(b.f(sum, 0.25))),
			constant: b.constant,
		}.check(t)
		opCase{
			name:     b.name + " of one element",
			in:       []*tensor.Dense{y, operand(3, 1, 1)},
			declare:  func(s *graph.Scope, in []*G.Node) *G.Node { return b.declare(s, s.Sum(in[0]), in[1]) },
			want:     f64(tensor.Shape{1, 1}, b.f(sum, operand(3, 1, 1).Float64s()[0])),
			constant: b.constant,
		}.check(t)
	}
}

// Both operands may be the same node.
func TestBinaryOfOneNode(t *testing.T) {
	x := operand(1, 2, 3)
	opCase{
		name:    "x⊙x",
		in:      []*tensor.Dense{x},
		declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Mul(in[0], in[0]) },
		want:    table(x.Shape(), func(at ...int) float64 { return elem(x, at...) * elem(x, at...) }),
	}.check(t)
}

func TestTiesShareTheGradient(t *testing.T) {
	x, y := f64(tensor.Shape{3}, 1, 2, 3), f64(tensor.Shape{3}, 2, 2, 2)
	for name, tc := range map[string]struct {
		declare func(s *graph.Scope, a, b *G.Node) *G.Node
		dx, dy  []float64
	}{
		"maximum": {(*graph.Scope).Maximum, []float64{0, .5, 1}, []float64{1, .5, 0}},
		"minimum": {(*graph.Scope).Minimum, []float64{1, .5, 0}, []float64{0, .5, 1}},
	} {
		session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
			return s.Sum(tc.declare(s, s.Param("x", valued(x), 3), s.Param("y", valued(y), 3)))
		}, nil)
		graphtest.Equal(t, name+" dx", graphtest.Gradients(session)["x"], tc.dx, 0)
		graphtest.Equal(t, name+" dy", graphtest.Gradients(session)["y"], tc.dy, 0)
	}
}

func TestSelect(t *testing.T) {
	for _, shapes := range []struct{ cond, a, b, y tensor.Shape }{
		{tensor.Shape{2, 3}, tensor.Shape{2, 3}, tensor.Shape{2, 3}, tensor.Shape{2, 3}},
		{tensor.Shape{2, 1}, tensor.Shape{2, 3}, tensor.Shape{1, 1}, tensor.Shape{2, 3}},
		{tensor.Shape{2, 3}, tensor.Shape{1, 3}, tensor.Shape{2, 1}, tensor.Shape{2, 3}},
		{tensor.Shape{2, 2, 1}, tensor.Shape{1, 1, 1}, tensor.Shape{2, 2, 3}, tensor.Shape{2, 2, 3}},
		{tensor.Shape{1, 1}, tensor.Shape{1, 2}, tensor.Shape{2, 1}, tensor.Shape{2, 2}},
	} {
		a, b := operand(1, shapes.a...), operand(2, shapes.b...)
		// -1 and 2 choose as 1 does.
		cond := table(shapes.cond, func(at ...int) float64 {
			n := 0
			for _, i := range at {
				n += i
			}
			return float64(n%4 - 1)
		})
		want := table(shapes.y, func(at ...int) float64 {
			if elem(cond, at...) != 0 {
				return elem(a, at...)
			}
			return elem(b, at...)
		})
		opCase{
			name: fmt.Sprint("numbers ", shapes),
			in:   []*tensor.Dense{a, b},
			feed: graph.Feed{"cond": cond},
			declare: func(s *graph.Scope, in []*G.Node) *G.Node {
				return s.Select(s.Input("cond", shapes.cond...), in[0], in[1])
			},
			want: want,
		}.check(t)
		indices := make([]int, cond.Size())
		for i, v := range cond.Float64s() {
			indices[i] = int(v)
		}
		opCase{
			name: fmt.Sprint("indices ", shapes),
			in:   []*tensor.Dense{a, b},
			feed: graph.Feed{"cond": ints(shapes.cond, indices...)},
			declare: func(s *graph.Scope, in []*G.Node) *G.Node {
				return s.Select(s.Indices("cond", shapes.cond...), in[0], in[1])
			},
			want: want,
		}.check(t)
	}
}

// What is not chosen may be NaN: not even its gradient is.
func TestSelectKeepsNaNOut(t *testing.T) {
	nan := math.NaN()
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		a, b := s.Param("a", valued(f64(tensor.Shape{2}, 1, nan)), 2), s.Param("b", valued(f64(tensor.Shape{2}, nan, 2)), 2)
		return s.Sum(s.Select(s.Const([]float64{1, 0}, 2), s.Square(a), s.Square(b)))
	}, nil)
	graphtest.Equal(t, "value", session.Cost(), 5.0, 0)
	// The gradient of a NaN's square is 0·NaN; that of the choice alone is 0.
	session = graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		a, b := s.Param("a", valued(f64(tensor.Shape{2}, 1, nan)), 2), s.Param("b", valued(f64(tensor.Shape{2}, nan, 2)), 2)
		return s.Sum(s.Select(s.Const([]float64{1, 0}, 2), a, b))
	}, nil)
	graphtest.Equal(t, "da", graphtest.Gradients(session)["a"], []float64{1, 0}, 0)
	graphtest.Equal(t, "db", graphtest.Gradients(session)["b"], []float64{0, 1}, 0)
}

func TestAddBias(t *testing.T) {
	for _, shapes := range [][2]tensor.Shape{
		{{2, 3}, {1, 3}}, {{2, 3}, {3}}, {{4, 2, 3}, {1, 3}}, {{4, 2, 3}, {3}}, {{3}, {1, 3}}, {{1, 1}, {1, 1}}, {{2, 3}, {1, 1, 3}},
	} {
		x, b := operand(1, shapes[0]...), operand(2, shapes[1]...)
		opCase{
			name:    fmt.Sprint(shapes),
			in:      []*tensor.Dense{x, b},
			declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.AddBias(in[0], in[1]) },
			want:    table(x.Shape(), func(at ...int) float64 { return elem(x, at...) + b.Float64s()[at[len(at)-1]] }),
		}.check(t)
	}
}
