package graph_test

import (
	"fmt"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

// A shortCase is a graph over a sequence x [T, 2, 3] that runs at any length. w is a parameter [3, 4].
type shortCase struct {
	name    string
	declare func(s *graph.Scope, T int, x, w *G.Node) *G.Node
}

var shortCases = []shortCase{
	{"product", func(s *graph.Scope, T int, x, w *G.Node) *G.Node { return s.MatMul(x, w) }},
	{"mean", func(s *graph.Scope, T int, x, w *G.Node) *G.Node { return s.Mean(s.MatMul(x, w)) }},
	{"mean over time", func(s *graph.Scope, T int, x, w *G.Node) *G.Node { return s.Mean(s.MatMul(x, w), 0) }},
	{"sums", func(s *graph.Scope, T int, x, w *G.Node) *G.Node { return s.Mul(s.Sum(x, 1), s.Sum(x, 1)) }},
	{"bias", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		return s.AddBias(s.MatMul(x, w), s.Param("b", graph.Normal(1), 1, 4))
	}},
	{"flat and back", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		flat := s.Tanh(s.MatMul(s.Reshape(x, T*2, 3), w))
		return s.Reshape(s.ExpandDims(s.Reshape(flat, T, 2, 4), 1), T, 1, 2, 4)
	}},
	{"normalised", func(s *graph.Scope, T int, x, w *G.Node) *G.Node { return s.Normalize(s.MatMul(x, w), 1e-5) }},
	{"softmax", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		return s.Add(s.Softmax(s.MatMul(x, w)), s.LogSoftmax(s.MatMul(x, w)))
	}},
	{"dropout", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		return s.Add(s.Dropout(s.MatMul(x, w), 0.4), s.LockedDropout(s.MatMul(x, w), 0.4))
	}},
	{"attention", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		q := s.Transpose(s.MatMul(x, w), 1, 0, 2) // [2, T, 4]
		scores := s.Softmax(s.BatchMatMulT(q, q)) // [2, T, T]
		return s.Transpose(s.BatchMatMul(scores, q), 1, 0, 2)
	}},
	{"cut and joined", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		parts := s.Split(s.MatMul(x, w), 2)
		return s.Concat(2, parts[1], parts[0], s.Full(0.5, T, 2, 1))
	}},
	{"stacked", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		y := s.MatMul(x, w)
		return s.Stack(y, s.Square(y))
	}},
	{"constants", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		ramp := make([]float64, T)
		for i := range ramp {
			ramp[i] = float64(i)
		}
		c := s.Sqrt(s.Const(ramp, T, 1, 1))
		return s.Select(s.Less(c, s.Full(1, T, 1, 1)), s.Mul(s.MatMul(x, w), s.Full(2, T, 2, 4)), s.Mul(s.MatMul(x, w), c))
	}},
	{"mask", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		mask := s.Reshape(s.Mask(s.Indices("lengths", 2), T), T, 2, 1)
		return s.Select(mask, s.MatMul(x, w), s.Full(0, 1, 1, 1))
	}},
	{"windows", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		return s.Windows(s.MatMul(x, w), graph.Window{Size: 3, Before: 2, Stride: 2})
	}},
	{"greatest", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		y := s.MatMul(x, w)
		return s.Mul(s.Max(y, 0), s.Max(y))
	}},
	{"embedded", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		return s.Mul(s.Gather(s.Param("table", graph.Normal(1), 5, 4), s.Indices("tokens", T, 2)), s.MatMul(x, w))
	}},
	{"cross-entropy", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		return s.CrossEntropy(s.MatMul(x, w), s.Indices("targets", T, 2), 0.1)
	}},
	{"like", func(s *graph.Scope, T int, x, w *G.Node) *G.Node { return s.Sum(s.Mul(s.Like(x, 2), x)) }},
	{"cumulative", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		y := s.MatMul(x, w)
		return s.Mul(s.CumSum(y, 0), s.CumSum(y, 2))
	}},
	{"logsumexp", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		y := s.MatMul(x, w)
		over := s.Add(s.LogSumExp(y, 0, 2), s.LogSumExp(s.LogSumExp(y, 0), 1)) // [2]
		return s.Mul(s.LogSumExp(y, 2), s.Mul(s.Reshape(over, 1, 2), s.Reshape(s.LogSumExp(y), 1, 1)))
	}},
	{"one-hot", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		return s.Mul(s.OneHot(s.Indices("targets", T, 2), 4), s.MatMul(x, w))
	}},
	{"greatest with index", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		y := s.MatMul(x, w)
		value, index := s.MaxWithIndex(y)
		at, last := s.MaxWithIndex(s.Transpose(y, 1, 2, 0)) // over time
		return s.Mul(s.Add(value, s.Cast(index, s.Dtype())), s.Mean(s.Add(at, s.Cast(last, s.Dtype()))))
	}},
	{"top", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		values, index := s.TopK(s.MatMul(x, w), 2)
		first, _ := s.TopK(s.Transpose(s.MatMul(x, w), 1, 2, 0), 1) // over time
		return s.Mul(s.Mul(values, s.Cast(index, s.Dtype())), s.Mean(first))
	}},
	{"taken along", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		y := s.MatMul(x, w)
		targets := s.Reshape(s.Indices("targets", T, 2), T, 2, 1)
		return s.TakeAlong(y, s.Concat(2, targets, targets), 2)
	}},
	{"taken along time", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		y := s.Transpose(s.MatMul(x, w), 1, 0, 2) // [2, T, 4]
		first := s.Reshape(s.ArgMax(s.Transpose(y, 0, 2, 1)), 2, 1, 4)
		back := s.Cast(s.Sub(s.Max(s.CumSum(s.Like(y, 1), 1)), s.CumSum(s.Like(y, 1), 1)), tensor.Int)
		return s.Transpose(s.Mul(s.TakeAlong(y, back, 1), s.TakeAlong(y, first, 1)), 1, 0, 2) // from the end
	}},
	{"scanned", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		u := s.Param("u", graph.Normal(1), 4, 4)
		ys, last := graph.Scan(s, func(x *G.Node, prev graph.State) (*G.Node, graph.State) {
			h := s.Tanh(s.Add(s.MatMul(x, w), s.MatMul(prev[0], u)))
			return s.Dropout(h, 0.2), graph.State{h}
		}, x, []int{4}, graph.Run{Lengths: s.Indices("lengths", 2), Reset: s.Const(make([]float64, T*2), T, 2)})
		return s.Mul(ys, s.Reshape(last[0], 1, 2, 4))
	}},
}

