package graph_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

// A randomStep declares a step of operations drawn from a seed, the same at every call.
type randomStep struct {
	seed   uint64
	B, O   int
	sizes  []int
	params []*G.Node // [n, n], [1, n], [B, n] ... in turns, n up to 4
	wx     *G.Node   // [I, 4]
	said   *[]string // what was declared
}

// step draws operations until some have been made, and hands on what they gave.
func (k randomStep) step(s *graph.Scope) graph.StepFunc {
	return func(x *G.Node, prev graph.State) (*G.Node, graph.State) {
		r := rand.New(rand.NewPCG(k.seed, 2))
		z := s.MatMul(x, k.wx)
		readTwice := s.Add(s.Tanh(s.Add(z, k.rows(s, prev[0], 4))), z)
		pool := append([]*G.Node{readTwice, s.AddBias(s.MatMul(x, k.wx), k.params[1]), s.MatMulT(x, s.Transpose(k.wx))}, prev...)
		if k.seed%3 > 0 {
			pool = append(pool, x)
		}
		pick := func() *G.Node { return pool[r.IntN(len(pool))] }
		capture := func() *G.Node { return k.params[r.IntN(len(k.params))] }
		for made := 0; made < 3+int(k.seed%8); made++ {
			n := k.draw(s, r, pick(), pick(), capture())
			*k.said = append(*k.said, fmt.Sprintf("%v %v", n.Op(), n.Shape()))
			pool = append(pool, n)
		}
		late := func() *G.Node { return pool[len(pool)-1-r.IntN(min(4, len(pool)))] }
		y := k.rows(s, late(), k.O)
		var next graph.State
		for j, size := range k.sizes {
			switch r.IntN(6) {
			case 0:
				next = append(next, prev[j])
			case 1:
				next = append(next, k.rows(s, prev[r.IntN(len(prev))], size))
			default:
				next = append(next, s.Add(s.Scale(prev[j], 0.5), s.Tanh(k.rows(s, late(), size))))
			}
		}
		return y, next
	}
}

// rows makes anything a [B, n].
func (k randomStep) rows(s *graph.Scope, x *G.Node, n int) *G.Node {
	if x.Shape().Dims() != 2 || x.Shape()[0] != k.B {
		x = s.Add(s.Full(0, k.B, 1), s.Reshape(s.Mean(x), 1, 1))
	}
	if x.Shape()[1] == n {
		return x
	}
	return s.Add(s.Full(0, k.B, n), s.ExpandDims(s.Mean(x, 1), 1))
}

