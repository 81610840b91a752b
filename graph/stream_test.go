package graph_test

import (
	"context"
	"fmt"
	"log"
	"strings"
	"sync"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

// Running sums of two sequences, whose steps come as they come.
func ExampleStream() {
	session, err := graph.Build(graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		sum := s.Carry("sum", 2, 1) // two rows
		next := s.Add(sum.Node(), s.Input("x", 2, 1))
		sum.Set(next)
		s.Output("sum", next)
		return nil
	}, graph.Eval())
	if err != nil {
		log.Fatal(err)
	}
	stream, err := graph.NewStream(session)
	if err != nil {
		log.Fatal(err)
	}
	defer stream.Close()
	step := func(x, y float64, seqs ...*graph.Sequence) {
		feed := graph.Feed{"x": tensor.New(tensor.WithShape(2, 1), tensor.WithBacking([]float64{x, y}))}
		out, err := stream.Step(context.Background(), feed, seqs...)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(out["sum"].Data().([]float64)[:len(seqs)])
	}
	var a, b graph.Sequence
	step(1, 10, &a, &b)
	step(2, 0, &a)
	step(20, 3, &b, &a)
	// Output:
	// [1 10]
	// [3]
	// [30 6]
}

// rnn is one step of a small recurrent network with two carries.
func rnn(rows int) func(s *graph.Scope) *G.Node {
	return func(s *graph.Scope) *G.Node {
		h, c := s.Carry("h", rows, 3), s.Carry("c", rows, 2, 2)
		x := s.Input("x", rows, 2)
		next := s.Tanh(s.Add(s.MatMul(x, s.Param("wx", graph.Normal(1), 2, 3)), s.MatMul(h.Node(), s.Param("wh", graph.Normal(1), 3, 3))))
		h.Set(next)
		memory := s.Add(s.Scale(c.Node(), 0.5), s.Reshape(s.Concat(1, x, x), rows, 2, 2))
		c.Set(memory)
		s.Output("y", s.Concat(1, next, s.Reshape(memory, rows, 4)))
		return nil
	}
}

// alone runs sequence n for some steps on a Session of its own, and returns the last output.
func alone(t testing.TB, n, steps int) []float64 {
	session := build(t, graph.NewStore(1, tensor.Float64), rnn(1))
	for k := range steps {
		run(t, session, graph.Feed{"x": operand(uint64(100*n+k), 1, 2)})
	}
	out, err := session.Output("y")
	if err != nil {
		t.Fatal(err)
	}
	return out.Data().([]float64)
}

func newStream(t testing.TB, rows int) *graph.Stream {
	t.Helper()
	stream, err := graph.NewStream(build(t, graph.NewStore(1, tensor.Float64), rnn(rows), graph.Eval()))
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

// Sequences that come together in changing company go on as each would alone.
func TestStreamInterleaved(t *testing.T) {
	const rows = 3
	stream := newStream(t, rows)
	if stream.Rows() != rows {
		t.Errorf("%d rows", stream.Rows())
	}
	var seqs [5]graph.Sequence
	var steps [5]int
	for _, company := range [][]int{{0, 1, 2}, {3}, {4, 0}, {2, 3, 4}, {1, 0}, {}, {4, 3, 0}, {2}} {
		x := tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(rows, 2))
		var moved []*graph.Sequence
		for row, n := range company {
			copy(x.Float64s()[2*row:], operand(uint64(100*n+steps[n]), 1, 2).Float64s())
			moved = append(moved, &seqs[n])
			steps[n]++
		}
		out, err := stream.Step(context.Background(), graph.Feed{"x": x}, moved...)
		if err != nil {
			t.Fatal(err)
		}
		for row, n := range company {
			y := out["y"].Data().([]float64)[7*row : 7*row+7]
			graphtest.Equal(t, fmt.Sprintf("sequence %d after %d steps", n, steps[n]), y, alone(t, n, steps[n]), 1e-15)
		}
	}
}

