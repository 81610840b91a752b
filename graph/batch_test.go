package graph_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

// A streamCase is a graph with the carry h [rows, 4] and the input x [T, rows, 3], and how many timesteps.
type streamCase struct {
	name    string
	T       int
	declare func(s *graph.Scope, rows int, x, h *G.Node) (y, next *G.Node)
}

func recurrentStep(s *graph.Scope) (graph.StepFunc, []int) {
	w, u := s.Param("w", graph.Normal(1), 3, 4), s.Param("u", graph.Normal(1), 4, 4)
	return func(x *G.Node, prev graph.State) (*G.Node, graph.State) {
		h := s.Tanh(s.Add(s.MatMul(x, w), s.MatMul(prev[0], u)))
		return h, graph.State{h}
	}, []int{4}
}

var streamCases = []streamCase{
	{"scan", 1, func(s *graph.Scope, rows int, x, h *G.Node) (*G.Node, *G.Node) {
		step, sizes := recurrentStep(s)
		ys, last := graph.Scan(s, step, x, sizes, graph.Run{Init: graph.State{h}})
		return ys, last[0]
	}},
	{"scan of several timesteps", 3, func(s *graph.Scope, rows int, x, h *G.Node) (*G.Node, *G.Node) {
		step, sizes := recurrentStep(s)
		ys, last := graph.Scan(s, step, x, sizes, graph.Run{Init: graph.State{h}, Reverse: true, Lengths: s.Indices("lengths", rows)})
		up := graph.Run{Reset: s.Equal(s.Const(ramp(3), 3, 1), s.Full(1, 3, rows))}
		again, _ := graph.Scan(s.In("up"), func(x *G.Node, prev graph.State) (*G.Node, graph.State) {
			h := s.Sigmoid(s.Add(x, s.Softmax(s.Mul(prev[0], s.Full(0.5, rows, 4)))))
			return h, graph.State{h}
		}, ys, sizes, up)
		return s.Normalize(again, 1e-5), last[0]
	}},
	{"unrolled", 2, func(s *graph.Scope, rows int, x, h *G.Node) (*G.Node, *G.Node) {
		step, sizes := recurrentStep(s)
		ys, last := graph.Unroll(s, step, x, sizes, graph.Run{Init: graph.State{h}})
		return ys, last[0]
	}},
	{"rows of all timesteps", 2, func(s *graph.Scope, rows int, x, h *G.Node) (*G.Node, *G.Node) {
		w := s.Param("w", graph.Normal(1), 3, 4)
		flat := s.Tanh(s.MatMul(s.Reshape(x, 2*rows, 3), w)) // [T·B, 4]
		s.Output("flat", flat)
		ys := s.Reshape(flat, 2, rows, 4)
		return ys, s.Add(s.Scale(h, 0.5), s.Mean(ys, 0))
	}},
	{"attention to memory", 2, func(s *graph.Scope, rows int, x, h *G.Node) (*G.Node, *G.Node) {
		w := s.Param("w", graph.Normal(1), 3, 4)
		memory := s.Transpose(s.MatMul(x, w), 1, 0, 2) // [B, T, 4]
		scores := s.Softmax(s.BatchMatMulT(s.Reshape(h, rows, 1, 4), memory))
		next := s.Reshape(s.BatchMatMul(scores, memory), rows, 4)
		return s.Transpose(memory, 1, 0, 2), s.Tanh(s.Add(next, h))
	}},
	{"step that reads memory", 2, func(s *graph.Scope, rows int, x, h *G.Node) (*G.Node, *G.Node) {
		w := s.Param("w", graph.Normal(1), 3, 4)
		memory := s.Transpose(s.MatMul(x, w), 1, 0, 2) // [B, T, 4]
		ys, last := graph.Scan(s, func(x *G.Node, prev graph.State) (*G.Node, graph.State) {
			scores := s.Softmax(s.BatchMatMulT(s.Reshape(prev[0], rows, 1, 4), memory))
			read := s.Reshape(s.BatchMatMul(scores, memory), rows, 4)
			n := s.Add(s.MatMul(x, w), read)
			return n, graph.State{s.Tanh(n)}
		}, x, []int{4}, graph.Run{Init: graph.State{h}})
		return ys, last[0]
	}},
	{"sorted within a row", 1, func(s *graph.Scope, rows int, x, h *G.Node) (*G.Node, *G.Node) {
		step, sizes := recurrentStep(s)
		ys, last := graph.Scan(s, step, s.Sort(s.Concat(2, s.Slice(x, 2, 1, 3), s.Slice(x, 2, 0, 1))), sizes, graph.Run{Init: graph.State{h}})
		return s.Mul(ys, s.ExpandDims(s.Cast(s.ArgMax(ys), s.Dtype()), 2)), last[0]
	}},
	{"picked and added up within a row", 3, func(s *graph.Scope, rows int, x, h *G.Node) (*G.Node, *G.Node) {
		y := s.MatMul(s.CumSum(x, 0), s.Param("w", graph.Normal(1), 3, 4)) // [T, B, 4]
		top, index := s.TopK(y, 2)
		first := s.Reshape(s.TakeAlong(s.CumSum(y, 2), s.Slice(index, 2, 0, 1), 2), 3, rows, 1)
		marked := s.OneHot(s.ArgMax(y), 4)
		s.Output("top", top)
		over := s.Add(s.LogSumExp(y, 0), s.Reshape(s.LogSumExp(y, 0, 2), rows, 1)) // [B, 4]
		greatest, _ := s.MaxWithIndex(s.Transpose(y, 1, 2, 0))                     // over time
		return s.Add(s.Mul(y, marked), first), s.Tanh(s.Add(s.Add(h, over), greatest))
	}},
}

