package graph_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

// An opCase holds one operation to its definition.
type opCase struct {
	name     string
	in       []*tensor.Dense // values of the parameters that declare is given
	feed     graph.Feed      // values of the inputs that it declares
	declare  func(s *graph.Scope, in []*G.Node) *G.Node
	want     *tensor.Dense
	constant bool // the result has no gradient
}

// check compares the value with want, the gradient of every operand with finite differences, and float32
// with float64.
func (c opCase) check(t *testing.T) {
	t.Run(c.name, func(t *testing.T) {
		t.Helper()
		cost := func(s *graph.Scope) *G.Node {
			params := make([]*G.Node, len(c.in))
			for i, v := range c.in {
				params[i] = s.Param(fmt.Sprint("p", i), valued(v), v.Shape()...)
			}
			y := c.declare(s, params)
			s.Output("y", y)
			if c.constant {
				return nil
			}
			// Weights of their own for every element: a plain sum hides gradients that are mixed up.
			weights := operand(99, y.Shape()...)
			return s.Sum(s.Mul(y, s.Const(weights.Float64s(), y.Shape()...)))
		}
		wide := graph.NewStore(1, tensor.Float64)
		exact := graphtest.Run(t, wide, cost, c.feed)
		graphtest.Equal(t, "value", graphtest.Output(t, exact, "y"), c.want, 1e-12)
		if !c.constant {
			graphtest.CheckGradients(t, wide, cost, c.feed)
		}

		narrow := graphtest.Run(t, graph.NewStore(1, tensor.Float32), cost, c.feed)
		graphtest.Equal(t, "float32 value", graphtest.Output(t, narrow, "y"), c.want, 2e-5)
		gradients := graphtest.Gradients(narrow)
		for path, want := range graphtest.Gradients(exact) {
			graphtest.Equal(t, "float32 gradient of "+path, gradients[path], want, 2e-4)
		}
	})
}

// valued gives a parameter the elements of a tensor.
func valued(v *tensor.Dense) graph.Init {
	return func(*rand.Rand, tensor.Shape) []float64 { return v.Float64s() }
}

// operand draws a tensor from a normal distribution.
func operand(seed uint64, shape ...int) *tensor.Dense {
	r := rand.New(rand.NewPCG(seed, 1))
	values := make([]float64, tensor.Shape(shape).TotalSize())
	for i := range values {
		values[i] = r.NormFloat64()
	}
	if len(shape) == 0 {
		return tensor.New(tensor.FromScalar(values[0]))
	}
	return f64(shape, values...)
}

// table makes a tensor of a function of the indices.
func table(shape tensor.Shape, f func(at ...int) float64) *tensor.Dense {
	values := make([]float64, shape.TotalSize())
	at := make([]int, len(shape))
	for i := range values {
		values[i] = f(at...)
		for axis := len(shape) - 1; axis >= 0; axis-- {
			if at[axis]++; at[axis] < shape[axis] {
				break
			}
			at[axis] = 0
		}
	}
	if len(shape) == 0 {
		return tensor.New(tensor.FromScalar(values[0]))
	}
	return f64(shape, values...)
}

// elem is the element of x at some indices; along axes of size 1 there is but one.
func elem(x *tensor.Dense, at ...int) float64 {
	n := 0
	for axis, size := range x.Shape() {
		n *= size
		if size > 1 {
			n += at[axis]
		}
	}
	return x.Float64s()[n]
}

