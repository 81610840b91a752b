package graph_test

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

// product costs Σ w⊙x and leaves w⊙x to be read.
func product(s *graph.Scope) *G.Node {
	y := s.Mul(s.Param("w", graph.Constant(2), 2, 3), s.Input("x", 2, 3))
	s.Output("y", y)
	return s.Sum(y)
}

func TestGradientsAccumulate(t *testing.T) {
	session := build(t, graph.NewStore(1, tensor.Float64), product)
	x := f64(tensor.Shape{2, 3}, 1, 2, 3, 4, 5, 6)
	gradient := func(what string, want ...float64) {
		t.Helper()
		graphtest.Equal(t, what, graphtest.Gradients(session)["w"], want, 0)
	}
	gradient("before a run", 0, 0, 0, 0, 0, 0)
	run(t, session, graph.Feed{"x": x})
	gradient("one run", 1, 2, 3, 4, 5, 6)
	run(t, session, graph.Feed{"x": x})
	gradient("two runs", 2, 4, 6, 8, 10, 12)
	session.Gradients()[0].Grad.Float64s()[0] = 100 // as clipping does
	run(t, session, graph.Feed{"x": x})
	gradient("written to", 101, 6, 9, 12, 15, 18)
	session.ZeroGradients()
	gradient("zeroed", 0, 0, 0, 0, 0, 0)
	run(t, session, graph.Feed{"x": x})
	gradient("after zeroing", 1, 2, 3, 4, 5, 6)
}

// A gradient weighs as much as was asked for, whatever it is of: all of a parameter, or the rows of a table.
func TestAccumulate(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		session := build(t, graph.NewStore(1, dt), func(s *graph.Scope) *G.Node {
			rows := s.Gather(s.Param("table", graph.Ones, 3, 1), s.Indices("i", 2))
			return s.Add(product(s), s.Sum(rows))
		})
		for _, step := range []struct {
			weight, x float64
			i         []int
		}{{0.5, 2, []int{0, 0}}, {0, math.NaN(), []int{1, 1}}, {1, 3, []int{0, 2}}, {0.25, 4, []int{2, 2}}} {
			x, i := make([]float64, 6), ints(tensor.Shape{2}, step.i...)
			for k := range x {
				x[k] = step.x
			}
			if err := session.Compute(context.Background(), graph.Feed{"x": f64(tensor.Shape{2, 3}, x...), "i": i}); err != nil {
				t.Fatal(err)
			}
			session.Accumulate(step.weight)
		}
		want := 0.5*2 + 3 + 0.25*4
		graphtest.Equal(t, "w", graphtest.Gradients(session)["w"], []float64{want, want, want, want, want, want}, 0)
		graphtest.Equal(t, "table", graphtest.Gradients(session)["table"], []float64{0.5*2 + 1, 0, 1 + 0.25*2}, 0)
		session.ZeroGradients()
		session.Accumulate(0)
		graphtest.Equal(t, "w", graphtest.Gradients(session)["w"], make([]float64, 6), 0)
	}
}

// tensor.WithBacking makes a scalar of a list of one, which is the batch of one that it is meant to be.
func TestFeedScalars(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		session := build(t, graph.NewStore(1, dt), func(s *graph.Scope) *G.Node {
			y := s.Add(s.Input("x", 1), s.Cast(s.Indices("i", 1), dt))
			s.Output("y", y)
			return s.Sum(y)
		})
		for _, x := range []any{[]float32{2}, []float64{2}} {
			run(t, session, graph.Feed{"x": tensor.New(tensor.WithBacking(x)), "i": tensor.New(tensor.WithBacking([]int{3}))})
			graphtest.Equal(t, "y", session.Cost(), 5., 0)
		}
		run(t, session, graph.Feed{"x": tensor.New(tensor.FromScalar(4.)), "i": tensor.New(tensor.FromScalar(5))})
		graphtest.Equal(t, "y", session.Cost(), 9., 0)
		y, err := session.Output("y")
		if err != nil || y.Dims() != 1 {
			t.Errorf("y is %v, error %v; want the shape (1)", y, err)
		}
		wantRunError(t, session, graph.Feed{"x": tensor.New(tensor.FromScalar(1)), "i": tensor.New(tensor.FromScalar(5))}, "elements of int")
	}
	matrix := build(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node { return s.Sum(s.Input("x", 1, 1)) })
	wantRunError(t, matrix, graph.Feed{"x": tensor.New(tensor.FromScalar(1.))}, `feed "x": shape (), declared (1, 1)`)
}

