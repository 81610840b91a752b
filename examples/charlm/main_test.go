package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/examples/internal/cli"
	"github.com/elman-go/elman/trainers/watch"
	"github.com/elman-go/elman/zoo"
)

func quick(t *testing.T) settings {
	return settings{
		Flags:  cli.Flags{Checkpoint: filepath.Join(t.TempDir(), "model"), Seed: 1, JSON: true},
		corpus: "main.go", cell: "gru", hidden: 32, embedding: 16, layers: 1,
		length: 16, batch: 16, steps: 100, rate: 1e-2, prompt: "func ", temperature: 0.6,
	}
}

func TestRun(t *testing.T) {
	var out, again bytes.Buffer
	c := quick(t)
	dir := t.TempDir()
	c.Files = watch.Files{JSON: filepath.Join(dir, "run.jsonl"), Report: filepath.Join(dir, "run.html")}
	if err := run(context.Background(), &out, io.Discard, c); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		c.Files.JSON: `"name":"sample","value":"func `, c.Files.Report: "<h1>charlm, gru, H = 32</h1>",
	} {
		if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v, %d bytes, want %s in it", path, err, len(text), want)
		}
	}
	var r results
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v in %q", err, out.String())
	}
	if r.Start < 6 || r.Bits > 4.5 || r.NGram <= 0 || r.Steps != 100 || !strings.HasPrefix(r.Sample, c.prompt) {
		t.Errorf("figures %+v: want it to begin above 6 bits and end below 4.5", r)
	}

	model, err := zoo.Open[*zoo.LM](filepath.Join(c.Checkpoint, "step-0000000100"))
	if err != nil {
		t.Fatal(err)
	}
	sampler := zoo.Sampler{Temperature: c.temperature, Seed: c.Seed}
	if err := model.Generate(context.Background(), &again, c.prompt, 400, sampler); err != nil {
		t.Fatal(err)
	}
	if c.prompt+strings.TrimSuffix(again.String(), "\n") != r.Sample {
		t.Error("the model that was saved writes another text")
	}
}

func TestInterruptedSaves(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c := quick(t)
	progress := writerFunc(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("step 10/")) {
			cancel()
		}
		return len(p), nil
	})
	if err := run(ctx, io.Discard, progress, c); !errors.Is(err, cli.ErrInterrupted) {
		t.Fatalf("error %v, want that it was interrupted", err)
	}
	if _, err := zoo.Open[*zoo.LM](filepath.Join(c.Checkpoint, "step-0000000010")); err != nil {
		t.Error(err)
	}
	figures := func(c settings) (r results) {
		var out bytes.Buffer
		if err := run(context.Background(), &out, io.Discard, c); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		r.Seconds, r.PerSecond, r.Start = 0, 0, 0
		return r
	}
	c.Resume = true
	plain := figures(quick(t))
	if got := figures(c); got != plain {
		t.Errorf("taken up again %+v, want %+v", got, plain)
	}
	c = quick(t)
	c.dropout = 0.3
	if got := figures(c); got.Nats == plain.Nats {
		t.Error("dropout makes no difference")
	}
}

func TestShakespeare(t *testing.T) {
	dir := os.Getenv("ELMAN_DATA")
	if dir == "" {
		t.Skip("ELMAN_DATA names no folder of data sets")
	}
	c := quick(t)
	c.corpus, c.steps = filepath.Join(dir, "tinyshakespeare", "input.txt.gz"), 30
	var out, progress bytes.Buffer
	if err := run(context.Background(), &out, &progress, c); err != nil {
		t.Fatal(err)
	}
	if want := "1003854 characters to train on, 111540 to validate, 65 different ones"; !strings.Contains(progress.String(), want) {
		t.Errorf("%q, want %q in it", progress.String(), want)
	}
	var r results
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if !(r.Nats < 3.3) || r.Counted < 111540-64 || math.Abs(r.Nats-r.Bits*math.Ln2) > 1e-12 || math.Abs(r.NGram*math.Ln2-1.669) > 0.02 {
		t.Errorf("figures %+v: want less than 3.3 nats of nearly all characters, and an n-gram of about 1.669", r)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestRunRefuses(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, tc := range map[string]struct {
		change func(*settings)
		want   string
	}{
		"empty":     {func(c *settings) { c.corpus = file("empty.txt", "") }, "empty"},
		"short":     {func(c *settings) { c.corpus = file("short.txt", "a few words only") }, "too short"},
		"not UTF-8": {func(c *settings) { c.corpus = file("latin1.txt", "caf\xe9") }, "UTF-8"},
		"missing":   {func(c *settings) { c.corpus = filepath.Join(dir, "none") }, "none"},
		"prompt":    {func(c *settings) { c.prompt = "été" }, "é"},
		"cell":      {func(c *settings) { c.cell = "elm" }, `unknown cell "elm"`},
		"hidden":    {func(c *settings) { c.hidden = 0 }, "hidden size 0"},
		"length":    {func(c *settings) { c.length = 0 }, "0"},
		"embedding": {func(c *settings) { c.embedding = -1 }, "embedding size -1"},
		"batch":     {func(c *settings) { c.batch = -1 }, "-1"},
		"steps":     {func(c *settings) { c.steps = 0 }, "want at least 1"},
		"rate":      {func(c *settings) { c.rate = -1 }, "-rate -1, want more than 0"},
	} {
		t.Run(name, func(t *testing.T) {
			c := quick(t)
			tc.change(&c)
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
