package layers_test

import (
	"testing"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/layers"
)

func TestLSTM(t *testing.T) {
	testCells(t, map[string]func(hidden int) layers.Cell{
		"plain":       func(hidden int) layers.Cell { return layers.LSTM{Hidden: hidden} },
		"forget bias": func(hidden int) layers.Cell { return layers.LSTM{Hidden: hidden, ForgetBias: 1} },
		"peephole":    func(hidden int) layers.Cell { return layers.LSTM{Hidden: hidden, Peephole: true} },
		"init": func(hidden int) layers.Cell {
			return layers.LSTM{Hidden: hidden, Init: layers.Init{Input: graph.Glorot, Hidden: graph.Orthogonal}}
		},
	})
}

func TestLSTMParams(t *testing.T) {
	testParams(t, "lstm", layers.LSTM{Hidden: 2})
	testParams(t, "lstm_peephole", layers.LSTM{Hidden: 2, Peephole: true})
}

// The forget bias is added to the second of four blocks, and to no other.
func TestLSTMForgetBias(t *testing.T) {
	without := bound(t, layers.LSTM{Hidden: 2}, 3)["b"].Float64s()
	with := bound(t, layers.LSTM{Hidden: 2, ForgetBias: 1.5}, 3)["b"].Float64s()
	added := make([]float64, len(with))
	for i := range added {
		added[i] = with[i] - without[i]
	}
	graphtest.Equal(t, "added to the biases i f g o", added, []float64{0, 0, 1.5, 1.5, 0, 0, 0, 0}, 1e-15)
}

// With one unit, one timestep and known numbers the equations can be worked by hand.
func TestLSTMPeephole(t *testing.T) {
	cell := layers.LSTM{Hidden: 1, Peephole: true}
	params := map[string][]float64{
		"wx": {.1, .2, .3, .4}, "wh": {.5, .6, .7, .8}, "b": {.01, .02, .03, .04}, "pi": {.9}, "pf": {-.8}, "po": {.7},
	}
	const x, h, c = 2., 3., .5
	i := sigmoid(.1*x + .5*h + .01 + .9*c)
	f := sigmoid(.2*x + .6*h + .02 - .8*c)
	next := f*c + i*tanh(.3*x+.7*h+.03)
	o := sigmoid(.4*x + .8*h + .04 + .7*next)
	testStep(t, cell, params, []float64{x}, [][]float64{{h}, {c}}, []float64{o * tanh(next)}, [][]float64{{o * tanh(next)}, {next}})
}

func TestLSTMErrors(t *testing.T) {
	wantBuildError(t, "rnn: lstm: hidden size 0, want at least 1", runCell(layers.LSTM{}))
}
