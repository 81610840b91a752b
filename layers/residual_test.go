package layers_test

import (
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/layers"
)

func TestResidual(t *testing.T) {
	behind := func(cell func(hidden int) layers.Cell) func(hidden int) layers.Cell {
		return func(hidden int) layers.Cell {
			return layers.Stack{layers.Each{Layer: layers.Dense{Out: hidden}}, layers.Residual{Cell: cell(hidden)}}
		}
	}
	testCells(t, map[string]func(hidden int) layers.Cell{
		"lstm":   behind(func(hidden int) layers.Cell { return layers.LSTM{Hidden: hidden} }),
		"nested": behind(func(hidden int) layers.Cell { return layers.Residual{Cell: layers.Vanilla{Hidden: hidden}} }),
	})
}

func TestResidualParams(t *testing.T) {
	testParams(t, "residual", layers.Residual{Cell: layers.Vanilla{Hidden: 3}})
}

func TestResidualAddsItsInput(t *testing.T) {
	const T, B, I = 3, 2, 4
	xs := normal(T, B, I)
	run := func(cell layers.Cell) []float64 {
		session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
			s.Output("ys", layers.RNN{Cell: cell}.Bind(s, I)(s.Input("xs", T, B, I)))
			return nil
		}, graph.Feed{"xs": xs})
		return graphtest.Output(t, session, "ys").Float64s()
	}
	want := run(layers.GRU{Hidden: I})
	for i, x := range xs.Float64s() {
		want[i] += x
	}
	graphtest.Equal(t, "residual", run(layers.Residual{Cell: layers.GRU{Hidden: I}}), want, 1e-15)
}

func TestResidualErrors(t *testing.T) {
	wantBuildError(t, "rnn: residual: output size 2, input size 3; they must be equal", runCell(layers.Residual{Cell: layers.GRU{Hidden: 2}}))
}
