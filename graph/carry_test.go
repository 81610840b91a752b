package graph_test

import (
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

// running carries the sum of all x, and the number of runs.
func running(s *graph.Scope) *G.Node {
	deep := s.In("deep")
	total, count := s.Carry("h", 2, 3), deep.Carry("h", 1)
	sum := s.Add(total.Node(), s.Input("x", 2, 3))
	total.Set(sum)
	count.Set(s.Shift(count.Node(), 1))
	s.Output("sum", sum)
	s.Output("before", count.Node())
	return nil
}

func TestCarry(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		session := build(t, graph.NewStore(1, dt), running)
		x := f64(tensor.Shape{2, 3}, 1, 2, 3, 4, 5, 6)
		times := func(what string, sum, before float64) {
			t.Helper()
			run(t, session, graph.Feed{"x": x})
			want := table(x.Shape(), func(at ...int) float64 { return sum * elem(x, at...) })
			graphtest.Equal(t, what, graphtest.Output(t, session, "sum"), want, 0)
			graphtest.Equal(t, what, graphtest.Output(t, session, "before"), f64(tensor.Shape{1}, before), 0)
		}
		times("first", 1, 0)
		times("second", 2, 1)
		kept := session.Carried()
		times("third", 3, 2)
		if err := session.SetCarried(kept); err != nil {
			t.Fatal(err)
		}
		times("from the state after the second", 3, 2)
		kept["h"].Zero()
		times("after that state was written to", 4, 3)
		session.ResetCarry()
		times("reset", 1, 0)
		if err := session.SetCarried(nil); err != nil {
			t.Fatal(err)
		}
		times("set to nil", 1, 0)

		for want, state := range map[string]graph.Carried{
			"carry h: missing":                       {"deep/h": kept["deep/h"]},
			"carry deep/h: missing":                  {"h": kept["h"], "deep/h": nil},
			"carry c: not declared":                  {"h": kept["h"], "deep/h": kept["deep/h"], "c": kept["h"]},
			"carry h: int (2, 3), declared":          {"h": ints(tensor.Shape{2, 3}, 1, 2, 3, 4, 5, 6), "deep/h": kept["deep/h"]},
			"(1), declared " + dt.Name() + " (2, 3)": {"h": kept["deep/h"], "deep/h": kept["deep/h"]},
		} {
			if err := session.SetCarried(state); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got error %v, want %q in it", err, want)
			}
		}
		times("after states that were refused", 2, 1)
	}
}

func TestCarriedViewIsSetByElement(t *testing.T) {
	session := build(t, graph.NewStore(1, tensor.Float64), running)
	view := f64(tensor.Shape{3, 2}, 1, 4, 2, 5, 3, 6)
	if err := view.T(); err != nil {
		t.Fatal(err)
	}
	if err := session.SetCarried(graph.Carried{"h": view, "deep/h": tensor.New(tensor.WithBacking([]float64{7}))}); err != nil {
		t.Fatal(err)
	}
	graphtest.Equal(t, "carried", session.Carried()["h"], []float64{1, 2, 3, 4, 5, 6}, 0)
	graphtest.Equal(t, "carried scalar", session.Carried()["deep/h"], f64(tensor.Shape{1}, 7), 0)
}

// No gradient passes from one run to the one before.
func TestCarryHasNoGradient(t *testing.T) {
	session := build(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		state := s.Carry("h", 1)
		h := s.Mul(s.Shift(state.Node(), 1), s.Param("w", graph.Constant(2), 1))
		state.Set(h)
		return s.Sum(h)
	})
	for _, want := range []float64{1, 3, 7} { // h before, plus 1
		session.ZeroGradients()
		run(t, session, nil)
		graphtest.Equal(t, "gradient", graphtest.Gradients(session)["w"], want, 0)
	}
}

func TestCarryRefused(t *testing.T) {
	for want, declare := range map[string]func(s *graph.Scope) *G.Node{
		`rnn: carry "h" is declared twice`: func(s *graph.Scope) *G.Node {
			rnn := s.In("rnn")
			rnn.Carry("h", 1)
			return rnn.Carry("h", 1).Node()
		},
		"carry h is set twice": func(s *graph.Scope) *G.Node {
			c := s.Carry("h", 1)
			c.Set(s.Full(1, 1))
			c.Set(s.Full(1, 1))
			return nil
		},
		"carry h: set to shape (1, 1), declared (1)": func(s *graph.Scope) *G.Node { s.Carry("h", 1).Set(s.Full(1, 1, 1)); return nil },
		"carry h: set to nil":                        func(s *graph.Scope) *G.Node { s.Carry("h", 1).Set(nil); return nil },
		"Carry h: a step may only compute":           inStep(func(s *graph.Scope, x *G.Node) { s.Carry("h", 1) }),
		"Carry c: a step may only compute": func(s *graph.Scope) *G.Node {
			c := s.Carry("c", 1, 1)
			return inStep(func(s *graph.Scope, x *G.Node) { c.Set(x) })(s)
		},
	} {
		wantBuildError(t, graph.NewStore(1, tensor.Float64), declare, want)
	}
}

// inStep does something in a step that belongs outside.
func inStep(do func(s *graph.Scope, x *G.Node)) func(s *graph.Scope) *G.Node {
	return func(s *graph.Scope) *G.Node {
		ys, _ := graph.Unroll(s, func(x *G.Node, _ graph.State) (*G.Node, graph.State) {
			do(s, x)
			return x, nil
		}, s.Full(1, 1, 1, 1), nil, graph.Run{})
		return s.Sum(ys)
	}
}
