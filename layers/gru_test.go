package layers_test

import (
	"testing"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
)

func TestGRU(t *testing.T) {
	testCells(t, map[string]func(hidden int) layers.Cell{
		"plain":        func(hidden int) layers.Cell { return layers.GRU{Hidden: hidden} },
		"reset before": func(hidden int) layers.Cell { return layers.GRU{Hidden: hidden, ResetBefore: true} },
		"init": func(hidden int) layers.Cell {
			return layers.GRU{Hidden: hidden, Init: layers.Init{Input: graph.Glorot, Hidden: graph.Orthogonal}}
		},
	})
}

func TestGRUParams(t *testing.T) {
	testParams(t, "gru", layers.GRU{Hidden: 2})
	testParams(t, "gru_reset_before", layers.GRU{Hidden: 2, ResetBefore: true})
}

// With one timestep and known numbers the equations can be worked by hand. Two units tell r⊙h inside
// the product from r⊙(h·W).
func TestGRUResetBefore(t *testing.T) {
	params := map[string][]float64{
		"wx": {.1, .2, .3, .4, .5, .6},
		"wh": {
			.1, .2, .3, .4, .5, .6,
			-.3, -.2, -.1, 0, .1, .2,
		},
		"b": {.01, .02, .03, .04, .05, .06},
	}
	const x = 2.
	h := [2]float64{3, -1}
	r0 := sigmoid(.1*x + .1*h[0] - .3*h[1] + .01)
	r1 := sigmoid(.2*x + .2*h[0] - .2*h[1] + .02)
	z0 := sigmoid(.3*x + .3*h[0] - .1*h[1] + .03)
	z1 := sigmoid(.4*x + .4*h[0] + .04)
	n0 := tanh(.5*x + .5*r0*h[0] + .1*r1*h[1] + .05)
	n1 := tanh(.6*x + .6*r0*h[0] + .2*r1*h[1] + .06)
	next := []float64{(1-z0)*n0 + z0*h[0], (1-z1)*n1 + z1*h[1]}
	testStep(t, layers.GRU{Hidden: 2, ResetBefore: true}, params, []float64{x}, [][]float64{h[:]}, next, [][]float64{next})
}

func TestGRUErrors(t *testing.T) {
	wantBuildError(t, "rnn: gru: hidden size -1, want at least 1", runCell(layers.GRU{Hidden: -1}))
}