// sequenceAttention is attention of each timestep to all, with what is added to the scores [2, T, T].
func sequenceAttention(s *graph.Scope, y *G.Node, add func(scores *G.Node) *G.Node) *G.Node {
	q := s.Transpose(y, 1, 0, 2) // [2, T, 4]
	scores := add(s.Scale(s.BatchMatMulT(q, q), 0.5))
	return s.Transpose(s.BatchMatMul(s.Softmax(scores), q), 1, 0, 2)
}

// ramp counts from 0 to n-1.
func ramp(n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = float64(i)
	}
	return values
}

// causal is 0 where timestep j of row i of a matrix [T, T] is not later than i, and a great loss elsewhere.
func causal(T int) []float64 {
	values := make([]float64, T*T)
	for i := range T {
		for j := i + 1; j < T; j++ {
			values[i*T+j] = -1e3
		}
	}
	return values
}

// heads is attention with 2 heads of 2, scores [2, 2, T, T].
func heads(s *graph.Scope, T int, y *G.Node, add func(scores *G.Node) *G.Node) *G.Node {
	q := s.Transpose(s.Reshape(s.Transpose(y, 1, 0, 2), 2, T, 2, 2), 0, 2, 1, 3) // [B, heads, T, 2]
	out := s.BatchMatMul(s.Softmax(add(s.BatchMatMulT(q, q))), q)
	return s.Transpose(s.Reshape(s.Transpose(out, 0, 2, 1, 3), 2, T, 4), 1, 0, 2)
}

