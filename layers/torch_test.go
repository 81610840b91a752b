package layers_test

import (
	"fmt"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph/graphtest"
)

// torchParams turns the parameters of one PyTorch cell, whose names end in suffix ("l0_reverse"), into
// ours under path. PyTorch multiplies from the left, weight_ih [gates·H, I], and has a bias for each
// product. They add up, but for the GRU's n, whose recurrent one is inside the reset gate. The order
// of the gates is the same.
func torchParams(kind, suffix, path string, H int, params map[string]graphtest.Tensor) map[string]*tensor.Dense {
	b := slices.Clone(params["bias_ih_"+suffix].Data)
	ours := map[string]*tensor.Dense{
		path + "/wx": transposed(params["weight_ih_"+suffix].Dense()),
		path + "/wh": transposed(params["weight_hh_"+suffix].Dense()),
		path + "/b":  row(b),
	}
	recurrent := params["bias_hh_"+suffix].Data
	if kind == "gru" {
		ours[path+"/bn"] = row(recurrent[2*H:])
		recurrent = recurrent[:2*H]
	}
	for i, v := range recurrent {
		b[i] += v
	}
	return ours
}

// equalTorch compares our gradients under path with those of a PyTorch cell.
func equalTorch(t testing.TB, kind, suffix, path string, H int, gradients map[string]*tensor.Dense, want map[string]graphtest.Tensor) {
	t.Helper()
	b := gradients[path+"/b"].Float64s()
	recurrent := b
	if kind == "gru" {
		recurrent = slices.Concat(b[:2*H], gradients[path+"/bn"].Float64s())
	}
	for name, got := range map[string]any{
		"weight_ih_": transposed(gradients[path+"/wx"]),
		"weight_hh_": transposed(gradients[path+"/wh"]),
		"bias_ih_":   b,
		"bias_hh_":   recurrent,
	} {
		graphtest.Equal(t, fmt.Sprintf("gradient of %s%s", name, suffix), got, want[name+suffix].Dense(), 1e-8)
	}
}

func row(values []float64) *tensor.Dense {
	return tensor.New(tensor.WithShape(1, len(values)), tensor.WithBacking(values))
}

// transposed copies a matrix [n, m] to [m, n].
func transposed(x *tensor.Dense) *tensor.Dense {
	n, m := x.Shape()[0], x.Shape()[1]
	values := make([]float64, n*m)
	for i, v := range x.Float64s() {
		values[i%m*n+i/m] = v
	}
	return tensor.New(tensor.WithShape(m, n), tensor.WithBacking(values))
}