func (c streamCase) stream(t testing.TB, dt tensor.Dtype, rows int) *graph.Stream {
	t.Helper()
	stream, err := graph.NewStream(build(t, graph.NewStore(1, dt), func(s *graph.Scope) *G.Node {
		h := s.Carry("h", rows, 4)
		y, next := c.declare(s, rows, s.Input("x", c.T, rows, 3), h.Node())
		h.Set(next)
		s.Output("y", y)
		s.Output("h", next)
		return nil
	}, graph.Eval()))
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

// company is what a step is fed: sequence moved[i] in row i.
func (c streamCase) feed(stream *graph.Stream, rows int, moved []int, steps []int) graph.Feed {
	x := make([]float64, c.T*rows*3)
	for i := range x {
		x[i] = 99 // of rows without a sequence
	}
	lengths := make([]int, rows)
	for row, n := range moved {
		own := operand(uint64(100*n+steps[n]), c.T, 3).Float64s()
		for t := range c.T {
			copy(x[(t*rows+row)*3:], own[t*3:(t+1)*3])
		}
		lengths[row] = 1 + (n+steps[n])%c.T
	}
	feed := graph.Feed{"x": f64(tensor.Shape{c.T, rows, 3}, x...)}
	for _, name := range stream.Inputs() {
		if name == "lengths" {
			feed["lengths"] = ints(tensor.Shape{rows}, lengths...)
		}
	}
	return feed
}

// rowOf takes a row out of an output of some rows: those of [B, ...], [T, B, ...] or [T·B, ...].
func rowOf(out tensor.Tensor, T, rows, row int) (got []float64) {
	var all []float64
	switch d := out.Data().(type) {
	case []float64:
		all = d
	case []float32:
		for _, v := range d {
			all = append(all, float64(v))
		}
	}
	times := T
	if out.Shape()[0] == rows && (T != rows || out.Dims() < 3) {
		times = 1
	}
	n := len(all) / times / rows
	for t := range times {
		got = append(got, all[(t*rows+row)*n:][:n]...)
	}
	return got
}

// A sequence gets the same bits in a Stream of any number of rows, whoever else is there, and in whichever
// row.
func TestStreamRowsAlone(t *testing.T) {
	const sequences, turns = 7, 12
	for _, dt := range []tensor.Dtype{tensor.Float64, tensor.Float32} {
		for _, c := range streamCases {
			want := map[string][]float64{} // by sequence, step and output
			for _, rows := range []int{1, 2, 7, 32} {
				stream := c.stream(t, dt, rows)
				if rows > 1 && !stream.RunsRows() {
					t.Errorf("%s of %d rows computes all", c.name, rows)
				}
				r := rand.New(rand.NewPCG(1, uint64(rows)))
				seqs, steps := make([]graph.Sequence, sequences), make([]int, sequences)
				for turn := range turns * sequences {
					moved := r.Perm(sequences)[:1+r.IntN(min(sequences, rows))]
					if rows == 1 {
						moved = []int{turn % sequences} // so that all are there to compare with
					}
					var with []*graph.Sequence
					for _, n := range moved {
						with = append(with, &seqs[n])
					}
					out, err := stream.Step(context.Background(), c.feed(stream, rows, moved, steps), with...)
					if err != nil {
						t.Fatalf("%s of %d rows, %d moved: %v", c.name, rows, len(moved), err)
					}
					for row, n := range moved {
						for name, v := range out {
							key := fmt.Sprint(c.name, " ", dt, ": ", name, " of sequence ", n, " at step ", steps[n])
							got := rowOf(v, c.T, rows, row)
							if rows == 1 {
								want[key] = got
							} else if w, ok := want[key]; ok {
								graphtest.Equal(t, fmt.Sprint(key, " in a stream of ", rows), got, w, 0)
							}
						}
						steps[n]++
					}
				}
				if rows > 1 && !stream.RunsRows() {
					t.Errorf("%s of %d rows has come to compute all", c.name, rows)
				}
			}
		}
	}
}

// Rows without a sequence are not computed: what they hold may be anything, also what no run accepts.
func TestStreamLeavesRowsOut(t *testing.T) {
	const rows = 3
	session := build(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		h := s.Carry("h", rows, 2)
		next := s.Add(h.Node(), s.Gather(s.Param("table", graph.Normal(1), 5, 2), s.Indices("tokens", rows)))
		h.Set(next)
		s.Output("y", s.Mul(next, next))
		return nil
	}, graph.Eval())
	stream, err := graph.NewStream(session)
	if err != nil {
		t.Fatal(err)
	}
	var a, b graph.Sequence
	step := func(tokens []int, seqs ...*graph.Sequence) (map[string]tensor.Tensor, error) {
		return stream.Step(context.Background(), graph.Feed{"tokens": ints(tensor.Shape{rows}, tokens...)}, seqs...)
	}
	out, err := step([]int{1, 99, -1}, &a)
	if err != nil {
		t.Fatal(err)
	}
	if y := out["y"].Data().([]float64); len(y) != 2*rows || y[0] == 0 || y[2] != 0 || y[5] != 0 {
		t.Errorf("y is %v, want zeros in rows without a sequence", y)
	}
	if _, err := step([]int{1, 99, -1}, &a, &b); err == nil {
		t.Error("a token that is in no table is accepted")
	}
	if _, err := step([]int{1, 2, -1}, &a, &b); err != nil || !stream.RunsRows() {
		t.Errorf("after an error: %v, runs on some rows: %v", err, stream.RunsRows())
	}
}