// timeElsewhere are graphs in which time is not the first axis only.
var timeElsewhere = []shortCase{
	{"causal mask", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		return sequenceAttention(s, s.MatMul(x, w), func(scores *G.Node) *G.Node { return s.Add(scores, s.Const(causal(T), 1, T, T)) })
	}},
	{"causal mask of flags", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		mask := s.Reshape(s.CausalMask(T), 1, T, T)
		return sequenceAttention(s, s.MatMul(x, w), func(scores *G.Node) *G.Node { return s.Select(mask, scores, s.Full(-1e3)) })
	}},
	{"causal mask of positions", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		at := s.Const(ramp(T), T)
		future := s.Less(s.Reshape(at, 1, T, 1), s.Reshape(at, 1, 1, T))
		return sequenceAttention(s, s.MatMul(x, w), func(scores *G.Node) *G.Node { return s.Select(future, s.Full(-1e3), scores) })
	}},
	{"mask of every head", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		return heads(s, T, s.MatMul(x, w), func(scores *G.Node) *G.Node {
			return s.Add(scores, s.Reshape(s.Const(causal(T), T, T), 1, 1, T, T))
		})
	}},
	{"bias of each axis", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		return heads(s, T, s.MatMul(x, w), func(scores *G.Node) *G.Node {
			rows, cols := s.Sin(s.Const(ramp(T), 1, 1, T, 1)), s.Cos(s.Const(ramp(T), 1, 1, 1, T))
			return s.Mul(s.Add(scores, s.Add(rows, cols)), s.Full(2, 2, 2, T, T))
		})
	}},
	{"padding mask", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		mask := s.Reshape(s.Transpose(s.Mask(s.Indices("lengths", 2), T)), 2, 1, T)
		bias := s.Scale(s.OneMinus(mask), -1e3)
		return sequenceAttention(s, s.MatMul(x, w), func(scores *G.Node) *G.Node { return s.Add(scores, bias) })
	}},
	{"positions", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		table := s.MatMul(s.Const(ramp(T), T, 1), s.Param("p", graph.Normal(1), 1, 4)) // [T, 4]
		return s.Add(s.MatMul(x, w), s.Reshape(table, T, 1, 4))
	}},
	{"learned positions", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		at := s.Cast(s.Const(ramp(T), T, 1), tensor.Int)
		return s.Add(s.MatMul(x, w), s.Gather(s.Param("p", graph.Normal(1), 8, 4), at)) // [T, 1, 4]
	}},
	{"constants of constants", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		at := s.Const(ramp(T), 1, T)
		weights := s.Softmax(at)                                       // [1, T]
		weights = s.Mul(weights, s.Reshape(s.Sum(s.Square(at)), 1, 1)) // the sum is of T terms
		weights = s.Sub(s.Reshape(weights, T, 1, 1), s.Reshape(s.Max(at), 1, 1, 1))
		return s.Mul(s.Add(s.MatMul(x, w), s.Reshape(s.Normalize(at, 0.1), T, 1, 1)), weights)
	}},
	{"constant matrix", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		y := s.Transpose(s.MatMul(x, w), 1, 2, 0) // [2, 4, T]
		sums := s.MatMul(y, s.Const(ramp(3*T), T, 3))
		back := s.MatMulT(sums, s.Const(ramp(3*T), T, 3)) // [2, 4, T]
		both := s.Add(back, s.BatchMatMul(y, s.Const(append(causal(T), causal(T)...), 2, T, T)))
		return s.Transpose(s.Add(both, y), 2, 0, 1)
	}},
	{"sums over time within", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		y := s.Transpose(s.MatMul(x, w), 1, 0, 2) // [2, T, 4]
		sums := s.Add(s.Sum(y, 1), s.Add(s.Mean(y, 1), s.Max(y, 1)))
		return s.Mul(s.MatMul(x, w), s.Reshape(s.Mul(sums, s.Reshape(s.Mean(s.Transpose(y, 2, 0, 1), 0, 2), 2, 1)), 1, 2, 4))
	}},
	{"batch first", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		rows := s.Reshape(s.Transpose(x, 1, 0, 2), 2*T, 3) // rows of all timesteps of one sequence, then of the other
		y := s.Reshape(s.Tanh(s.MatMul(rows, w)), 2, T, 4)
		y = s.Add(y, s.Const(ramp(T), 1, T, 1))
		return s.Transpose(s.Concat(2, s.Slice(y, 2, 1, 4), s.Slice(y, 2, 0, 1), s.Full(1, 2, T, 2)), 1, 0, 2)
	}},
	{"stacked constants", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		y := s.MatMul(x, w)
		return s.Stack(y, s.Full(0.5, T, 2, 4), s.Square(y))
	}},
	{"windows and constants", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		y := s.Windows(s.MatMul(x, w), graph.Window{Size: 2, Before: 1, Stride: 2})
		n := y.Shape()[0]
		return s.Mul(y, s.Const(ramp(n), n, 1, 1))
	}},
	{"like within", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		y := s.Transpose(s.MatMul(x, w), 1, 2, 0) // [2, 4, T]
		return s.Transpose(s.Add(s.Mul(y, s.Like(y, 2)), s.Mul(s.Like(y, 3), s.Const(ramp(T), 1, 1, T))), 2, 0, 1)
	}},
	{"scanned, then attended to", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		u := s.Param("u", graph.Normal(1), 4, 4)
		ys, _ := graph.Scan(s, func(x *G.Node, prev graph.State) (*G.Node, graph.State) {
			h := s.Tanh(s.Add(s.MatMul(x, w), s.MatMul(prev[0], u)))
			return h, graph.State{h}
		}, s.Mul(x, s.Const(ramp(T), T, 1, 1)), []int{4}, graph.Run{Lengths: s.Indices("lengths", 2)})
		return sequenceAttention(s, ys, func(scores *G.Node) *G.Node { return s.Add(scores, s.Const(causal(T), 1, T, T)) })
	}},
	{"flags from the end", func(s *graph.Scope, T int, x, w *G.Node) *G.Node {
		u := s.Param("u", graph.Normal(1), 4, 4)
		flags := s.Equal(s.Const(ramp(T), T, 1), s.Full(1, 1, 1))
		ys, _ := graph.Scan(s, func(x *G.Node, prev graph.State) (*G.Node, graph.State) {
			h := s.Tanh(s.Add(s.MatMul(x, w), s.MatMul(prev[0], u)))
			return h, graph.State{h}
		}, x, []int{4}, graph.Run{Reset: s.Mul(flags, s.Full(1, T, 2)), Reverse: true})
		return ys
	}},
}

