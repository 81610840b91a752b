package layers_test

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
)

// Without Init the matrices and biases of a cell are uniform in ±1/√H.
func TestInitDefault(t *testing.T) {
	const I, H = 9, 16
	for name, cell := range map[string]layers.Cell{
		"vanilla": layers.Vanilla{Hidden: H},
		"lstm":    layers.LSTM{Hidden: H, Peephole: true},
		"gru":     layers.GRU{Hidden: H},
	} {
		for path, p := range bound(t, cell, I) {
			values := p.Float64s()
			low, high := slices.Min(values), slices.Max(values)
			if limit := 1 / math.Sqrt(H); low < -limit || high > limit || low > -limit/2 || high < limit/2 {
				t.Errorf("%s: %s is in [%.3f, %.3f], want ±%.3f and most of it used", name, path, low, high, limit)
			}
		}
	}
}

// Init fills each gate's block as though it were a matrix of its own.
func TestInitByGate(t *testing.T) {
	const I, H = 9, 4
	init := layers.Init{Input: graph.Constant(0.5), Hidden: graph.Orthogonal}
	for name, tc := range map[string]struct {
		cell  layers.Cell
		gates int
	}{
		"vanilla":          {layers.Vanilla{Hidden: H, Init: init}, 1},
		"lstm":             {layers.LSTM{Hidden: H, Init: init}, 4},
		"gru":              {layers.GRU{Hidden: H, Init: init}, 3},
		"gru reset before": {layers.GRU{Hidden: H, ResetBefore: true, Init: init}, 3},
	} {
		params := bound(t, tc.cell, I)
		for _, v := range params["wx"].Float64s() {
			if v != 0.5 {
				t.Fatalf("%s: wx holds %v, want 0.5", name, v)
			}
		}
		wh := mat.NewDense(H, tc.gates*H, params["wh"].Float64s())
		for g := range tc.gates {
			block := wh.Slice(0, H, g*H, (g+1)*H)
			var product mat.Dense
			product.Mul(block, block.T())
			for i := range H {
				product.Set(i, i, product.At(i, i)-1)
			}
			if off := mat.Norm(&product, math.Inf(1)); off > 1e-12 {
				t.Errorf("%s: block %d of wh is not orthogonal: off by %v", name, g, off)
			}
		}
	}
}
