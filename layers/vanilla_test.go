package layers_test

import (
	"testing"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
)

// ReLU has no derivative at 0. That no finite difference steps over it is a matter of the numbers drawn,
// which are always the same.
func TestVanilla(t *testing.T) {
	testCells(t, map[string]func(hidden int) layers.Cell{
		"tanh": func(hidden int) layers.Cell { return layers.Vanilla{Hidden: hidden} },
		"relu": func(hidden int) layers.Cell {
			return layers.Vanilla{Hidden: hidden, Activation: (*graph.Scope).ReLU}
		},
		"identity": func(hidden int) layers.Cell {
			return layers.Vanilla{Hidden: hidden, Activation: (*graph.Scope).ReLU, Init: layers.Init{Hidden: graph.Identity}}
		},
	})
}

func TestVanillaParams(t *testing.T) { testParams(t, "vanilla", layers.Vanilla{Hidden: 2}) }

func TestVanillaErrors(t *testing.T) {
	wantBuildError(t, "rnn: vanilla: hidden size 0, want at least 1", runCell(layers.Vanilla{}))
}