// A run on fewer timesteps is, bit for bit, one of a graph that was declared for them, and leaves nothing
// behind for the next.
func TestShorterRuns(t *testing.T) { checkShorter(t, shortCases, 5, []int{5, 2, 3, 3, 1, 5}) }

func TestShorterRunsWithTimeElsewhere(t *testing.T) {
	checkShorter(t, timeElsewhere, 8, []int{8, 1, 2, 3, 4, 5, 6, 7, 8, 4})
}

func checkShorter(t *testing.T, cases []shortCase, T int, lengths []int) {
	for _, dt := range []tensor.Dtype{tensor.Float64, tensor.Float32} {
		for _, c := range cases {
			t.Run(fmt.Sprint(c.name, " ", dt), func(t *testing.T) {
				declare := func(T int) func(s *graph.Scope) *G.Node {
					return func(s *graph.Scope) *G.Node {
						y := c.declare(s, T, s.Input("x", T, 2, 3), s.Param("w", graph.Normal(1), 3, 4))
						s.Output("y", y)
						return s.Mean(s.Mul(y, s.Sin(y)))
					}
				}
				long := build(t, graph.NewStore(1, dt), declare(T))
				for _, n := range lengths {
					feed := graph.Feed{}
					for name, v := range map[string]*tensor.Dense{
						"x": operand(7, n, 2, 3), "tokens": indices(5, n, 2), "targets": indices(4, n, 2), "lengths": ints(tensor.Shape{2}, n, n/2),
					} {
						for _, want := range long.Inputs() {
							if want == name {
								feed[name] = v
							}
						}
					}
					short := build(t, graph.NewStore(1, dt), declare(n))
					short.SetRuns(long.Runs())
					long.ZeroGradients()
					run(t, long, feed)
					run(t, short, feed)
					graphtest.Equal(t, fmt.Sprint("y at ", n), graphtest.Output(t, long, "y"), graphtest.Output(t, short, "y"), 0)
					graphtest.Equal(t, fmt.Sprint("cost at ", n), long.Cost(), short.Cost(), 0)
					got := graphtest.Gradients(long)
					for path, want := range graphtest.Gradients(short) {
						graphtest.Equal(t, fmt.Sprint("gradient of ", path, " at ", n), got[path], want, 0)
					}
				}
			})
		}
	}
}

// indices counts through the numbers below n.
func indices(n int, shape ...int) *tensor.Dense {
	list := make([]int, tensor.Shape(shape).TotalSize())
	for i := range list {
		list[i] = (i*i + 1) % n
	}
	return ints(shape, list...)
}

