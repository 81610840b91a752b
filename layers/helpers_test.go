package layers_test

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/layers/layerstest"
)

// testCells holds one cell with each of its options to the contract.
func testCells(t *testing.T, options map[string]func(hidden int) layers.Cell) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(options)) {
		t.Run(name, func(t *testing.T) { layerstest.Cell(t, options[name]) })
	}
}

// testParams compares the parameters of a cell for inputs of size 3 with their file.
func testParams(t *testing.T, file string, cell layers.Cell) {
	t.Helper()
	layerstest.Params(t, "testdata/params/"+file+".json", func(s *graph.Scope) { cell.Bind(s, 3) })
}

// bound declares a cell in an empty Store and gives its parameters by path.
func bound(t *testing.T, cell layers.Cell, inputSize int) map[string]*tensor.Dense {
	t.Helper()
	st := graph.NewStore(1, tensor.Float64)
	_, err := graph.Build(st, func(s *graph.Scope) *G.Node {
		cell.Bind(s, inputSize)
		return s.Full(0)
	})
	if err != nil {
		t.Fatal(err)
	}
	params := map[string]*tensor.Dense{}
	for _, p := range st.Params() {
		params[p.Path] = p.Value
	}
	return params
}

// testStep runs one timestep of one row with known parameters.
func testStep(t *testing.T, cell layers.Cell, params map[string][]float64, x []float64, prev [][]float64, wantY []float64, wantNext [][]float64) {
	t.Helper()
	st := graph.NewStore(1, tensor.Float64)
	var next []float64
	declare := func(s *graph.Scope) *G.Node {
		run := graph.Run{}
		for _, h := range prev {
			run.Init = append(run.Init, s.Const(h, 1, len(h)))
		}
		ys, last := layers.RNN{Cell: cell}.Run(s, s.Const(x, 1, 1, len(x)), run)
		s.Output("y", ys)
		s.Output("next", s.Concat(1, last...))
		return nil
	}
	graphtest.Run(t, st, declare, nil)
	for path, values := range params {
		p, ok := st.Param(path)
		if !ok {
			t.Fatalf("no parameter %s", path)
		}
		copy(p.Value.Float64s(), values)
	}
	session := graphtest.Run(t, st, declare, nil)
	for _, h := range wantNext {
		next = append(next, h...)
	}
	graphtest.Equal(t, "y", graphtest.Output(t, session, "y").Float64s(), wantY, 1e-14)
	graphtest.Equal(t, "next state", graphtest.Output(t, session, "next").Float64s(), next, 1e-14)
}

// runCell declares a cell over inputs [2, 1, 3].
func runCell(cell layers.Cell) func(*graph.Scope) *G.Node {
	return func(s *graph.Scope) *G.Node {
		ys, _ := layers.RNN{Cell: cell}.Run(s.In("rnn"), s.Full(1, 2, 1, 3), graph.Run{})
		return s.Sum(ys)
	}
}

// wantBuildError fails unless Build of declare ends with an error that says want.
func wantBuildError(t *testing.T, want string, declare func(*graph.Scope) *G.Node) {
	t.Helper()
	_, err := graph.Build(graph.NewStore(1, tensor.Float64), declare)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q in it", err, want)
	}
}

// normal draws a tensor, the same for the same shape.
func normal(shape ...int) *tensor.Dense {
	r := rand.New(rand.NewPCG(1, 2))
	values := make([]float64, tensor.Shape(shape).TotalSize())
	for i := range values {
		values[i] = r.NormFloat64()
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
func tanh(x float64) float64    { return math.Tanh(x) }

// equalSessions compares the output "ys" and the gradients of two Sessions that compute the same.
func equalSessions(t *testing.T, got, want *graph.Session) {
	t.Helper()
	graphtest.Equal(t, "ys", graphtest.Output(t, got, "ys"), graphtest.Output(t, want, "ys"), 1e-12)
	gradients, wanted := graphtest.Gradients(got), graphtest.Gradients(want)
	if len(gradients) != len(wanted) {
		t.Errorf("gradients of %d parameters, want %d", len(gradients), len(wanted))
	}
	for path, w := range wanted {
		g, ok := gradients[path]
		if !ok {
			t.Errorf("gradient of %s: there is none", path)
			continue
		}
		graphtest.Equal(t, "gradient of "+path, g, w, 1e-12)
	}
}
