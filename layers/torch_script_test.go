package layers_test

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
)

// docs/torch_lstm.py loads an LSTM into PyTorch and gets the same numbers. ELMAN_TORCH names a Python that
// has PyTorch; without it python3 is tried.
func TestTorchLSTM(t *testing.T) {
	python := os.Getenv("ELMAN_TORCH")
	if python == "" {
		python = "python3"
	}
	if err := exec.Command(python, "-c", "import torch").Run(); err != nil {
		t.Skipf("%s cannot import torch (%v): set ELMAN_TORCH to one that can", python, err)
	}
	const T, B, I, H = 5, 2, 3, 4
	for _, tc := range []struct {
		name string
		path string
		cell layers.Cell
	}{
		{"one cell", "rnn", layers.LSTM{Hidden: H}},
		{"a stack", "rnn", layers.Stack{layers.LSTM{Hidden: H}, layers.LSTM{Hidden: H}, layers.LSTM{Hidden: H, ForgetBias: 1}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			store := graph.NewStore(1, tensor.Float32)
			session, err := graph.Build(store, func(s *graph.Scope) *G.Node {
				ys := layers.RNN{Cell: tc.cell}.Bind(s.In("rnn"), I)(s.Input("x", T, B, I))
				s.Output("y", ys)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			x := make([]float64, T*B*I)
			var nested [T][B][I]float64
			r := rand.New(rand.NewPCG(1, 2))
			for i := range x {
				x[i] = r.NormFloat64()
				nested[i/(B*I)][i/I%B][i%I] = x[i]
			}
			if err := session.Run(context.Background(), graph.Feed{"x": tensor.New(tensor.WithShape(T, B, I), tensor.WithBacking(x))}); err != nil {
				t.Fatal(err)
			}
			y, err := session.Output("y")
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			weights, input := filepath.Join(dir, "weights.safetensors"), filepath.Join(dir, "x.json")
			f, err := os.Create(weights)
			if err != nil {
				t.Fatal(err)
			}
			if err := store.Save(f); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(nested)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(input, text, 0o666); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(python, filepath.Join("..", "docs", "torch_lstm.py"), weights, tc.path, input).Output()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			var theirs struct{ Y [T][B][H]float64 }
			if err := json.Unmarshal(out, &theirs); err != nil {
				t.Fatal(err)
			}
			for i, v := range y.Data().([]float32) {
				if want := theirs.Y[i/(B*H)][i/H%B][i%H]; !(math.Abs(float64(v)-want) < 1e-6) {
					t.Errorf("element %d is %v, PyTorch's %v", i, v, want)
				}
			}
		})
	}
}