func TestFrozenAndUnused(t *testing.T) {
	declare := func(s *graph.Scope) *G.Node {
		a, b := s.Param("a", graph.Constant(2), 1), s.Param("b", graph.Constant(3), 1)
		s.Output("unused", s.Param("unused", graph.Ones, 1))
		s.Param("idle", graph.Ones, 1)
		return s.Sum(s.Mul(a, b))
	}
	st := graph.NewStore(1, tensor.Float64)
	paths := func(session *graph.Session) (found []string) {
		for _, g := range session.Gradients() {
			found = append(found, g.Path)
		}
		return found
	}
	if got, want := paths(graphtest.Run(t, st, declare, nil)), []string{"a", "b"}; !slices.Equal(got, want) {
		t.Errorf("gradients of %v, want %v", got, want)
	}
	st.Params()[0].Frozen = true
	session := graphtest.Run(t, st, declare, nil)
	if got, want := paths(session), []string{"b"}; !slices.Equal(got, want) {
		t.Errorf("with a frozen, gradients of %v, want %v", got, want)
	}
	graphtest.Equal(t, "gradient beside a frozen one", graphtest.Gradients(session)["b"], 2.0, 0)
}

// All Sessions of a Store see its parameters, as they are at the time of the run.
func TestSessionsShareTheStore(t *testing.T) {
	st := graph.NewStore(1, tensor.Float64)
	first := build(t, st, product)
	second := build(t, st, func(s *graph.Scope) *G.Node { return s.Sum(s.Square(s.Param("w", graph.Zeros, 2, 3))) })
	st.Params()[0].Value.Float64s()[0] = 10
	run(t, first, graph.Feed{"x": f64(tensor.Shape{2, 3}, 1, 0, 0, 0, 0, 1)})
	run(t, second, nil)
	graphtest.Equal(t, "first", first.Cost(), 12.0, 0)
	graphtest.Equal(t, "second", second.Cost(), 120.0, 0)
}

func TestFeedRefused(t *testing.T) {
	session := build(t, graph.NewStore(1, tensor.Float32), func(s *graph.Scope) *G.Node {
		i := s.Indices("i", 2)
		return s.Add(product(s), s.Sum(s.Cast(i, tensor.Float32)))
	})
	x, i := operand(1, 2, 3), ints(tensor.Shape{2}, 0, 0)
	for want, feed := range map[string]graph.Feed{
		`feed: input "x" (2, 3) is missing`:            {"i": i},
		`feed: input "i" (2) is missing`:               {"x": x, "i": nil},
		`feed "y": no such input; the graph has i, x`:  {"x": x, "i": i, "y": x},
		`feed "x": shape (3, 2), declared (2, 3)`:      {"x": operand(1, 3, 2), "i": i},
		`feed "x": shape (6), declared (2, 3)`:         {"x": operand(1, 6), "i": i},
		`feed "i": shape (2, 1), declared (2)`:         {"x": x, "i": ints(tensor.Shape{2, 1}, 0, 0)},
		`feed "x": elements of int, declared float32`:  {"x": ints(tensor.Shape{2, 3}, 1, 2, 3, 4, 5, 6), "i": i},
		`feed "i": elements of float64, declared int`:  {"x": x, "i": operand(1, 2)},
		`feed "i": elements of int32, declared int`:    {"x": x, "i": tensor.New(tensor.WithShape(2), tensor.WithBacking([]int32{0, 0}))},
		`feed "x": elements of bool, declared float32`: {"x": tensor.New(tensor.Of(tensor.Bool), tensor.WithShape(2, 3)), "i": i},
		`feed "x": *tensor.CS is not a dense tensor`:   {"x": tensor.CSRFromCoord(tensor.Shape{2, 3}, []int{0}, []int{0}, []float64{1}), "i": i},
	} {
		wantRunError(t, session, feed, want)
	}
	if !math.IsNaN(session.Cost()) {
		t.Errorf("the cost without a run is %v", session.Cost())
	}
	run(t, session, graph.Feed{"x": x, "i": i})
}