// A copy of a Sequence goes its own way.
func TestSequenceCopies(t *testing.T) {
	stream := newStream(t, 1)
	step := func(seq *graph.Sequence, k int) []float64 {
		out, err := stream.Step(context.Background(), graph.Feed{"x": operand(uint64(k), 1, 2)}, seq)
		if err != nil {
			t.Fatal(err)
		}
		return out["y"].Data().([]float64)
	}
	var first graph.Sequence
	step(&first, 0)
	second := first
	step(&first, 7)
	step(&first, 8)
	graphtest.Equal(t, "copy", step(&second, 1), alone(t, 0, 2), 1e-15)
}

func TestStreamConcurrently(t *testing.T) {
	stream := newStream(t, 2)
	var wait sync.WaitGroup
	for n := range 4 {
		want := alone(t, n, 20)
		wait.Add(1)
		go func() {
			defer wait.Done()
			var seq graph.Sequence
			var last []float64
			for k := range 20 {
				x := tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(2, 2))
				copy(x.Float64s(), operand(uint64(100*n+k), 1, 2).Float64s())
				out, err := stream.Step(context.Background(), graph.Feed{"x": x}, &seq)
				if err != nil {
					t.Error(err)
					return
				}
				last = out["y"].Data().([]float64)[:7]
			}
			graphtest.Equal(t, fmt.Sprint("sequence ", n), last, want, 1e-15)
		}()
	}
	wait.Wait()
}

func TestStreamRefuses(t *testing.T) {
	for want, declare := range map[string]func(s *graph.Scope) *G.Node{
		"stream: the graph carries nothing from run to run": func(s *graph.Scope) *G.Node { return s.Full(1) },
		"stream: carry c has 3 rows, h has 2": func(s *graph.Scope) *G.Node {
			h, c := s.Carry("h", 2, 1), s.Carry("c", 3, 1)
			h.Set(h.Node())
			c.Set(c.Node())
			return nil
		},
	} {
		if _, err := graph.NewStream(build(t, graph.NewStore(1, tensor.Float64), declare)); err == nil || err.Error() != want {
			t.Errorf("got error %v, want %q", err, want)
		}
	}

	stream := newStream(t, 2)
	x := graph.Feed{"x": operand(1, 2, 2)}
	var a, b, c, other graph.Sequence
	otherSession := build(t, graph.NewStore(1, tensor.Float64), running)
	if _, err := graph.NewStream(otherSession); err == nil {
		t.Error("carries of 2 and 1 rows make a stream")
	}
	single, err := graph.NewStream(build(t, graph.NewStore(1, tensor.Float32), rnn(1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := single.Step(context.Background(), graph.Feed{"x": operand(1, 1, 2)}, &other); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Step(context.Background(), x, &a, &b); err != nil {
		t.Fatal(err)
	}
	aBefore, bBefore := a, b
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, tc := range []struct {
		want string
		ctx  context.Context
		feed graph.Feed
		seqs []*graph.Sequence
	}{
		{"stream: 3 sequences, the graph has 2 rows", context.Background(), x, []*graph.Sequence{&a, &b, &c}},
		{"stream: sequence 1 is nil", context.Background(), x, []*graph.Sequence{&a, nil}},
		{"stream: rows 0 and 1 are the same sequence", context.Background(), x, []*graph.Sequence{&a, &a}},
		{"stream: sequence 1 is of another graph", context.Background(), x, []*graph.Sequence{&a, &other}},
		{"feed: input \"x\" (2, 2) is missing", context.Background(), nil, []*graph.Sequence{&a, &b}},
		{"context canceled", canceled, x, []*graph.Sequence{&a, &b}},
	} {
		if _, err := stream.Step(tc.ctx, tc.feed, tc.seqs...); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("got error %v, want %q in it", err, tc.want)
		}
		if fmt.Sprint(a, b) != fmt.Sprint(aBefore, bBefore) {
			t.Errorf("%s: a sequence has moved", tc.want)
		}
	}
	if err := stream.Close(); err != nil {
		t.Error(err)
	}
	if _, err := stream.Step(context.Background(), x, &a); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("a step after Close: %v", err)
	}
}
