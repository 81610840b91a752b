package layers_test

import (
	"math"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/layers/layerstest"
)

func TestDropoutOfNothing(t *testing.T) {
	layerstest.Layer(t, func() layers.Layer { return layers.Dropout{} })
	layerstest.Layer(t, func() layers.Layer { return layers.Dropout{Locked: true} })
}

// dropped runs a layer over ones and gives its output, timestep by timestep.
func dropped(t *testing.T, layer layers.Layer, opts ...graph.BuildOption) [][]float64 {
	t.Helper()
	const T, B, I = 4, 10, 50
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		s.Output("ys", layer.Bind(s, I)(s.Full(1, T, B, I)))
		return nil
	}, nil, opts...)
	return slices.Collect(slices.Chunk(graphtest.Output(t, session, "ys").Float64s(), B*I))
}

// As a layer over the sequence and between the cells of a stack alike: elements are dropped while
// training, each timestep others, or with Locked the same.
func TestDropout(t *testing.T) {
	const rate = 0.25
	inStack := func(d layers.Dropout) layers.Layer {
		return layers.RNN{Cell: layers.Stack{layers.Stack{}, layers.Each{Layer: d}}}
	}
	for name, tc := range map[string]struct {
		layer  layers.Layer
		locked bool
	}{
		"layer":         {layers.Dropout{Rate: rate}, false},
		"layer, locked": {layers.Dropout{Rate: rate, Locked: true}, true},
		"stack":         {inStack(layers.Dropout{Rate: rate}), false},
		"stack, locked": {inStack(layers.Dropout{Rate: rate, Locked: true}), true},
	} {
		t.Run(name, func(t *testing.T) {
			timesteps := dropped(t, tc.layer)
			for at, values := range timesteps {
				zeros := 0
				for _, v := range values {
					if v == 0 {
						zeros++
					} else if math.Abs(v-1/(1-rate)) > 1e-12 {
						t.Fatalf("what is left is %v, want 1/(1-rate)", v)
					}
				}
				// 500 draws have a standard deviation of 0.02.
				if share := float64(zeros) / float64(len(values)); math.Abs(share-rate) > 0.08 {
					t.Errorf("timestep %d: %.2f of it is dropped, want %.2f", at, share, rate)
				}
				if at > 0 && slices.Equal(values, timesteps[0]) != tc.locked {
					t.Errorf("timesteps 0 and %d: same mask %v, want %v", at, !tc.locked, tc.locked)
				}
			}
			for _, values := range dropped(t, tc.layer, graph.Eval()) {
				if slices.Min(values) != 1 || slices.Max(values) != 1 {
					t.Error("under Eval something is dropped")
				}
			}
		})
	}
}

// Two dropouts of one model do not share a mask, and what is dropped passes no gradient on.
func TestDropoutGradients(t *testing.T) {
	cell := layers.Stack{
		layers.GRU{Hidden: 3}, layers.Each{Layer: layers.Dropout{Rate: 0.5}},
		layers.GRU{Hidden: 3}, layers.Each{Layer: layers.Dropout{Rate: 0.5, Locked: true}},
	}
	graphtest.CheckGradients(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		return s.Sum(s.Square(layers.RNN{Cell: cell}.Bind(s, 2)(s.Param("xs", graph.Normal(1), 3, 2, 2))))
	}, nil)

	session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		xs := s.Full(1, 1, 1, 50)
		s.Output("a", layers.Dropout{Rate: 0.5}.Bind(s.In("a"), 50)(xs))
		s.Output("b", layers.Dropout{Rate: 0.5}.Bind(s.In("b"), 50)(xs))
		return nil
	}, nil)
	if slices.Equal(graphtest.Output(t, session, "a").Float64s(), graphtest.Output(t, session, "b").Float64s()) {
		t.Error("two dropouts have one mask")
	}
}

func TestDropoutErrors(t *testing.T) {
	for want, rate := range map[string]float64{
		"drop: dropout: rate 1, want 0 ≤ rate < 1":    1,
		"drop: dropout: rate -0.1, want 0 ≤ rate < 1": -0.1,
		"drop: dropout: rate NaN, want 0 ≤ rate < 1":  math.NaN(),
	} {
		wantBuildError(t, want, func(s *graph.Scope) *G.Node {
			return s.Sum(layers.Dropout{Rate: rate}.Bind(s.In("drop"), 3)(s.Full(1, 2, 3)))
		})
	}
}
