package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/elman-go/elman/examples/internal/cli"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/layers/layerstest"
)

func TestUGRNN(t *testing.T) {
	layerstest.Cell(t, func(hidden int) layers.Cell { return UGRNN{Hidden: hidden} })
}

func TestRunLearns(t *testing.T) {
	var out bytes.Buffer
	dir := t.TempDir()
	c := settings{Flags: cli.Flags{Checkpoint: dir, Seed: 1, JSON: true}, length: 8, batch: 32, hidden: 16, steps: 500}
	c.Files.TensorBoard = filepath.Join(dir, "tensorboard")
	if err := run(context.Background(), &out, io.Discard, c); err != nil {
		t.Fatal(err)
	}
	var figures struct {
		Models   []result `json:"models"`
		Baseline float64  `json:"baseline_mse"`
	}
	if err := json.Unmarshal(out.Bytes(), &figures); err != nil {
		t.Fatalf("%v in %q", err, out.String())
	}
	if len(figures.Models) != 2 {
		t.Fatalf("figures %+v, want two models", figures)
	}
	for _, m := range figures.Models {
		if m.MSE > figures.Baseline/4 {
			t.Errorf("%s: mean squared error %.4f, want below a quarter of %.4f", m.Model, m.MSE, figures.Baseline)
		}
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "tensorboard", "*", "events.out.tfevents.*")); len(files) != 2 {
		t.Errorf("files for TensorBoard %q, want two", files)
	}
	if saved, _ := filepath.Glob(filepath.Join(dir, "*", "step-0000000500", "weights.safetensors")); len(saved) != 2 {
		t.Errorf("saved %q, want two files", saved)
	}
}

func TestRunRefuses(t *testing.T) {
	for want, c := range map[string]settings{
		"-length 1":       {length: 1, batch: 1, hidden: 1, steps: 1},
		"want at least 1": {length: 4, batch: 1, hidden: 1, steps: 0},
	} {
		if err := run(context.Background(), io.Discard, io.Discard, c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q in it", c, err, want)
		}
	}
}
