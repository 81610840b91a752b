package layers_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/layers"
)

// torchCase is a recurrent network of PyTorch. h0, c0 and their like are [L·D, B, H], layer by layer, in
// each forwards before backwards.
type torchCase struct {
	Kind          string
	T, B, I, H    int
	Layers        int // 0: 1
	Bidirectional bool
	Lengths       []int // nil: all T
	Params        map[string]graphtest.Tensor

	X          graphtest.Tensor
	H0, C0     *graphtest.Tensor // nil: zeros
	Y          graphtest.Tensor
	HT, CT     *graphtest.Tensor
	CotangentY graphtest.Tensor            `json:"cotangent_y"`
	CotangentH *graphtest.Tensor           `json:"cotangent_hT"`
	CotangentC *graphtest.Tensor           `json:"cotangent_cT"`
	GradX      graphtest.Tensor            `json:"grad_x"`
	GradH0     *graphtest.Tensor           `json:"grad_h0"`
	GradC0     *graphtest.Tensor           `json:"grad_c0"`
	GradParams map[string]graphtest.Tensor `json:"grad_params"`
}

func (tc torchCase) name() string {
	name := fmt.Sprintf("%s/T=%d/B=%d/I=%d/H=%d/layers=%d", tc.Kind, tc.T, tc.B, tc.I, tc.H, max(1, tc.Layers))
	if tc.Bidirectional {
		name += "/bidirectional"
	}
	return name
}

func (tc torchCase) cell() layers.Cell {
	switch tc.Kind {
	case "rnn_tanh":
		return layers.Vanilla{Hidden: tc.H}
	case "rnn_relu":
		return layers.Vanilla{Hidden: tc.H, Activation: (*graph.Scope).ReLU}
	case "lstm":
		return layers.LSTM{Hidden: tc.H}
	case "gru":
		return layers.GRU{Hidden: tc.H}
	}
	return nil
}

// cells gives the path of each of our cells by the suffix of PyTorch's names.
func (tc torchCase) cells() map[string]string {
	paths := map[string]string{}
	for l := range max(1, tc.Layers) {
		suffix := fmt.Sprint("l", l)
		if tc.Bidirectional {
			paths[suffix] = fmt.Sprintf("%d/fwd", l)
			paths[suffix+"_reverse"] = fmt.Sprintf("%d/bwd", l)
		} else {
			paths[suffix] = fmt.Sprintf("rnn/%d", l)
		}
	}
	return paths
}

// run declares the network: cells in one direction as a Stack, in both as one Bidirectional a layer.
func (tc torchCase) run(s *graph.Scope, xs *G.Node, run graph.Run) (ys *G.Node, last graph.State) {
	if !tc.Bidirectional {
		var stack layers.Stack
		for range max(1, tc.Layers) {
			stack = append(stack, tc.cell())
		}
		return layers.RNN{Cell: stack}.Run(s.In("rnn"), xs, run)
	}
	init, n := run.Init, 2*len(tc.cell().StateSizes())
	for l := range max(1, tc.Layers) {
		if init != nil {
			run.Init = init[l*n : (l+1)*n]
		}
		var own graph.State
		xs, own = layers.Bidirectional{Fwd: tc.cell(), Bwd: tc.cell()}.Run(s.In(strconv.Itoa(l)), xs, run)
		last = append(last, own...)
	}
	return xs, last
}

func (tc torchCase) declare(s *graph.Scope) *G.Node {
	parts := len(tc.cell().StateSizes()) // h, or h and c
	var run graph.Run
	if tc.H0 != nil {
		for i := range tc.H0.Shape[0] {
			for j, v := range []*graphtest.Tensor{tc.H0, tc.C0}[:parts] {
				run.Init = append(run.Init, s.At(given(s, []string{"h0", "c0"}[j], *v), i))
			}
		}
	}
	if tc.Lengths != nil {
		run.Lengths = s.Indices("lengths", tc.B)
	}
	ys, last := tc.run(s, given(s, "x", tc.X), run)
	s.Output("y", ys)
	cost := s.Sum(s.Mul(ys, s.Const(tc.CotangentY.Data, tc.CotangentY.Shape...)))
	for j, cotangent := range []*graphtest.Tensor{tc.CotangentH, tc.CotangentC}[:parts] {
		var states []*G.Node
		for i := j; i < len(last); i += parts {
			states = append(states, last[i])
		}
		state := s.Stack(states...) // [L·D, B, H]
		s.Output([]string{"hT", "cT"}[j], state)
		if cotangent != nil {
			cost = s.Add(cost, s.Sum(s.Mul(state, s.Const(cotangent.Data, cotangent.Shape...))))
		}
	}
	return cost
}

// given declares a tensor as a parameter, so that it has a gradient. Declared again, it is the same.
func given(s *graph.Scope, name string, v graphtest.Tensor) *G.Node {
	return s.Param(name, func(*rand.Rand, tensor.Shape) []float64 { return v.Data }, v.Shape...)
}

func TestRecurrentGolden(t *testing.T)      { testGolden(t, "recurrent") }
func TestVariableLengthGolden(t *testing.T) { testGolden(t, "variable_length") }

func testGolden(t *testing.T, family string) {
	for _, tc := range graphtest.Golden[torchCase](t, family) {
		t.Run(tc.name(), func(t *testing.T) {
			feed := graph.Feed{}
			if tc.Lengths != nil {
				feed["lengths"] = tensor.New(tensor.WithShape(tc.B), tensor.WithBacking(tc.Lengths))
			}
			st := graph.NewStore(1, tensor.Float64)
			graphtest.Run(t, st, tc.declare, feed) // declares the parameters
			values := map[string]*tensor.Dense{}
			for suffix, path := range tc.cells() {
				maps.Copy(values, torchParams(tc.Kind, suffix, path, tc.H, tc.Params))
			}
			if err := st.SetValues(values); err != nil {
				t.Fatal(err)
			}

			session := graphtest.Run(t, st, tc.declare, feed)
			graphtest.Equal(t, "y", graphtest.Output(t, session, "y"), tc.Y.Dense(), 1e-9)
			graphtest.Equal(t, "hT", graphtest.Output(t, session, "hT"), tc.HT.Dense(), 1e-9)
			if tc.CT != nil {
				graphtest.Equal(t, "cT", graphtest.Output(t, session, "cT"), tc.CT.Dense(), 1e-9)
			}
			gradients := graphtest.Gradients(session)
			graphtest.Equal(t, "gradient of x", gradients["x"], tc.GradX.Dense(), 1e-8)
			for name, want := range map[string]*graphtest.Tensor{"h0": tc.GradH0, "c0": tc.GradC0} {
				if want != nil {
					graphtest.Equal(t, "gradient of "+name, gradients[name], want.Dense(), 1e-8)
				}
			}
			for suffix, path := range tc.cells() {
				equalTorch(t, tc.Kind, suffix, path, tc.H, gradients, tc.GradParams)
			}
		})
	}
}
