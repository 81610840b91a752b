package layers_test

import (
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/layers"
)

func TestEach(t *testing.T) {
	testCells(t, map[string]func(hidden int) layers.Cell{
		"dense":     func(hidden int) layers.Cell { return layers.Each{Layer: layers.Dense{Out: hidden}} },
		"layernorm": func(hidden int) layers.Cell { return layers.Each{Layer: layers.LayerNorm{}} },
	})
}

func TestEachParams(t *testing.T) { testParams(t, "each", layers.Each{Layer: layers.Dense{Out: 2}}) }

// A layer applied to each timestep is the layer applied to the sequence.
func TestEachIsTheLayer(t *testing.T) {
	const T, B, I = 3, 2, 4
	for name, layer := range map[string]layers.Layer{
		"dense":     layers.Dense{Out: 3},
		"layernorm": layers.LayerNorm{},
		"chain":     layers.Chain{layers.Dense{Out: 3}, layers.LayerNorm{}},
	} {
		t.Run(name, func(t *testing.T) {
			run := func(l layers.Layer) *graph.Session {
				return graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
					ys := l.Bind(s, I)(s.Input("xs", T, B, I))
					s.Output("ys", ys)
					return s.Sum(s.Mul(ys, s.Const(normal(T, B, l.OutputSize(I)).Float64s(), T, B, l.OutputSize(I))))
				}, graph.Feed{"xs": normal(T, B, I)})
			}
			equalSessions(t, run(layers.RNN{Cell: layers.Each{Layer: layer}}), run(layer))
		})
	}
}