// draw declares an operation of one or two nodes, a capture among them at times.
func (k randomStep) draw(s *graph.Scope, r *rand.Rand, a, b, c *G.Node) *G.Node {
	matrix := k.rows(s, a, 1+r.IntN(4))
	n := matrix.Shape()[1]
	other := k.rows(s, b, n)
	wide := c
	if c.Shape().TotalSize() < n {
		wide = k.params[0]
	}
	row := s.Reshape(s.Slice(s.Reshape(wide, wide.Shape().TotalSize()), 0, 0, n), 1, n)
	square := s.Concat(0, repeat(row, n)...)
	unary := []func(*G.Node) *G.Node{s.Neg, s.Tanh, s.Sigmoid, s.Sin, s.Cos, s.Abs, s.ReLU, s.ELU, s.Softplus, s.SiLU, s.GELU, s.OneMinus,
		s.Square, func(x *G.Node) *G.Node { return s.Scale(x, 0.7) }, func(x *G.Node) *G.Node { return s.Exp(s.Scale(x, 0.1)) },
		func(x *G.Node) *G.Node { return s.Reciprocal(s.Shift(s.Square(x), 1)) }, func(x *G.Node) *G.Node { return s.Sqrt(s.Shift(s.Square(x), 1)) },
		func(x *G.Node) *G.Node { return s.Log(s.Shift(s.Square(x), 1)) }, func(x *G.Node) *G.Node { return s.Clamp(x, -0.3, 0.4) },
		func(x *G.Node) *G.Node { return s.LeakyReLU(x, 0.1) }, func(x *G.Node) *G.Node { return s.Pow(s.Shift(s.Square(x), 1), 0.3) },
	}
	binary := []func(a, b *G.Node) *G.Node{s.Add, s.Sub, s.Mul, s.Maximum, s.Minimum, func(a, b *G.Node) *G.Node { return s.Div(a, s.Shift(s.Square(b), 1)) }}
	shape := func(x *G.Node) *G.Node { return s.Tanh(x) }
	all := []func() *G.Node{
		func() *G.Node { return unary[r.IntN(len(unary))](a) },
		func() *G.Node { return unary[r.IntN(len(unary))](matrix) },
		func() *G.Node { return binary[r.IntN(len(binary))](matrix, other) },
		func() *G.Node { return binary[r.IntN(len(binary))](matrix, row) },
		func() *G.Node { return binary[r.IntN(len(binary))](row, matrix) },
		func() *G.Node { return binary[r.IntN(len(binary))](matrix, k.rows(s, b, 1)) },
		func() *G.Node { return binary[r.IntN(len(binary))](matrix, s.Full(0.5)) },
		func() *G.Node { return binary[r.IntN(len(binary))](matrix, s.Sum(c)) },
		func() *G.Node { return s.AddBias(s.Add(s.MatMul(matrix, square), s.MatMul(other, square)), row) },
		func() *G.Node { return s.Affine(matrix, square, row) },
		func() *G.Node { return s.MatMul(matrix, square) },
		func() *G.Node { return s.MatMulT(matrix, square) },
		func() *G.Node { return s.MatMul(s.MatMulT(matrix, other), other) },
		func() *G.Node { return s.BatchMatMul(s.ExpandDims(matrix, 1), s.ExpandDims(other, 2)) },
		func() *G.Node { return s.Transpose(matrix) },
		func() *G.Node { return s.Reshape(a, a.Shape().TotalSize(), 1) },
		func() *G.Node { return shape(s.Concat(1, matrix, other, matrix)) },
		func() *G.Node { return shape(s.Concat(0, matrix, other)) },
		func() *G.Node {
			return s.Add(s.Split(s.Concat(1, matrix, other), 2)[0], s.Split(s.Concat(1, matrix, other), 2)[1])
		},
		func() *G.Node { return s.Slice(matrix, 1, n/2, n) },
		func() *G.Node {
			z := s.Split(s.MatMul(matrix, square), n)
			return s.Mul(s.Sigmoid(z[0]), s.Tanh(z[n-1]))
		},
		func() *G.Node { return s.Add(s.Slice(matrix, 1, 0, 1), s.Slice(matrix, 1, n-1, n)) },
		func() *G.Node { return s.At(matrix, k.B-1) },
		func() *G.Node { return s.Stack(matrix, other) },
		func() *G.Node { return s.Softmax(matrix) },
		func() *G.Node { return s.LogSoftmax(matrix) },
		func() *G.Node { return s.Normalize(matrix, 0.1) },
		func() *G.Node { return s.Sum(matrix, 0) },
		func() *G.Node { return s.Mean(matrix, 1) },
		func() *G.Node { return s.Max(matrix, 1) },
		func() *G.Node { return s.Max(a) },
		func() *G.Node { return s.Select(s.Less(matrix, other), matrix, row) },
		func() *G.Node { return s.Gather(square, s.ArgMax(matrix)) },
		func() *G.Node { return s.CrossEntropy(matrix, s.ArgMax(other), 0.1) },
		func() *G.Node { return s.CumSum(matrix, r.IntN(2)) },
		func() *G.Node { return s.LogSumExp(a) },
		func() *G.Node { return s.LogSumExp(matrix, 1) },
		func() *G.Node { return s.LogSumExp(s.Add(s.ExpandDims(matrix, 1), s.ExpandDims(other, 2)), 1) },
		func() *G.Node { return s.LogSumExp(matrix, 0) },
		func() *G.Node { return s.Mul(s.OneHot(s.ArgMax(matrix), n), other) },
		func() *G.Node {
			values, index := s.MaxWithIndex(matrix)
			return s.Add(values, s.Reshape(s.TakeAlong(other, s.ExpandDims(index, 1), 1), k.B))
		},
		func() *G.Node {
			values, index := s.TopK(matrix, 1+n/2)
			return s.Add(values, s.TakeAlong(other, index, 1))
		},
		func() *G.Node {
			_, index := s.TopK(s.Transpose(matrix), 1)
			return s.TakeAlong(other, s.Transpose(index), 0)
		},
		func() *G.Node { return s.TakeAlong(k.rows(s, c, n), s.ExpandDims(s.ArgMax(matrix), 1), 1) },
		func() *G.Node { // of indices
			values, index := s.TopK(s.Cast(s.Scale(matrix, 3), tensor.Int), n)
			return s.Mul(other, s.Cast(s.TakeAlong(values, index, 1), tensor.Float64))
		},
		func() *G.Node { return s.StopGradient(a) },
		func() *G.Node { return s.Dropout(matrix, 0.3) },
		func() *G.Node { return s.LockedDropout(matrix, 0.3) },
		func() *G.Node { return s.Dropout(square, 0.3) },
		func() *G.Node { return s.MatMul(matrix, s.LockedDropout(square, 0.3)) },
		func() *G.Node { return s.Try(G.Cube(s.Here(s.Tanh(matrix)))) },
		func() *G.Node { return s.Mul(matrix, k.rows(s, c, n)) },
	}
	return all[r.IntN(len(all))]()
}

func repeat(n *G.Node, times int) []*G.Node {
	all := make([]*G.Node, times)
	for i := range all {
		all[i] = n
	}
	return all
}