// A graph that lets rows see one another computes all of them.
func TestStreamOfRowsThatSeeOneAnother(t *testing.T) {
	const rows = 2
	for name, mixed := range map[string]func(s *graph.Scope, x *G.Node) *G.Node{
		"mean over the batch":    func(s *graph.Scope, x *G.Node) *G.Node { return s.Sub(x, s.Reshape(s.Mean(x, 0), 1, 2)) },
		"mean of all":            func(s *graph.Scope, x *G.Node) *G.Node { return s.Add(x, s.Mean(x)) },
		"greatest of the batch":  func(s *graph.Scope, x *G.Node) *G.Node { return s.Sub(x, s.Reshape(s.Max(x, 0), 1, 2)) },
		"softmax over the batch": func(s *graph.Scope, x *G.Node) *G.Node { return s.Transpose(s.Softmax(s.Transpose(x))) },
		"product of rows":        func(s *graph.Scope, x *G.Node) *G.Node { return s.MatMul(s.MatMulT(x, x), x) },
		"each with each":         func(s *graph.Scope, x *G.Node) *G.Node { return s.Add(x, s.Reshape(s.Sum(s.MatMulT(x, x)), 1, 1)) },
		"sums over the batch":    func(s *graph.Scope, x *G.Node) *G.Node { return s.CumSum(x, 0) },
		"logsumexp of the batch": func(s *graph.Scope, x *G.Node) *G.Node { return s.Add(x, s.Reshape(s.LogSumExp(x, 0), 1, 2)) },
		"picked from the batch":  func(s *graph.Scope, x *G.Node) *G.Node { return s.TakeAlong(x, s.Cast(s.Like(x, 0), tensor.Int), 0) },
		"greatest rows": func(s *graph.Scope, x *G.Node) *G.Node {
			top, _ := s.TopK(s.Transpose(x), rows)
			return s.Transpose(top)
		},
		"first row":             func(s *graph.Scope, x *G.Node) *G.Node { return s.Add(x, s.Slice(x, 0, 1, 2)) },
		"joined rows":           func(s *graph.Scope, x *G.Node) *G.Node { return s.Slice(s.Concat(0, x, x), 0, 1, 3) },
		"parameter of each row": func(s *graph.Scope, x *G.Node) *G.Node { return s.Add(x, s.Param("p", graph.Ones, rows, 2)) },
		"regrouped":             func(s *graph.Scope, x *G.Node) *G.Node { return s.Reshape(s.Softmax(s.Reshape(x, 1, rows*2)), rows, 2) },
		"in a step": func(s *graph.Scope, x *G.Node) *G.Node {
			ys, _ := graph.Scan(s, func(x *G.Node, prev graph.State) (*G.Node, graph.State) {
				h := s.Add(s.Sub(x, s.Reshape(s.Mean(x, 0), 1, 2)), prev[0])
				return h, graph.State{h}
			}, s.Reshape(x, 1, rows, 2), []int{2}, graph.Run{})
			return s.Reshape(ys, rows, 2)
		},
		"Gorgonia's own": func(s *graph.Scope, x *G.Node) *G.Node { return s.Try(G.Cube(x)) },
	} {
		declare := func(s *graph.Scope) *G.Node {
			h := s.Carry("h", rows, 2)
			next := mixed(s, s.Add(h.Node(), s.Input("x", rows, 2)))
			h.Set(next)
			s.Output("y", next)
			return nil
		}
		stream, err := graph.NewStream(build(t, graph.NewStore(1, tensor.Float64), declare, graph.Eval()))
		if err != nil {
			t.Fatal(err)
		}
		session := build(t, graph.NewStore(1, tensor.Float64), declare, graph.Eval())
		feed := graph.Feed{"x": operand(3, rows, 2)}
		run(t, session, feed)
		var q graph.Sequence
		out, err := stream.Step(context.Background(), feed, &q)
		if err != nil {
			t.Fatal(err)
		}
		graphtest.Equal(t, name, out["y"], graphtest.Output(t, session, "y"), 0)
		if stream.RunsRows() {
			t.Errorf("%s: runs on some rows", name)
		}
	}
}

