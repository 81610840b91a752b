package layers_test

import (
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/layers/layerstest"
)

func TestBidirectional(t *testing.T) {
	layerstest.Layer(t, func() layers.Layer {
		return layers.Bidirectional{Fwd: layers.LSTM{Hidden: 3}, Bwd: layers.GRU{Hidden: 2}}
	})
}

func TestBidirectionalParams(t *testing.T) {
	layerstest.Params(t, "testdata/params/bidirectional.json", func(s *graph.Scope) {
		layers.Bidirectional{Fwd: layers.LSTM{Hidden: 2}, Bwd: layers.Vanilla{Hidden: 1}}.Bind(s, 3)
	})
}

// Both directions are two RNNs, joined; so are their states.
func TestBidirectionalIsTwoRNNs(t *testing.T) {
	const T, B, I = 4, 3, 3
	both := layers.Bidirectional{Fwd: layers.LSTM{Hidden: 3}, Bwd: layers.GRU{Hidden: 2}}
	for name, reverse := range map[string]bool{"forwards": false, "backwards": true} {
		t.Run(name, func(t *testing.T) {
			run := func(declare func(s *graph.Scope, xs *G.Node, r graph.Run) (*G.Node, graph.State)) *graph.Session {
				return graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
					init := graph.State{}
					for i, size := range []int{3, 3, 2} {
						init = append(init, s.Param([]string{"h", "c", "hb"}[i], graph.Normal(1), B, size))
					}
					ys, last := declare(s, s.Input("xs", T, B, I), graph.Run{Init: init, Lengths: s.Indices("lengths", B), Reverse: reverse})
					ys = s.Concat(2, ys, s.Stack(slices.Repeat([]*G.Node{s.Concat(1, last...)}, T)...))
					s.Output("ys", ys) // the last state beside the outputs
					return s.Sum(s.Square(ys))
				}, graph.Feed{"xs": normal(T, B, I), "lengths": tensor.New(tensor.WithShape(B), tensor.WithBacking([]int{2, T, 1}))})
			}
			got := run(func(s *graph.Scope, xs *G.Node, r graph.Run) (*G.Node, graph.State) { return both.Run(s, xs, r) })
			want := run(func(s *graph.Scope, xs *G.Node, r graph.Run) (*G.Node, graph.State) {
				fwd, bwd := r, r
				fwd.Init, bwd.Init = r.Init[:2], r.Init[2:]
				bwd.Reverse = !r.Reverse
				yf, lf := layers.RNN{Cell: both.Fwd}.Run(s.In("fwd"), xs, fwd)
				yb, lb := layers.RNN{Cell: both.Bwd}.Run(s.In("bwd"), xs, bwd)
				return s.Concat(2, yf, yb), graph.State{lf[0], lf[1], lb[0]}
			})
			equalSessions(t, got, want)
		})
	}
}

func TestBidirectionalErrors(t *testing.T) {
	both := layers.Bidirectional{Fwd: layers.LSTM{Hidden: 2}, Bwd: layers.GRU{Hidden: 2}}
	wantBuildError(t, "bi: bidirectional: initial state of 1 tensors, want 3", func(s *graph.Scope) *G.Node {
		ys, _ := both.Run(s.In("bi"), s.Full(1, 2, 1, 3), graph.Run{Init: graph.State{s.Full(0, 1, 2)}})
		return s.Sum(ys)
	})
	wantBuildError(t, "bi/bwd: gru: hidden size 0, want at least 1", func(s *graph.Scope) *G.Node {
		both := layers.Bidirectional{Fwd: layers.LSTM{Hidden: 2}, Bwd: layers.GRU{}}
		return s.Sum(both.Bind(s.In("bi"), 3)(s.Full(1, 2, 1, 3)))
	})
}