// Whatever a step is made of, scanning it gives what unrolling it gives.
func TestScanAnyStep(t *testing.T) {
	steps := uint64(600)
	if testing.Short() {
		steps = 150
	}
	for seed := range steps {
		if !compareForms(t, seed) {
			t.Fatalf("seed %d", seed)
		}
	}
}

func compareForms(t *testing.T, seed uint64) bool {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	T, B, I := 1+r.IntN(4), 1+r.IntN(3), 1+r.IntN(3)
	sizes := make([]int, 1+r.IntN(3))
	for j := range sizes {
		sizes[j] = 1 + r.IntN(3)
	}
	lengths, reset := r.IntN(3) == 0, r.IntN(3) == 0
	run := graph.Run{Reverse: r.IntN(2) == 0, Segment: r.IntN(3)}
	lookedUp, V := r.IntN(2) == 0, max(1, T*B/2)
	st := graph.NewStore(int64(seed), tensor.Float64)
	var said []string
	type form func(*graph.Scope, graph.StepFunc, *G.Node, []int, graph.Run) (*G.Node, graph.State)
	session := func(through form) *graph.Session {
		return build(t, st, func(s *graph.Scope) *G.Node {
			said = nil
			k := randomStep{seed: seed, B: B, O: 1 + int(seed%3), sizes: sizes, said: &said}
			for i, shape := range [][]int{{4, 4}, {1, 4}, {4}, {B, 4}, {B, 1}, {2, B, 4}} {
				k.params = append(k.params, s.Param(fmt.Sprint("w", i), graph.Normal(0.5), shape...))
			}
			k.params = append(k.params, s.Tanh(k.params[0]))
			k.wx = s.Param("wx", graph.Normal(0.5), I, 4)
			run := run
			for j, size := range sizes {
				run.Init = append(run.Init, s.Param(fmt.Sprint("init", j), graph.Normal(1), B, size))
			}
			if lengths {
				run.Lengths = s.Indices("lengths", B)
			}
			if reset {
				run.Reset = s.Indices("reset", T, B)
			}
			xs := s.Param("x", graph.Normal(1), T, B, I)
			if lookedUp {
				xs = s.Gather(s.Param("table", graph.Normal(1), V, I), s.Indices("tokens", T, B))
			}
			ys, last := through(s, k.step(s), xs, sizes, run)
			s.Output("ys", ys)
			cost := s.Sum(s.Mul(ys, s.Sin(ys)))
			for j, h := range last {
				s.Output(fmt.Sprint("last", j), h)
				if j%2 == 0 {
					cost = s.Add(cost, s.Sum(s.Sin(h)))
				}
			}
			return cost
		})
	}
	feed := graph.Feed{}
	if lengths {
		feed["lengths"] = tensor.New(tensor.WithShape(B), tensor.WithBacking(draws(r, B, T+1)))
	}
	if reset {
		feed["reset"] = tensor.New(tensor.WithShape(T, B), tensor.WithBacking(draws(r, T*B, 2)))
	}
	if lookedUp {
		feed["tokens"] = tensor.New(tensor.WithShape(T, B), tensor.WithBacking(draws(r, T*B, V)))
	}
	scanned, unrolled := session(graph.Scan), session(graph.Unroll)
	for range 2 { // what the first run leaves must not matter
		run1(t, seed, scanned, feed)
		run1(t, seed, unrolled, feed)
		scanned.ZeroGradients()
		unrolled.ZeroGradients()
	}
	run1(t, seed, scanned, feed)
	run1(t, seed, unrolled, feed)
	what := fmt.Sprintf("seed %d: T=%d B=%d I=%d sizes %v lengths %v reset %v looked up %v %+v:\n  %s\n", seed, T, B, I, sizes, lengths, reset, lookedUp, run, strings.Join(said, "\n  "))
	graphtest.Equal(t, what+"ys", graphtest.Output(t, scanned, "ys"), graphtest.Output(t, unrolled, "ys"), 1e-10)
	for j := range sizes {
		name := fmt.Sprint("last", j)
		graphtest.Equal(t, what+name, graphtest.Output(t, scanned, name), graphtest.Output(t, unrolled, name), 1e-10)
	}
	got := map[string]*tensor.Dense{}
	for _, g := range scanned.Gradients() {
		got[g.Path] = g.Grad
	}
	for _, g := range unrolled.Gradients() {
		have := got[g.Path]
		if have == nil {
			have = f64(g.Value.Shape(), make([]float64, g.Value.Shape().TotalSize())...)
		}
		graphtest.Equal(t, what+"gradient of "+g.Path, have, g.Grad, 1e-9)
	}
	return !t.Failed()
}

func run1(t *testing.T, seed uint64, session *graph.Session, feed graph.Feed) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	}()
	run(t, session, feed)
}

func draws(r *rand.Rand, n, below int) []int {
	values := make([]int, n)
	for i := range values {
		values[i] = r.IntN(below)
	}
	return values
}
