package layers_test

import (
	"testing"

	"github.com/elman-go/elman/layers"
)

func TestMGU(t *testing.T) {
	testCells(t, map[string]func(hidden int) layers.Cell{
		"plain": func(hidden int) layers.Cell { return layers.MGU{Hidden: hidden} },
	})
}

func TestMGUParams(t *testing.T) { testParams(t, "mgu", layers.MGU{Hidden: 2}) }

// Worked by hand from the paper's equations.
func TestMGUStep(t *testing.T) {
	params := map[string][]float64{"wx": {.1, .2}, "uf": {.3}, "un": {.4}, "b": {.5, .6}}
	const x, h = 2., 3.
	f := sigmoid(.1*x + .3*h + .5)
	n := tanh(.2*x + .4*f*h + .6)
	next := []float64{(1-f)*h + f*n}
	testStep(t, layers.MGU{Hidden: 1}, params, []float64{x}, [][]float64{{h}}, next, [][]float64{next})
}

func TestMGUErrors(t *testing.T) {
	wantBuildError(t, "rnn: mgu: hidden size 0, want at least 1", runCell(layers.MGU{}))
}