// What is fed is copied, in the order of its elements and not of its memory, and converted.
func TestFeedForms(t *testing.T) {
	want := f64(tensor.Shape{2, 3}, 1, 2, 3, 4, 5, 6)
	transposed := f64(tensor.Shape{3, 2}, 1, 4, 2, 5, 3, 6)
	if err := transposed.T(); err != nil {
		t.Fatal(err)
	}
	columns, err := f64(tensor.Shape{2, 4}, 0, 1, 2, 3, 0, 4, 5, 6).Slice(nil, tensor.S(1, 4))
	if err != nil {
		t.Fatal(err)
	}
	byColumn := tensor.New(tensor.WithShape(2, 3), tensor.AsFortran([]float64{1, 2, 3, 4, 5, 6}))
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		session := build(t, graph.NewStore(1, dt), func(s *graph.Scope) *G.Node {
			s.Output("x", s.Input("x", 2, 3))
			return nil
		})
		for name, x := range map[string]tensor.Tensor{
			"plain": want, "float32": tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float32{1, 2, 3, 4, 5, 6})),
			"transposed": transposed, "columns": columns, "column by column": byColumn,
		} {
			run(t, session, graph.Feed{"x": x})
			graphtest.Equal(t, fmt.Sprint(name, " to ", dt), graphtest.Output(t, session, "x"), want, 0)
		}
		run(t, session, graph.Feed{"x": want})
		want.Float64s()[0] = 7
		graphtest.Equal(t, "after the feed was written to", graphtest.Output(t, session, "x"), []float64{1, 2, 3, 4, 5, 6}, 0)
		want.Float64s()[0] = 1
	}
}

// A run that fails half way leaves gradients, outputs, cost, carried state and run number.
func TestFailedRunLeavesEverything(t *testing.T) {
	session := build(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		state := s.Carry("h", 2)
		h := s.Add(state.Node(), s.Input("x", 2))
		state.Set(h)
		s.Output("first", s.Scale(h, 2)) // before the operation that fails, and behind it
		y := s.Mul(s.Gather(s.Param("w", graph.Ones, 2, 1), s.Indices("i", 2)), s.Reshape(h, 2, 1))
		s.Output("second", y)
		return s.Sum(y)
	})
	feed := func(i int) graph.Feed {
		return graph.Feed{"x": f64(tensor.Shape{2}, float64(i), 1), "i": ints(tensor.Shape{2}, 0, i)}
	}
	state := func() string {
		return fmt.Sprint(graphtest.Output(t, session, "first"), graphtest.Output(t, session, "second"), session.Cost(),
			graphtest.Gradients(session)["w"], session.Carried()["h"], session.Runs())
	}
	run(t, session, feed(1))
	before := state()
	wantRunError(t, session, feed(2), "index 2 at position 1")
	if after := state(); after != before {
		t.Errorf("before the failed run\n%s\nafter\n%s", before, after)
	}
	run(t, session, feed(1))
	graphtest.Equal(t, "the run after", graphtest.Output(t, session, "second"), []float64{2, 2}, 0)
}

func TestReadingBeforeARun(t *testing.T) {
	session := build(t, graph.NewStore(1, tensor.Float64), product)
	if _, err := session.Output("y"); err == nil || err.Error() != `output "y": the session has not run` {
		t.Errorf("output: %v", err)
	}
	if _, err := session.Output("z"); err == nil || err.Error() != `output "z": not declared` {
		t.Errorf("unknown output: %v", err)
	}
	if !math.IsNaN(session.Cost()) {
		t.Errorf("cost %v", session.Cost())
	}
	if got := session.Inputs(); !slices.Equal(got, []string{"x"}) {
		t.Errorf("inputs %v", got)
	}
	if session.Nodes() == 0 {
		t.Error("no nodes")
	}
}

func TestCostWithoutAScalar(t *testing.T) {
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		s.Output("y", s.Full(1))
		return nil
	}, nil)
	if !math.IsNaN(session.Cost()) {
		t.Errorf("cost %v", session.Cost())
	}
}

