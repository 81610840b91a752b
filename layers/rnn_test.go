package layers_test

import (
	"context"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/layers/layerstest"
)

func TestRNN(t *testing.T) {
	for name, rnn := range map[string]layers.RNN{
		"forwards":  {Cell: layers.LSTM{Hidden: 3}},
		"backwards": {Cell: layers.GRU{Hidden: 3}, Reverse: true},
		"carry":     {Cell: layers.LSTM{Hidden: 3}, Carry: true},
	} {
		t.Run(name, func(t *testing.T) {
			layerstest.Layer(t, func() layers.Layer { return rnn })
		})
	}
}

// Truncated back-propagation: the values of two runs are those of one long run, and the gradients those
// of the second half from a constant state.
func TestRNNCarry(t *testing.T) {
	const T, B, I, H = 3, 2, 3, 4
	cell := layers.Stack{layers.LSTM{Hidden: H}, layers.GRU{Hidden: H}}
	xs := normal(2*T, B, I)
	half := func(n int) *tensor.Dense {
		size := T * B * I
		return tensor.New(tensor.WithShape(T, B, I), tensor.WithBacking(xs.Float64s()[n*size:(n+1)*size]))
	}
	st := graph.NewStore(1, tensor.Float64)
	whole := graphtest.Run(t, st, func(s *graph.Scope) *G.Node {
		x := s.Input("xs", 2*T, B, I)
		step := cell.Bind(s, I)
		first, state := graph.Unroll(s, step, s.Slice(x, 0, 0, T), cell.StateSizes(), graph.Run{})
		for i := range state {
			state[i] = s.StopGradient(state[i])
		}
		second, _ := graph.Unroll(s, step, s.Slice(x, 0, T, 2*T), cell.StateSizes(), graph.Run{Init: state})
		s.Output("first", first)
		s.Output("ys", second)
		return s.Sum(s.Square(second))
	}, graph.Feed{"xs": xs})

	carried := graphtest.Run(t, st, func(s *graph.Scope) *G.Node {
		ys := layers.RNN{Cell: cell, Carry: true}.Bind(s, I)(s.Input("xs", T, B, I))
		s.Output("ys", ys)
		return s.Sum(s.Square(ys))
	}, graph.Feed{"xs": half(0)})
	first := graphtest.Output(t, whole, "first")
	graphtest.Equal(t, "first half", graphtest.Output(t, carried, "ys"), first, 1e-12)
	rerun := func(xs *tensor.Dense) {
		t.Helper()
		carried.ZeroGradients()
		if err := carried.Run(context.Background(), graph.Feed{"xs": xs}); err != nil {
			t.Fatal(err)
		}
	}
	rerun(half(1))
	equalSessions(t, carried, whole)

	carried.ResetCarry()
	rerun(half(0))
	graphtest.Equal(t, "first half again", graphtest.Output(t, carried, "ys"), first, 1e-12)
}

// A reset forgets what was carried, in its row only.
func TestRNNCarryReset(t *testing.T) {
	const B, I = 2, 3
	declare := func(s *graph.Scope) *G.Node {
		ys, _ := layers.RNN{Cell: layers.GRU{Hidden: 4}, Carry: true}.Run(s, s.Input("xs", 1, B, I), graph.Run{Reset: s.Input("reset", 1, B)})
		s.Output("ys", ys)
		return nil
	}
	flags := func(values ...float64) *tensor.Dense {
		return tensor.New(tensor.WithShape(1, B), tensor.WithBacking(values))
	}
	st, xs := graph.NewStore(1, tensor.Float64), normal(1, B, I)
	session := graphtest.Run(t, st, declare, graph.Feed{"xs": xs, "reset": flags(0, 0)})
	fresh := graphtest.Output(t, session, "ys").Float64s()
	if err := session.Run(context.Background(), graph.Feed{"xs": xs, "reset": flags(1, 0)}); err != nil {
		t.Fatal(err)
	}
	again := graphtest.Output(t, session, "ys").Float64s()
	graphtest.Equal(t, "reset row", again[:4], fresh[:4], 0)
	for i := 4; i < 8; i++ {
		if again[i] == fresh[i] {
			t.Errorf("the other row gives %v again: its state was not carried", again[i])
		}
	}
}

