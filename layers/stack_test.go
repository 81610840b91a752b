package layers_test

import (
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/layers"
)

func TestStack(t *testing.T) {
	testCells(t, map[string]func(hidden int) layers.Cell{
		"one":  func(hidden int) layers.Cell { return layers.Stack{layers.Vanilla{Hidden: hidden}} },
		"none": func(hidden int) layers.Cell { return layers.Stack{layers.Stack{}, layers.MGU{Hidden: hidden}} },
		"of all sizes": func(hidden int) layers.Cell {
			return layers.Stack{layers.LSTM{Hidden: hidden + 1}, layers.GRU{Hidden: hidden}}
		},
		"nested": func(hidden int) layers.Cell {
			return layers.Stack{
				layers.Stack{layers.Vanilla{Hidden: hidden}},
				layers.Residual{Cell: layers.Stack{layers.Vanilla{Hidden: hidden + 1}, layers.MGU{Hidden: hidden}}},
			}
		},
		"with layers": func(hidden int) layers.Cell {
			return layers.Stack{
				layers.Each{Layer: layers.Dense{Out: hidden + 1, Activation: (*graph.Scope).Tanh}},
				layers.Vanilla{Hidden: hidden},
				layers.Each{Layer: layers.Dropout{}},
				layers.Each{Layer: layers.LayerNorm{Epsilon: 0.1}},
				layers.MGU{Hidden: hidden + 1},
			}
		},
	})
}

func TestStackParams(t *testing.T) {
	testParams(t, "stack", layers.Stack{layers.GRU{Hidden: 2}, layers.Each{Layer: layers.Dropout{}}, layers.Stack{layers.Vanilla{Hidden: 1}}})
}

// A Stack run through time is each of its cells run through time, one after the other.
func TestStackIsRNNAfterRNN(t *testing.T) {
	const T, B, I = 4, 2, 3
	cells := layers.Stack{layers.LSTM{Hidden: 4}, layers.GRU{Hidden: 2}}
	run := func(declare func(s *graph.Scope, xs *G.Node) *G.Node) *graph.Session {
		return graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
			ys := declare(s, s.Input("xs", T, B, I))
			s.Output("ys", ys)
			return s.Sum(s.Square(ys))
		}, graph.Feed{"xs": normal(T, B, I)})
	}
	stacked := run(func(s *graph.Scope, xs *G.Node) *G.Node { return layers.RNN{Cell: cells}.Bind(s, I)(xs) })
	inTurn := run(func(s *graph.Scope, xs *G.Node) *G.Node {
		xs = layers.RNN{Cell: cells[0]}.Bind(s.In("0"), I)(xs)
		return layers.RNN{Cell: cells[1]}.Bind(s.In("1"), 4)(xs)
	})
	equalSessions(t, stacked, inTurn)
}

func TestStackErrors(t *testing.T) {
	wantBuildError(t, "rnn/1: gru: hidden size 0, want at least 1", runCell(layers.Stack{layers.LSTM{Hidden: 2}, layers.GRU{}}))
	wantBuildError(t, "rnn: initial state: 1 tensors, want 3", func(s *graph.Scope) *G.Node {
		stack := layers.Stack{layers.LSTM{Hidden: 2}, layers.GRU{Hidden: 2}}
		ys, _ := layers.RNN{Cell: stack}.Run(s.In("rnn"), s.Full(1, 2, 1, 3), graph.Run{Init: graph.State{s.Full(0, 1, 2)}})
		return s.Sum(ys)
	})
}
