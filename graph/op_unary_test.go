package graph_test

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

// unaries are the elementwise functions, each beside the formula its doc gives.
var unaries = []struct {
	name     string
	positive bool // defined for x > 0
	declare  func(s *graph.Scope, x *G.Node) *G.Node
	f        func(x float64) float64
}{
	{"neg", false, (*graph.Scope).Neg, func(x float64) float64 { return -x }},
	{"exp", false, (*graph.Scope).Exp, math.Exp},
	{"log", true, (*graph.Scope).Log, math.Log},
	{"sqrt", true, (*graph.Scope).Sqrt, math.Sqrt},
	{"square", false, (*graph.Scope).Square, func(x float64) float64 { return math.Pow(x, 2) }},
	{"reciprocal", false, (*graph.Scope).Reciprocal, func(x float64) float64 { return 1 / x }},
	{"abs", false, (*graph.Scope).Abs, math.Abs},
	{"sin", false, (*graph.Scope).Sin, math.Sin},
	{"cos", false, (*graph.Scope).Cos, math.Cos},
	{"tanh", false, (*graph.Scope).Tanh, func(x float64) float64 { return (math.Exp(2*x) - 1) / (math.Exp(2*x) + 1) }},
	{"sigmoid", false, (*graph.Scope).Sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }},
	{"relu", false, (*graph.Scope).ReLU, func(x float64) float64 { return max(x, 0) }},
	{"leaky relu", false, func(s *graph.Scope, x *G.Node) *G.Node { return s.LeakyReLU(x, 0.1) }, func(x float64) float64 { return max(x, 0.1*x) }},
	{"elu", false, (*graph.Scope).ELU, func(x float64) float64 { return max(x, 0) + min(0, math.Exp(x)-1) }},
	{"softplus", false, (*graph.Scope).Softplus, func(x float64) float64 { return math.Log(1 + math.Exp(x)) }},
	{"silu", false, (*graph.Scope).SiLU, func(x float64) float64 { return x / (1 + math.Exp(-x)) }},
	{"gelu", false, (*graph.Scope).GELU, func(x float64) float64 { return x / 2 * (1 + math.Erf(x/math.Sqrt2)) }},
	{"scale", false, func(s *graph.Scope, x *G.Node) *G.Node { return s.Scale(x, -2.5) }, func(x float64) float64 { return -2.5 * x }},
	{"shift", false, func(s *graph.Scope, x *G.Node) *G.Node { return s.Shift(x, -2.5) }, func(x float64) float64 { return x - 2.5 }},
	{"one minus", false, (*graph.Scope).OneMinus, func(x float64) float64 { return 1 - x }},
	{"pow 3", false, func(s *graph.Scope, x *G.Node) *G.Node { return s.Pow(x, 3) }, func(x float64) float64 { return x * x * x }},
	{"pow -1.5", true, func(s *graph.Scope, x *G.Node) *G.Node { return s.Pow(x, -1.5) }, func(x float64) float64 { return 1 / (x * math.Sqrt(x)) }},
	{"clamp", false, func(s *graph.Scope, x *G.Node) *G.Node { return s.Clamp(x, -1, 0.5) }, func(x float64) float64 { return max(-1, min(x, 0.5)) }},
}

func TestUnary(t *testing.T) {
	for _, u := range unaries {
		for _, x := range []*tensor.Dense{
			f64(tensor.Shape{2, 4}, -3, -1.5, -0.7, -0.1, 0.2, 0.9, 1.7, 3), // none where a derivative jumps
			f64(tensor.Shape{1, 1, 1}, 0.3),
		} {
			if u.positive {
				x = table(x.Shape(), func(at ...int) float64 { return math.Abs(elem(x, at...)) })
			}
			opCase{
				name:    u.name,
				in:      []*tensor.Dense{x},
				declare: func(s *graph.Scope, in []*G.Node) *G.Node { return u.declare(s, in[0]) },
				want:    table(x.Shape(), func(at ...int) float64 { return u.f(elem(x, at...)) }),
			}.check(t)
		}
	}
}