func TestOperandTypes(t *testing.T) {
	for want, declare := range map[string]func(s *graph.Scope, x, index *G.Node) *G.Node{
		"add [(2, 3) (2, 3)]: operands of floats and of int; Cast one":             func(s *graph.Scope, x, i *G.Node) *G.Node { return s.Add(x, i) },
		"matmul [(2, 3) (2, 3)]: operands of floats and of int; Cast one":          func(s *graph.Scope, x, i *G.Node) *G.Node { return s.MatMul(x, i) },
		"concat axis 0 [(2, 3) (2, 3)]: operands of floats and of int":             func(s *graph.Scope, x, i *G.Node) *G.Node { return s.Concat(0, i, x) },
		"select [(2, 3) (2, 3) (2, 3)]: operands of floats and of int":             func(s *graph.Scope, x, i *G.Node) *G.Node { return s.Select(i, x, i) },
		"tanh [(2, 3)]: not defined for operands of int; Cast them":                func(s *graph.Scope, x, i *G.Node) *G.Node { return s.Tanh(i) },
		"add [(2, 3) (2, 3)]: not defined for operands of int; Cast them":          func(s *graph.Scope, x, i *G.Node) *G.Node { return s.Add(i, i) },
		"gather [(2, 3) (2, 3)]: operand 1 is of float64, want indices of int":     func(s *graph.Scope, x, i *G.Node) *G.Node { return s.Gather(x, x) },
		"cross-entropy [(2, 3) (2)]: operand 1 is of float64, want indices of int": func(s *graph.Scope, x, i *G.Node) *G.Node { return s.CrossEntropy(x, s.Sum(x, 1), 0) },
		"mask of 4 timesteps [(2)]: operand 0 is of float64, want indices of int":  func(s *graph.Scope, x, i *G.Node) *G.Node { return s.Mask(s.Sum(x, 1), 4) },
		"add [(2, 3) (2, 3)]: operands of float32 and float64; Cast one":           func(s *graph.Scope, x, i *G.Node) *G.Node { return s.Add(s.Cast(x, tensor.Float32), x) },
		"layer: add [(2, 3) nil]: operand 1 is nil":                                func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").Add(x, nil) },
		"layer: concat axis 0 []: nothing to join":                                 func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").Concat(0) },
		"layer/deep: tanh [nil]: operand 0 is nil":                                 func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").In("deep").Tanh(nil) },
		"layer: reshape to (0, 6) [(2, 3)]: every size must be at least 1":         func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").Reshape(x, 0, 6) },
		"layer: matmul [(2, 3) (2, 3)]: inner sizes 3 and 2 differ":                func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").MatMul(x, x) },
		"layer: add [(2, 3) (2)]: ranks 2 and 1 differ; Reshape or ExpandDims one": func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").Add(x, s.Sum(x, 1)) },
		"layer: add [(2, 3) (3, 2)]: sizes 2 and 3 of axis 0 differ":               func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").Add(x, s.Transpose(x)) },
		"layer: cast [(2, 3)]: to bool":                                            func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").Cast(x, tensor.Bool) },
		"layer: slice axis 1 [2:4] [(2, 3)]: axis 1 has size 3":                    func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").Slice(x, 1, 2, 4) },
		"layer: slice axis 2 [0:1] [(2, 3)]: there is no axis 2":                   func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").Slice(x, 2, 0, 1) },
		"layer: split [(2, 3)]: last axis into 2 equal parts":                      func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").Split(x, 2)[0] },
		"layer: stack [(2, 3) (3, 2)]: shapes differ":                              func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").Stack(x, s.Transpose(x)) },
		"layer: concat axis 0 [(2, 3) (3, 2)]: shapes differ on another axis":      func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").Concat(0, x, s.Transpose(x)) },
		"layer: transpose [0 0] [(2, 3)]: not a permutation of the axes":           func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").Transpose(x, 0, 0) },
		"layer: expand dims [(2, 3)]: axis 3":                                      func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").ExpandDims(x, 3) },
		"layer: sum [(2, 3)]: axes [0 0]":                                          func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").Sum(x, 0, 0) },
		"layer: add bias [(2, 3) (2, 1)]: want [..., n] and [1, n]":                func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").AddBias(x, s.Full(0, 2, 1)) },
		"layer: add bias [(2, 1) ()]: want [..., n] and [1, n]":                    func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").AddBias(s.Full(0, 2, 1), s.Full(0)) },
		"layer: affine [(2, 3) (3, 2) (1, 3)]: want [..., I], [I, O] and [1, O]": func(s *graph.Scope, x, i *G.Node) *G.Node {
			return s.In("layer").Affine(x, s.Transpose(x), s.Full(0, 1, 3))
		},
		"layer: clamp [(2, 3)]: from 2 to 1":                                           func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").Clamp(x, 2, 1) },
		"layer: dropout: rate 1, want 0 ≤ rate < 1":                                    func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").Dropout(x, 1) },
		"layer: locked dropout (): want a leading axis [T, ...]":                       func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").LockedDropout(s.Sum(x), 0.5) },
		"layer: cross-entropy: smoothing 1, want 0 ≤ smoothing < 1":                    func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").CrossEntropy(x, i, 1) },
		"layer: cross-entropy [(2, 3) (2, 3)]: want logits [..., V] and targets [...]": func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").CrossEntropy(x, i, 0) },
		"layer: normalize: epsilon -1, want at least 0":                                func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").Normalize(x, -1) },
		"layer: batch matmul [(2, 3) (2, 3)]: want [..., M, K] and [..., K, N]":        func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").BatchMatMul(x, x) },
		"layer: softmax [()]: want at least one axis":                                  func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").Softmax(s.Sum(x)) },
		"layer: sort [()]: want at least one axis":                                     func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").Sort(s.Sum(x)) },
		"layer: take along axis 2 [(2, 3) (2, 3)]: there is no axis 2":                 func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").TakeAlong(x, i, 2) },
		"layer: take along axis -1 [(2, 3) (2, 3)]: there is no axis -1":               func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").TakeAlong(x, i, -1) },
		"take along axis 0 [(2, 1) (2, 3)]: shapes differ on another axis":             func(s *graph.Scope, x, i *G.Node) *G.Node { return s.TakeAlong(s.Full(0, 2, 1), i, 0) },
		"take along axis 0 [(6) (2, 3)]: ranks 1 and 2 differ; Reshape or ExpandDims":  func(s *graph.Scope, x, i *G.Node) *G.Node { return s.TakeAlong(s.Reshape(x, 6), i, 0) },
		"take along axis 0 [(2, 3) (2, 3)]: operand 1 is of float64, want indices":     func(s *graph.Scope, x, i *G.Node) *G.Node { return s.TakeAlong(x, x, 0) },
		"layer: cumsum axis 2 [(2, 3)]: there is no axis 2":                            func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").CumSum(x, 2) },
		"layer: cumsum axis 0 [()]: there is no axis 0":                                func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").CumSum(s.Sum(x), 0) },
		"layer: cumsum axis 0 [(2, 3)]: not defined for operands of int; Cast them":    func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").CumSum(i, 0) },
		"layer: logsumexp [(2, 3)]: axes [0 0]":                                        func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").LogSumExp(x, 0, 0) },
		"layer: logsumexp [(2, 3)]: axes [2]":                                          func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").LogSumExp(x, 2) },
		"layer: one-hot of 0 [(2, 3)]: want at least 1 class":                          func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").OneHot(i, 0) },
		"layer: one-hot of 4 [(2, 3)]: operand 0 is of float64, want indices of int":   func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").OneHot(x, 4) },
		"layer: causal mask: shape (0, 0); every size must be at least 1":              func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").CausalMask(0) },
		"layer: causal mask: shape (4194304, 4194304) takes":                           func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").CausalMask(1 << 22) },
		"layer: argmax [()]: want at least one axis": func(s *graph.Scope, x, i *G.Node) *G.Node {
			value, _ := s.In("layer").MaxWithIndex(s.Sum(x))
			return value
		},
		"layer: top 4 [(2, 3)]: want 1 to 3 of them": func(s *graph.Scope, x, i *G.Node) *G.Node {
			values, _ := s.In("layer").TopK(x, 4)
			return values
		},
		"layer: top 0 [(2, 3)]: want 1 to 3 of them": func(s *graph.Scope, x, i *G.Node) *G.Node {
			values, _ := s.In("layer").TopK(x, 0)
			return values
		},
		"layer: top 1 [()]: want at least one axis": func(s *graph.Scope, x, i *G.Node) *G.Node {
			values, _ := s.In("layer").TopK(s.Sum(x), 1)
			return values
		},
		"[(2, 3)]: want [T, B, I]": func(s *graph.Scope, x, i *G.Node) *G.Node { return s.Windows(x, graph.Window{Size: 1}) },
		"layer: reshape to (1, 1, 1, 1, 1, 1, 1, 2, 3) [(2, 3)]: 9 axes, at most 8": func(s *graph.Scope, x, i *G.Node) *G.Node {
			return s.In("layer").Reshape(x, 1, 1, 1, 1, 1, 1, 1, 2, 3)
		},
		"layer: const (2): 1 values, want 2": func(s *graph.Scope, x, i *G.Node) *G.Node { return s.In("layer").Const([]float64{1}, 2) },
	} {
		wantBuildError(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
			return s.Sum(declare(s, s.Param("w", graph.Ones, 2, 3), s.Indices("index", 2, 3)))
		}, want)
	}
}

