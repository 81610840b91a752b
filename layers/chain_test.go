package layers_test

import (
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/layers/layerstest"
)

func TestChain(t *testing.T) {
	for name, chain := range map[string]layers.Chain{
		"none": {},
		"mixed": {
			layers.RNN{Cell: layers.Vanilla{Hidden: 3}},
			layers.Chain{layers.Dropout{}, layers.LayerNorm{Epsilon: 0.1}},
			layers.Dense{Out: 2},
		},
	} {
		t.Run(name, func(t *testing.T) {
			layerstest.Layer(t, func() layers.Layer { return chain })
		})
	}
}

func TestChainParams(t *testing.T) {
	layerstest.Params(t, "testdata/params/chain.json", func(s *graph.Scope) {
		layers.Chain{layers.Dense{Out: 2}, layers.Dropout{}, layers.Chain{layers.Dense{Out: 1}}}.Bind(s, 3)
	})
}

func TestChainErrors(t *testing.T) {
	wantBuildError(t, "head/1: param w: shape (2, 0); every size must be at least 1", func(s *graph.Scope) *G.Node {
		return s.Sum(layers.Chain{layers.Dense{Out: 2}, layers.Dense{}}.Bind(s.In("head"), 3)(s.Full(1, 2, 3)))
	})
}