// An output is a copy: it stays as it is when the Session runs on, and may be written to.
func TestOutputIsACopy(t *testing.T) {
	session := build(t, graph.NewStore(1, tensor.Float64), product)
	run(t, session, graph.Feed{"x": f64(tensor.Shape{2, 3}, 1, 1, 1, 1, 1, 1)})
	y := graphtest.Output(t, session, "y")
	run(t, session, graph.Feed{"x": f64(tensor.Shape{2, 3}, 2, 2, 2, 2, 2, 2)})
	graphtest.Equal(t, "output of the first run", y, []float64{2, 2, 2, 2, 2, 2}, 0)
	graphtest.Output(t, session, "y").Float64s()[0] = 9
	graphtest.Equal(t, "output of the second run", graphtest.Output(t, session, "y"), []float64{4, 4, 4, 4, 4, 4}, 0)
}

func TestCloseAndCancel(t *testing.T) {
	session := build(t, graph.NewStore(1, tensor.Float64), product)
	x := graph.Feed{"x": operand(1, 2, 3)}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := session.Run(ctx, x); !errors.Is(err, context.Canceled) || session.Runs() != 0 {
		t.Errorf("a cancelled run: %v, %d runs", err, session.Runs())
	}
	run(t, session, x)
	for range 2 {
		if err := session.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	wantRunError(t, session, x, "run: the session is closed")
}

// trained makes some steps of gradient descent and returns every number that came up.
func trained(t *testing.T) []float64 {
	st := graph.NewStore(3, tensor.Float32)
	session := build(t, st, func(s *graph.Scope) *G.Node {
		x := s.Input("x", 33, 65)
		h := s.Dropout(s.Tanh(s.MatMul(x, s.In("a").Param("w", graph.Glorot, 65, 129))), 0.2)
		return s.Mean(s.Square(s.MatMul(h, s.In("b").Param("w", graph.Orthogonal, 129, 7))))
	})
	var numbers []float64
	for step := range 3 {
		session.ZeroGradients()
		run(t, session, graph.Feed{"x": operand(uint64(step), 33, 65)})
		numbers = append(numbers, session.Cost())
		for _, g := range session.Gradients() {
			value, grad := g.Value.Float32s(), g.Grad.Float32s()
			for i := range value {
				value[i] -= grad[i]
				numbers = append(numbers, float64(value[i]))
			}
		}
	}
	return numbers
}

func TestSameSeedSameBits(t *testing.T) {
	want := trained(t)
	for _, threads := range []int{1, 2, 3} {
		before := runtime.GOMAXPROCS(threads)
		got := trained(t)
		runtime.GOMAXPROCS(before)
		graphtest.Equal(t, fmt.Sprintf("with %d threads", threads), got, want, 0)
	}
}

// The gradients of two Sessions add up to those of two runs of one, and so do their rows.
func TestAddGradients(t *testing.T) {
	st := graph.NewStore(1, tensor.Float32)
	declare := func(s *graph.Scope) *G.Node {
		x := s.Gather(s.Param("table", graph.Normal(1), 6, 3), s.Indices("i", 2))
		return s.Sum(s.Square(s.MatMul(x, s.Param("w", graph.Normal(1), 3, 2))))
	}
	feed := func(i, j int) graph.Feed {
		return graph.Feed{"i": tensor.New(tensor.WithShape(2), tensor.WithBacking([]int{i, j}))}
	}
	one, a, b := build(t, st, declare), build(t, st, declare), build(t, st, declare)
	for range 2 {
		for _, s := range []*graph.Session{one, a, b} {
			s.ZeroGradients()
		}
		run(t, one, feed(4, 1))
		run(t, one, feed(1, 5))
		run(t, a, feed(4, 1))
		run(t, b, feed(1, 5))
		if err := a.AddGradients(b); err != nil {
			t.Fatal(err)
		}
		for i, want := range one.Gradients() {
			got := a.Gradients()[i]
			graphtest.Equal(t, want.Path, got.Grad, want.Grad, 1e-6)
			if !slices.Equal(got.Rows(), want.Rows()) {
				t.Errorf("%s: rows %v, want %v", want.Path, got.Rows(), want.Rows())
			}
		}
	}
	if err := a.AddGradients(build(t, graph.NewStore(1, tensor.Float32), declare)); err == nil {
		t.Error("gradients of another Store are added")
	}
}
