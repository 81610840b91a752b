package graphtest_test

import (
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

func TestCheckGradients(t *testing.T) {
	x := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float64{1, -2, 3, .5, 0, -1}))
	st := graph.NewStore(1, tensor.Float64)
	graphtest.CheckGradients(t, st, func(s *graph.Scope) *G.Node {
		w := s.Param("w", graph.Normal(1), 3, 2)
		s.Param("unused", graph.Ones, 2)
		s.Param("single", graph.Ones, 1)
		h := s.Carry("h", 2, 2)
		y := s.Dropout(s.Tanh(s.Add(s.MatMul(s.Input("x", 2, 3), w), h.Node())), 0.5)
		h.Set(y)
		return s.Sum(s.Mul(s.Square(y), s.Param("v", graph.Normal(1), 2, 1)))
	}, graph.Feed{"x": x})
}

func TestCheckGradientsSkipsFrozen(t *testing.T) {
	st := graph.NewStore(1, tensor.Float64)
	declare := func(s *graph.Scope) *G.Node {
		return s.Sum(s.Mul(s.Param("a", graph.Ones, 2), s.Param("b", graph.Ones, 2)))
	}
	if _, err := graph.Build(st, declare); err != nil {
		t.Fatal(err)
	}
	st.Params()[0].Frozen = true
	graphtest.CheckGradients(t, st, declare, nil)
}

func TestCheckGradientsFails(t *testing.T) {
	wrong := func(s *graph.Scope) *G.Node { // value x², gradient x
		x := s.Param("x", graph.Normal(1), 2, 3)
		return s.Sum(s.Mul(x, s.StopGradient(x)))
	}
	missing := func(s *graph.Scope) *G.Node { // a way around the gradient
		x, y := s.Param("x", graph.Ones, 2), s.Param("y", graph.Ones, 2)
		return s.Sum(s.Mul(x, s.StopGradient(y)))
	}
	for name, tc := range map[string]struct {
		dtype   tensor.Dtype
		declare func(*graph.Scope) *G.Node
		want    string
	}{
		"wrong gradient":   {tensor.Float64, wrong, "gradient of x: at ["},
		"missing gradient": {tensor.Float64, missing, "gradient of y: there is none"},
		"no parameter": {tensor.Float64, func(s *graph.Scope) *G.Node { return s.Full(1) },
			"depends on no parameter"},
		"float32":   {tensor.Float32, wrong, "the Store is of float32"},
		"not built": {tensor.Float64, func(s *graph.Scope) *G.Node { return nil }, "build: "},
	} {
		t.Run(name, func(t *testing.T) {
			wantFailure(t, tc.want, func(r testing.TB) {
				graphtest.CheckGradients(r, graph.NewStore(1, tc.dtype), tc.declare, nil)
			})
		})
	}
}