// What cannot run on fewer timesteps says so, and the Session goes on.
func TestShorterRunsRefused(t *testing.T) {
	const T = 4
	for want, declare := range map[string]func(s *graph.Scope, x *G.Node) *G.Node{
		"slice axis 0 [3:4] [(3, 2, 4)]: axis 0 has size 3 in this run, declared 4: cannot run on fewer": func(s *graph.Scope, x *G.Node) *G.Node { return s.At(x, T-1) },
		"slice axis 0 [0:1] [(3, 2, 4)]: axis 0 has size 3 in this run, declared 4: cannot run on fewer": func(s *graph.Scope, x *G.Node) *G.Node { return s.At(x, 0) },
		"concat axis 0 [(3, 2, 4) (3, 2, 4)]: axis 0 has size 3 in this run, declared 4":                 func(s *graph.Scope, x *G.Node) *G.Node { return s.Concat(0, x, x) },
		"reshape to (2, 4, 4) [(3, 2, 4)]: 6 elements are no whole number of rows of 4":                  func(s *graph.Scope, x *G.Node) *G.Node { return s.Reshape(x, 2, 4, 4) },
		"reshape to (4, 8) [(2, 3, 4)]: axis 1 has size 3 in this run, declared 4: cannot run on fewer":  func(s *graph.Scope, x *G.Node) *G.Node { return s.Reshape(s.Transpose(x, 1, 0, 2), 4, 8) },
		"add [(3, 2, 4) (4, 2, 4)]: sizes 3 and 4 of axis 0 differ, declared 4":                          func(s *graph.Scope, x *G.Node) *G.Node { return s.Add(x, s.Param("p", graph.Ones, T, 2, 4)) },
		"mul [(4, 2, 4) (3, 2, 4)]: sizes 3 and 4 of axis 0 differ, declared 4":                          func(s *graph.Scope, x *G.Node) *G.Node { return s.Mul(s.Input("other", T, 2, 4), x) },
		"select [(3, 2, 4) (4, 2, 4) ()]: sizes 3 and 4 of axis 0 differ, declared 4":                    func(s *graph.Scope, x *G.Node) *G.Node { return s.Select(x, s.Input("other", T, 2, 4), s.Full(0)) },
		"batch matmul abᵀ [(3, 2, 4) (4, 1, 4)]: sizes 3 and 4 of axis 0 differ, declared 4":             func(s *graph.Scope, x *G.Node) *G.Node { return s.BatchMatMulT(x, s.Param("p", graph.Ones, T, 1, 4)) },
		"matmul [(2, 4, 3) (4, 5)]: inner sizes 3 and 4 differ": func(s *graph.Scope, x *G.Node) *G.Node {
			return s.MatMul(s.Transpose(x, 1, 2, 0), s.Param("p", graph.Ones, T, 5))
		},
		"the step reads a tensor of shape (2, 3, 4), declared (2, 4, 4): it cannot be shorter; mask what it holds beyond": func(s *graph.Scope, x *G.Node) *G.Node {
			memory := s.Transpose(x, 1, 0, 2)
			ys, _ := graph.Scan(s, func(x *G.Node, prev graph.State) (*G.Node, graph.State) {
				h := s.Add(prev[0], s.Sum(s.Mul(memory, s.ExpandDims(x, 1)), 1))
				return h, graph.State{h}
			}, x, []int{4}, graph.Run{})
			return ys
		},
		`carry c: (3, 2, 4) in this run, declared (4, 2, 4)`: func(s *graph.Scope, x *G.Node) *G.Node { s.Carry("c", T, 2, 4).Set(x); return x },
		"is Gorgonia's own and takes nothing shorter":        func(s *graph.Scope, x *G.Node) *G.Node { return s.Try(G.Cube(x)) },
		`feed "x": shape (3, 2, 4), declared (4, 2, 4); `:    func(s *graph.Scope, x *G.Node) *G.Node { return s.Try(G.Cube(x)) },
	} {
		session := build(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
			w := s.Param("w", graph.Ones, 4, 4)
			return s.Sum(declare(s, s.MatMul(s.Input("x", T, 2, 4), w)))
		})
		feed := func(n int) graph.Feed {
			f := graph.Feed{"x": operand(1, n, 2, 4)}
			if len(session.Inputs()) > 1 {
				f["other"] = operand(1, T, 2, 4)
			}
			return f
		}
		wantRunError(t, session, feed(T-1), want)
		run(t, session, feed(T))
		cost := session.Cost()
		wantRunError(t, session, feed(T-1), want)
		run(t, session, feed(T))
		graphtest.Equal(t, want, session.Cost(), cost, 0)
	}
}

// A size of 1 is not broadcast where more was declared.
func TestOneTimestepIsNotBroadcast(t *testing.T) {
	session := build(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		return s.Sum(s.Add(s.Input("x", 3, 2), s.Input("y", 3, 2)))
	})
	wantRunError(t, session, graph.Feed{"x": operand(1, 1, 2), "y": operand(1, 3, 2)}, "add [(1, 2) (3, 2)]: sizes 1 and 3 of axis 0 differ, declared 3")
}

func TestFeedOfWrongShape(t *testing.T) {
	session := build(t, graph.NewStore(1, tensor.Float64), product)
	for _, shape := range [][]int{{3, 3}, {2, 2}, {2}, {1, 2, 3}, {2, 3, 1}} {
		wantRunError(t, session, graph.Feed{"x": operand(1, shape...)}, fmt.Sprintf(`feed "x": shape %v, declared (2, 3)`, tensor.Shape(shape)))
	}
}