// Scalars are elements too.
func TestUnaryOfScalar(t *testing.T) {
	x := operand(1, 2, 3)
	for _, u := range unaries {
		var sum float64
		for _, v := range x.Float64s() {
			sum += v * v // positive
		}
		opCase{
			name:    u.name,
			in:      []*tensor.Dense{x},
			declare: func(s *graph.Scope, in []*G.Node) *G.Node { return u.declare(s, s.Sum(s.Square(in[0]))) },
			want:    tensor.New(tensor.FromScalar(u.f(sum))),
		}.check(t)
	}
}

// Far out nothing overflows, and NaN is not hidden.
func TestUnaryExtremes(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	x := []float64{-1000, -40, 40, 1000, nan}
	for _, tc := range []struct {
		name            string
		declare         func(s *graph.Scope, x *G.Node) *G.Node
		value, gradient []float64
	}{
		{"sigmoid", (*graph.Scope).Sigmoid, []float64{0, 4.248354255291589e-18, 1, 1, nan}, []float64{0, 4.248354255291589e-18, 0, 0, nan}},
		{"tanh", (*graph.Scope).Tanh, []float64{-1, -1, 1, 1, nan}, []float64{0, 0, 0, 0, nan}},
		{"softplus", (*graph.Scope).Softplus, []float64{0, 4.248354255291589e-18, 40, 1000, nan}, []float64{0, 4.248354255291589e-18, 1, 1, nan}},
		{"silu", (*graph.Scope).SiLU, []float64{0, -1.6993417021166355e-16, 40, 1000, nan}, []float64{0, -1.656858159563720e-16, 1, 1, nan}},
		{"gelu", (*graph.Scope).GELU, []float64{0, 0, 40, 1000, nan}, []float64{0, 0, 1, 1, nan}},
		{"elu", (*graph.Scope).ELU, []float64{-1, -1, 40, 1000, nan}, []float64{0, 4.248354255291589e-18, 1, 1, nan}},
		{"exp", (*graph.Scope).Exp, []float64{0, 4.248354255291589e-18, 2.3538526683701998e17, inf, nan}, []float64{0, 4.248354255291589e-18, 2.3538526683701998e17, inf, nan}},
		{"relu", (*graph.Scope).ReLU, []float64{0, 0, 40, 1000, nan}, []float64{0, 0, 1, 1, 0}},
		{"clamp", func(s *graph.Scope, x *G.Node) *G.Node { return s.Clamp(x, -50, 50) }, []float64{-50, -40, 40, 50, nan}, []float64{0, 1, 1, 0, 0}},
	} {
		checkAt(t, tc.name, x, tc.declare, tc.value, tc.gradient)
	}
}

// Where a derivative jumps, the docs say which one holds.
func TestUnaryKinks(t *testing.T) {
	for _, tc := range []struct {
		name     string
		declare  func(s *graph.Scope, x *G.Node) *G.Node
		at       float64
		gradient float64
	}{
		{"abs", (*graph.Scope).Abs, 0, 0},
		{"relu", (*graph.Scope).ReLU, 0, 0},
		{"leaky relu", func(s *graph.Scope, x *G.Node) *G.Node { return s.LeakyReLU(x, 0.1) }, 0, 0.1},
		{"elu", (*graph.Scope).ELU, 0, 1},
		{"pow 0", func(s *graph.Scope, x *G.Node) *G.Node { return s.Pow(x, 0) }, 0, 0},
		{"pow 1", func(s *graph.Scope, x *G.Node) *G.Node { return s.Pow(x, 1) }, 0, 1},
		{"pow 2", func(s *graph.Scope, x *G.Node) *G.Node { return s.Pow(x, 2) }, 0, 0},
	} {
		checkAt(t, tc.name, []float64{tc.at}, tc.declare, nil, []float64{tc.gradient})
	}
}

// checkAt compares value and gradient of a function at given points.
func checkAt(t *testing.T, name string, x []float64, declare func(s *graph.Scope, x *G.Node) *G.Node, value, gradient []float64) {
	t.Helper()
	in := f64(tensor.Shape{len(x)}, x...)
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		y := declare(s, s.Param("x", valued(in), len(x)))
		s.Output("y", y)
		return s.Sum(y)
	}, nil)
	if value != nil {
		graphtest.Equal(t, name, graphtest.Output(t, session, "y"), value, 1e-15)
	}
	graphtest.Equal(t, "gradient of "+name, graphtest.Gradients(session)["x"], gradient, 1e-15)
}
