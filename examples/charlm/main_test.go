package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/examples/internal/cli"
	"github.com/elman-go/elman/examples/internal/lm"
	"github.com/elman-go/elman/trainers/watch"
	"github.com/elman-go/elman/zoo"
)

func quick(t *testing.T) settings {
	return settings{
		Flags: cli.Flags{Checkpoint: filepath.Join(t.TempDir(), "model"), Seed: 1, JSON: true},
		text:  lm.Files{Train: "main.go"}, n: 400, resets: 0.1, cell: "gru", hidden: 32, embedding: 16, layers: 1,
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

	// The model that was saved writes the same, and without training.
	c.model, c.Checkpoint, c.Files = c.Checkpoint, filepath.Join(dir, "unused"), watch.Files{}
	if err := run(context.Background(), &again, io.Discard, c); err != nil {
		t.Fatal(err)
	}
	var used lm.Used
	if err := json.Unmarshal(again.Bytes(), &used); err != nil {
		t.Fatal(err)
	}
	if used.Sample != r.Sample || !strings.HasSuffix(used.Model, "model") {
		t.Errorf("the model of %q writes another text", used.Model)
	}
	if _, err := os.Stat(c.Checkpoint); err == nil {
		t.Error("using a model wrote something")
	}
}

// Where training passes its best model, that is said, and the best is what is saved, measured and used.
func TestOverfitting(t *testing.T) {
	c := quick(t)
	source, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	c.text.Train = filepath.Join(t.TempDir(), "short.txt")
	if err := os.WriteFile(c.text.Train, source[:4000], 0o666); err != nil {
		t.Fatal(err)
	}
	c.hidden, c.steps, c.rate, c.Every = 64, 400, 2e-2, 100
	var out, says bytes.Buffer
	if err := run(context.Background(), &out, &says, c); err != nil {
		t.Fatal(err)
	}
	var r results
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	var step, last, kept int
	var best, end float64
	_, verdict, _ := strings.Cut(says.String(), "best after ")
	if _, err := fmt.Sscanf(verdict, "step %d: %f bits per character; step %d, the last one, had %f bits per character: it overfits, so give it more text, -dropout or fewer -steps. The model of step %d is kept",
		&step, &best, &last, &end, &kept); err != nil {
		t.Fatalf("%v in %q", err, verdict)
	}
	if last != 400 || step != kept || r.Best != step || !(best < end-0.05) || math.Abs(r.Bits-best) > 5e-4 {
		t.Errorf("%q, and %.4f bits after step %d; want the figure of the best step, and a worse one of the last", verdict, r.Bits, r.Best)
	}
	model, _, err := lm.Open(c.Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	corpus, err := readCorpus(io.Discard, c)
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := bits(context.Background(), model, corpus.valid); err != nil || got != r.Bits {
		t.Errorf("the model that was saved: %v bits, %v, want %v", got, err, r.Bits)
	}
	if got, _, err := bits(context.Background(), model, corpus.test); err != nil || got != r.TestBits || r.Tested == 0 {
		t.Errorf("test: %v bits, %v, want %v", got, err, r.TestBits)
	}
}

// A glimpse is the beginning of a document, not the whole of it.
func TestGlimpse(t *testing.T) {
	c := quick(t)
	c.text.Train = filepath.Join(t.TempDir(), "long.txt")
	if err := os.WriteFile(c.text.Train, bytes.Repeat([]byte("0123456789"), 100_000), 0o666); err != nil {
		t.Fatal(err)
	}
	corpus, err := readCorpus(io.Discard, c)
	if err != nil {
		t.Fatal(err)
	}
	if n := corpus.glimpse.Len() * corpus.glimpse.Spec()["tokens"].Shape.TotalSize(); n < 19_000 || n > 20_000 {
		t.Errorf("%d characters of %d, want about 20 000", n, lm.Count(corpus.valid))
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
		t.Errorf("resumed %+v, want %+v", got, plain)
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
	c.text.Train, c.steps = filepath.Join(dir, "tinyshakespeare", "input.txt.gz"), 30
	var out, progress bytes.Buffer
	if err := run(context.Background(), &out, &progress, c); err != nil {
		t.Fatal(err)
	}
	if want := "1 files: 1003854 characters to train on, 55770 to validate, 55770 to test, 65 different ones"; !strings.Contains(progress.String(), want) {
		t.Errorf("%q, want %q in it", progress.String(), want)
	}
	var r results
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if !(r.Nats < 3.3) || r.Counted != 55769 || r.Tested != r.Counted || r.Order != 5 || math.Abs(r.Nats-r.Bits*math.Ln2) > 1e-12 || math.Abs(r.NGram*math.Ln2-1.57) > 0.02 {
		t.Errorf("figures %+v: want less than 3.3 nats of all characters, and an n-gram of order 5 and about 1.57", r)
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
		"empty":     {func(c *settings) { c.text.Train = file("empty.txt", "") }, "empty"},
		"short":     {func(c *settings) { c.text.Train = file("short.txt", "a few words only") }, "too short"},
		"not UTF-8": {func(c *settings) { c.text.Train = file("latin1.txt", "caf\xe9") }, "UTF-8"},
		"missing":   {func(c *settings) { c.text.Train = filepath.Join(dir, "none") }, "none"},
		"prompt":    {func(c *settings) { c.prompt = "été" }, "é"},
		"cell":      {func(c *settings) { c.cell = "elm" }, `unknown cell "elm"`},
		"hidden":    {func(c *settings) { c.hidden = 0 }, "hidden size 0"},
		"length":    {func(c *settings) { c.length = 0 }, "0"},
		"embedding": {func(c *settings) { c.embedding = -1 }, "embedding size -1"},
		"batch":     {func(c *settings) { c.batch = -1 }, "-1"},
		"steps":     {func(c *settings) { c.steps = 0 }, "want at least 1"},
		"rate":      {func(c *settings) { c.rate = -1 }, "-rate -1, want more than 0"},
		"resets":    {func(c *settings) { c.resets = 1.5 }, "-resets 1.5, want 0 to 1"},
		"n":         {func(c *settings) { c.n = -1 }, "-n -1, want at least 0"},
		"valid":     {func(c *settings) { c.text.Valid = filepath.Join(dir, "gone") }, "validation: "},
		"test":      {func(c *settings) { c.text.Test = file("few.txt", "x") }, "too short to test"},
		"model":     {func(c *settings) { c.model = dir }, "neither a model nor a checkpoint"},
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