// A sum over time of one number a row is added up in another way for one row than for several: whoever else
// is there, it is that of all rows.
func TestStreamOfSums(t *testing.T) {
	const T, rows = 7, 3
	mean := streamCase{"mean of one number over time", T, func(s *graph.Scope, rows int, x, h *G.Node) (*G.Node, *G.Node) {
		ys := s.MatMul(x, s.Param("w", graph.Normal(1), 3, 1)) // [T, B, 1]
		return ys, s.Tanh(s.Add(h, s.Mean(ys, 0)))
	}}
	for seed := range 20 {
		var last []float64
		for _, company := range [][]int{{0}, {0, 1}, {0, 1, 2}} {
			stream := mean.stream(t, tensor.Float32, rows)
			seqs, steps := make([]graph.Sequence, rows), []int{seed, seed, seed}
			var moved []*graph.Sequence
			for _, n := range company {
				moved = append(moved, &seqs[n])
			}
			out, err := stream.Step(context.Background(), mean.feed(stream, rows, company, steps), moved...)
			if err != nil {
				t.Fatal(err)
			}
			got := rowOf(out["h"], T, rows, 0)
			if last != nil {
				graphtest.Equal(t, fmt.Sprint("the first of ", len(company)), got, last, 0)
			}
			last = got
		}
	}
}