// A row of length 0 keeps its initial state.
func TestRNNEmptyRow(t *testing.T) {
	const T, B, I, H = 2, 2, 3, 4
	init := normal(B, H)
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		ys, last := layers.RNN{Cell: layers.GRU{Hidden: H}}.Run(s, s.Input("xs", T, B, I), graph.Run{
			Init: graph.State{s.Input("init", B, H)}, Lengths: s.Indices("lengths", B),
		})
		s.Output("ys", ys)
		s.Output("last", last[0])
		return nil
	}, graph.Feed{"xs": normal(T, B, I), "init": init, "lengths": tensor.New(tensor.WithShape(B), tensor.WithBacking([]int{0, T}))})
	graphtest.Equal(t, "last state", graphtest.Output(t, session, "last").Float64s()[:H], init.Float64s()[:H], 0)
	for at := range T {
		ys := graphtest.Output(t, session, "ys").Float64s()[at*B*H:][:H]
		graphtest.Equal(t, "outputs", ys, make([]float64, H), 0)
	}
}

// RNN.Reverse is Run.Reverse.
func TestRNNReverse(t *testing.T) {
	const T, B, I = 3, 2, 3
	run := func(rnn layers.RNN, r graph.Run) *graph.Session {
		return graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
			ys, _ := rnn.Run(s, s.Input("xs", T, B, I), r)
			s.Output("ys", ys)
			return s.Sum(s.Square(ys))
		}, graph.Feed{"xs": normal(T, B, I)})
	}
	cell := layers.GRU{Hidden: 4}
	backwards := run(layers.RNN{Cell: cell}, graph.Run{Reverse: true})
	equalSessions(t, run(layers.RNN{Cell: cell, Reverse: true}, graph.Run{}), backwards)
	equalSessions(t, run(layers.RNN{Cell: cell, Reverse: true}, graph.Run{Reverse: true}), backwards)
}

func TestRNNErrors(t *testing.T) {
	gru := layers.GRU{Hidden: 2}
	for want, declare := range map[string]func(s *graph.Scope, xs *G.Node){
		"rnn: rnn: both an initial state and Carry": func(s *graph.Scope, xs *G.Node) {
			layers.RNN{Cell: gru, Carry: true}.Run(s, xs, graph.Run{Init: graph.State{s.Full(0, 1, 2)}})
		},
		"rnn: initial state: tensor 0 is [(1, 3)], want (1, 2)": func(s *graph.Scope, xs *G.Node) {
			layers.RNN{Cell: gru}.Run(s, xs, graph.Run{Init: graph.State{s.Full(0, 1, 3)}})
		},
		"rnn: sequence has shape (2, 3), want [T, B, I]": func(s *graph.Scope, _ *G.Node) {
			layers.RNN{Cell: gru}.Run(s, s.Full(1, 2, 3), graph.Run{})
		},
		"rnn: sequence is nil, want [T, B, I]": func(s *graph.Scope, _ *G.Node) {
			layers.RNN{Cell: gru}.Run(s, nil, graph.Run{})
		},
		"rnn: recurrence: lengths (2), want (1)": func(s *graph.Scope, xs *G.Node) {
			layers.RNN{Cell: gru}.Run(s, xs, graph.Run{Lengths: s.Indices("lengths", 2)})
		},
		"rnn: recurrence: reset (1, 2), want (2, 1)": func(s *graph.Scope, xs *G.Node) {
			layers.RNN{Cell: gru}.Run(s, xs, graph.Run{Reset: s.Full(0, 1, 2)})
		},
		"rnn: recurrence [(2, 3)]: want xs [T, B, I]": func(s *graph.Scope, _ *G.Node) {
			layers.RNN{Cell: gru}.Bind(s, 3)(s.Full(1, 2, 3))
		},
		"rnn: matmul": func(s *graph.Scope, xs *G.Node) { // bound for 4, given 3
			layers.RNN{Cell: gru}.Bind(s, 4)(xs)
		},
		"rnn: sequence has shape (4), want [T, B, I]": func(s *graph.Scope, xs *G.Node) {
			layers.RNN{Cell: gru, Carry: true}.Bind(s, 4)(s.Full(0, 4))
		},
	} {
		wantBuildError(t, want, func(s *graph.Scope) *G.Node {
			declare(s.In("rnn"), s.Full(1, 2, 1, 3))
			return s.Full(0)
		})
	}
}