// What an operation refuses at run time names its place, and the Session goes on afterwards.
func TestRunTimeErrors(t *testing.T) {
	for _, tc := range []struct {
		name      string
		good, bad *tensor.Dense
		declare   func(s *graph.Scope, index *G.Node) *G.Node
		want      string
	}{
		{"gather", ints(tensor.Shape{2}, 0, 2), ints(tensor.Shape{2}, 0, 3),
			func(s *graph.Scope, i *G.Node) *G.Node { return s.Gather(s.Param("w", graph.Ones, 3, 2), i) },
			"lm/head: gather [(3, 2) (2)]: index 3 at position 1, want [0, 3)"},
		{"gather negative", ints(tensor.Shape{2}, 0, 2), ints(tensor.Shape{2}, -1, 0),
			func(s *graph.Scope, i *G.Node) *G.Node { return s.Gather(s.Param("w", graph.Ones, 3, 2), i) },
			"lm/head: gather [(3, 2) (2)]: index -1 at position 0, want [0, 3)"},
		{"take along", ints(tensor.Shape{2}, 0, 2), ints(tensor.Shape{2}, 0, 3),
			func(s *graph.Scope, i *G.Node) *G.Node {
				return s.TakeAlong(s.Param("w", graph.Ones, 1, 3), s.Reshape(i, 1, 2), 1)
			},
			"lm/head: take along axis 1 [(1, 3) (1, 2)]: index 3 at (0, 1), want [0, 3)"},
		{"take along negative", ints(tensor.Shape{2}, 0, 2), ints(tensor.Shape{2}, -1, 0),
			func(s *graph.Scope, i *G.Node) *G.Node {
				return s.TakeAlong(s.Param("w", graph.Ones, 1, 3), s.Reshape(i, 1, 2), 1)
			},
			"lm/head: take along axis 1 [(1, 3) (1, 2)]: index -1 at (0, 0), want [0, 3)"},
		{"one-hot", ints(tensor.Shape{2}, 0, 2), ints(tensor.Shape{2}, 0, 3),
			func(s *graph.Scope, i *G.Node) *G.Node {
				return s.MatMul(s.OneHot(i, 3), s.Param("w", graph.Ones, 3, 1))
			},
			"lm/head: one-hot of 3 [(2)]: index 3 at (1), want [0, 3)"},
		{"one-hot negative", ints(tensor.Shape{2}, 0, 2), ints(tensor.Shape{2}, -1, 0),
			func(s *graph.Scope, i *G.Node) *G.Node {
				return s.MatMul(s.OneHot(i, 3), s.Param("w", graph.Ones, 3, 1))
			},
			"lm/head: one-hot of 3 [(2)]: index -1 at (0), want [0, 3)"},
		{"cross-entropy", ints(tensor.Shape{2}, -1, 2), ints(tensor.Shape{2}, 0, 3),
			func(s *graph.Scope, i *G.Node) *G.Node {
				return s.CrossEntropy(s.Param("w", graph.Ones, 2, 3), i, 0)
			},
			"lm/head: cross-entropy [(2, 3) (2)]: target 3 at position 1, want less than 3"},
		{"mask", ints(tensor.Shape{2}, 0, 4), ints(tensor.Shape{2}, 5, 1),
			func(s *graph.Scope, i *G.Node) *G.Node { return s.Mul(s.Mask(i, 4), s.Param("w", graph.Ones, 1, 1)) },
			"lm/head: mask of 4 timesteps [(2)]: length 5 of row 0, want [0, 4]"},
		{"mask negative", ints(tensor.Shape{2}, 0, 4), ints(tensor.Shape{2}, 0, -1),
			func(s *graph.Scope, i *G.Node) *G.Node { return s.Mul(s.Mask(i, 4), s.Param("w", graph.Ones, 1, 1)) },
			"lm/head: mask of 4 timesteps [(2)]: length -1 of row 1, want [0, 4]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			session := build(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
				return s.Sum(tc.declare(s.In("lm").In("head"), s.Indices("index", 2)))
			})
			run(t, session, graph.Feed{"index": tc.good})
			cost, gradient := session.Cost(), graphtest.Gradients(session)["lm/head/w"]
			for range 2 {
				wantRunError(t, session, graph.Feed{"index": tc.bad}, tc.want)
				session.ZeroGradients()
				run(t, session, graph.Feed{"index": tc.good})
				graphtest.Equal(t, "cost after an error", session.Cost(), cost, 0)
				graphtest.Equal(t, "gradient after an error", graphtest.Gradients(session)["lm/head/w"], gradient, 0)
			}
		})
	}
}
