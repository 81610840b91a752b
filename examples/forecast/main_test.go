package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/examples/internal/cli"
)

func quick(t *testing.T) settings {
	dir := t.TempDir()
	return settings{
		Flags:  cli.Flags{Checkpoint: filepath.Join(dir, "models"), Seed: 1, JSON: true},
		season: 12, horizon: 12, holdout: 12, hidden: 8, members: 1, steps: 20, plot: filepath.Join(dir, "plot.png"),
	}
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	c := quick(t)
	c.Files.JSON = filepath.Join(t.TempDir(), "run.jsonl")
	if err := run(context.Background(), &out, io.Discard, c); err != nil {
		t.Fatal(err)
	}
	for _, cell := range []string{"lstm", "gru", "vanilla"} {
		log, err := os.ReadFile(c.Files.Named(cell).JSON)
		for _, want := range []string{`"step":20,`, `"name":"forecast","value":{"x":"row","y":"passengers"`, `"name":"validation/loss"`} {
			if !bytes.Contains(log, []byte(want)) {
				t.Errorf("%s: %v, %d bytes, want %s in the log", cell, err, len(log), want)
			}
		}
	}
	var got struct {
		Models, Baselines []figures
		Chosen            string
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("%v in %q", err, out.String())
	}
	if len(got.Models) != 3 || len(got.Baselines) != 3 || got.Chosen == "" {
		t.Fatalf("figures %s", out.String())
	}
	for _, m := range got.Models {
		if m.MAPE > 15 {
			t.Errorf("%s: MAPE %.2f %%, want less than the 14.25 of the last value", m.Model, float64(m.MAPE))
		}
	}
	if mape := got.Baselines[1].MAPE; mape < 9.98 || mape > 10 {
		t.Errorf("seasonal naive: MAPE %.3f %%, want 9.99", float64(mape))
	}
	if png, err := os.ReadFile(c.plot); err != nil || !bytes.HasPrefix(png, []byte("\x89PNG")) {
		t.Errorf("picture: %v, %d bytes", err, len(png))
	}
	if saved, _ := filepath.Glob(filepath.Join(c.Checkpoint, got.Chosen+"-1", "step-*", "model.json")); len(saved) != 1 {
		t.Errorf("the chosen model is not in %s", c.Checkpoint)
	}
}

func TestRunRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bad.csv")
	for _, tc := range []struct{ name, csv, column, want string }{
		{"missing column", "a,b\n1,2\n", "c", `"c"`},
		{"text", "a\n1\nx\n", "a", "x"},
		{"NaN", "a\n1\nNaN\n", "a", "NaN"},
		{"ragged", "a,b\n1,2\n3\n", "a", "bad.csv"},
		{"few rows", "a\n" + strings.Repeat("1\n2\n3\n", 9), "a", "rows"},
		{"constant", "a\n" + strings.Repeat("5\n", 90), "a", `"a"`},
		{"no column", "a\n1\n", "", "-column"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := os.WriteFile(file, []byte(tc.csv), 0o666); err != nil {
				t.Fatal(err)
			}
			c := quick(t)
			c.csv, c.column = file, tc.column
			err := run(context.Background(), io.Discard, io.Discard, c)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q in it", err, tc.want)
			}
			if _, err := os.Stat(c.Checkpoint); err == nil {
				t.Error("something was written")
			}
		})
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c := quick(t)
	lines := 0
	progress := writerFunc(func(p []byte) (int, error) {
		if lines++; lines == 2 {
			cancel()
		}
		return len(p), nil
	})
	if err := run(ctx, io.Discard, progress, c); !errors.Is(err, cli.ErrInterrupted) {
		t.Fatalf("error %v, want that it was interrupted", err)
	}
	if saved, _ := filepath.Glob(filepath.Join(c.Checkpoint, "*", "step-*", "model.json")); len(saved) == 0 {
		t.Error("nothing is saved")
	}
	figures := func(c settings) string {
		var out bytes.Buffer
		if err := run(context.Background(), &out, io.Discard, c); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	c.Resume = true
	if got, want := figures(c), figures(quick(t)); got != want {
		t.Errorf("taken up again\n%s, want\n%s", got, want)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
