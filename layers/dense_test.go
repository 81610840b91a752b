package layers_test

import (
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/layers/layerstest"
)

func TestDense(t *testing.T) {
	for name, dense := range map[string]layers.Dense{
		"plain":      {Out: 3},
		"activation": {Out: 3, Activation: (*graph.Scope).Sigmoid},
		"no bias":    {Out: 3, NoBias: true},
		"to one":     {Out: 1},
	} {
		t.Run(name, func(t *testing.T) {
			layerstest.Layer(t, func() layers.Layer { return dense })
		})
	}
}

func TestDenseParams(t *testing.T) {
	layerstest.Params(t, "testdata/params/dense.json", func(s *graph.Scope) { layers.Dense{Out: 2}.Bind(s, 3) })
	layerstest.Params(t, "testdata/params/dense_no_bias.json", func(s *graph.Scope) { layers.Dense{Out: 2, NoBias: true}.Bind(s, 3) })
}

// Worked by hand, with the rows of x in every shape that has three of them.
func TestDenseValues(t *testing.T) {
	st := graph.NewStore(1, tensor.Float64)
	declare := func(s *graph.Scope) *G.Node {
		apply := layers.Dense{Out: 2, Activation: (*graph.Scope).ReLU}.Bind(s, 2)
		x := []float64{1, 2, 3, 4, 5, 6}
		s.Output("matrix", apply(s.Const(x, 3, 2)))
		s.Output("sequence", apply(s.Const(x, 3, 1, 2)))
		return nil
	}
	graphtest.Run(t, st, declare, nil)
	for path, values := range map[string][]float64{"w": {1, -1, .5, 2}, "b": {-3, .5}} {
		p, ok := st.Param(path)
		if !ok {
			t.Fatalf("no parameter %s", path)
		}
		copy(p.Value.Float64s(), values)
	}
	session := graphtest.Run(t, st, declare, nil)
	want := []float64{0, 3.5, 2, 5.5, 5, 7.5}
	graphtest.Equal(t, "matrix", graphtest.Output(t, session, "matrix"), tensor.New(tensor.WithShape(3, 2), tensor.WithBacking(want)), 1e-15)
	graphtest.Equal(t, "sequence", graphtest.Output(t, session, "sequence"), tensor.New(tensor.WithShape(3, 1, 2), tensor.WithBacking(want)), 1e-15)
}
