package layers_test

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/layers/layerstest"
)

func TestLayerNorm(t *testing.T) {
	for name, norm := range map[string]layers.LayerNorm{"plain": {}, "epsilon": {Epsilon: 0.5}} {
		t.Run(name, func(t *testing.T) {
			layerstest.Layer(t, func() layers.Layer { return norm })
		})
	}
}

func TestLayerNormParams(t *testing.T) {
	layerstest.Params(t, "testdata/params/layernorm.json", func(s *graph.Scope) { layers.LayerNorm{}.Bind(s, 3) })
}

// Of two values ±d around their mean, d/√(d²+ε) is left.
func TestLayerNormEpsilon(t *testing.T) {
	const d = 0.5
	for epsilon, used := range map[float64]float64{0: 1e-5, 0.75: 0.75} {
		session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
			s.Output("y", layers.LayerNorm{Epsilon: epsilon}.Bind(s, 2)(s.Const([]float64{7 - d, 7 + d}, 1, 2)))
			return nil
		}, nil)
		want := d / math.Sqrt(d*d+used)
		graphtest.Equal(t, "normalised", graphtest.Output(t, session, "y").Float64s(), []float64{-want, want}, 1e-14)
	}
}

func TestLayerNormGolden(t *testing.T) {
	type torchCase struct {
		Layer      string
		Params     map[string]graphtest.Tensor
		X, Y       graphtest.Tensor
		Cotangent  graphtest.Tensor
		GradX      graphtest.Tensor            `json:"grad_x"`
		GradParams map[string]graphtest.Tensor `json:"grad_params"`
	}
	seen := 0
	for _, tc := range graphtest.Golden[torchCase](t, "layers") {
		if tc.Layer != "layer_norm" {
			continue
		}
		seen++
		size := tc.X.Shape[len(tc.X.Shape)-1]
		st := graph.NewStore(1, tensor.Float64)
		declare := func(s *graph.Scope) *G.Node {
			y := layers.LayerNorm{}.Bind(s, size)(given(s, "x", tc.X))
			s.Output("y", y)
			return s.Sum(s.Mul(y, s.Const(tc.Cotangent.Data, tc.Cotangent.Shape...)))
		}
		graphtest.Run(t, st, declare, nil)
		if err := st.SetValues(map[string]*tensor.Dense{"g": row(tc.Params["weight"].Data), "b": row(tc.Params["bias"].Data)}); err != nil {
			t.Fatal(err)
		}
		session := graphtest.Run(t, st, declare, nil)
		gradients := graphtest.Gradients(session)
		graphtest.Equal(t, "y", graphtest.Output(t, session, "y"), tc.Y.Dense(), 1e-9)
		graphtest.Equal(t, "gradient of x", gradients["x"], tc.GradX.Dense(), 1e-8)
		graphtest.Equal(t, "gradient of weight", gradients["g"], row(tc.GradParams["weight"].Data), 1e-8)
		graphtest.Equal(t, "gradient of bias", gradients["b"], row(tc.GradParams["bias"].Data), 1e-8)
	}
	if seen == 0 {
		t.Error("no case of layer_norm")
	}
}
