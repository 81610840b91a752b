package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/examples/internal/cli"
	"github.com/elman-go/elman/examples/internal/lm"
	"github.com/elman-go/elman/trainers/watch"
	"github.com/elman-go/elman/zoo"
)

// quick learns a sentence that goes round.
func quick(t *testing.T) settings {
	dir := t.TempDir()
	file := func(name string, times int) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(strings.Repeat(" the cat sat on the mat \n a dog ran \n", times)), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return settings{
		Flags:    cli.Flags{Checkpoint: filepath.Join(dir, "run"), Seed: 1, JSON: true},
		text:     lm.Files{Train: file("train.txt", 100), Valid: file("valid.txt", 20), Test: file("test.txt", 10)},
		minCount: 1, n: 60,
		cell: "lstm", hidden: 16, layers: 2, length: 10, batch: 5, epochs: 6, hold: 4,
		uniform: 0.1, rate: 20, decay: 0.5, clip: 0.25, prompt: "the cat",
	}
}

// figures runs c and gives what it prints, but for the time it took.
func figures(t *testing.T, c settings) (r results) {
	t.Helper()
	var out bytes.Buffer
	if err := run(context.Background(), &out, io.Discard, c); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v in %q", err, out.String())
	}
	r.Seconds, r.PerSecond = 0, 0
	return r
}

func TestRun(t *testing.T) {
	c := quick(t)
	dir := t.TempDir()
	c.Files = watch.Files{JSON: filepath.Join(dir, "run.jsonl"), Report: filepath.Join(dir, "run.html")}
	r := figures(t, c)
	if r.Epochs != 6 || r.Tested != 109 || r.NGram < 1 || !(r.Test < 1.5) || !(r.Valid < 1.5) || !strings.Contains(r.Sample, "\na dog ran\nthe cat sat on the mat\n") {
		t.Errorf("figures %+v: want 6 epochs, 109 words and a perplexity below 1.5", r)
	}
	for path, want := range map[string]string{
		c.Files.JSON: `"name":"validation/loss"`, c.Files.Report: "<h1>wordlm, lstm, 2 layers, H = 16</h1>",
	} {
		if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v, %d bytes, want %s in it", path, err, len(text), want)
		}
	}
}

func TestFlagsMatter(t *testing.T) {
	plain := figures(t, quick(t))
	for name, change := range map[string]func(*settings){
		"cell":      func(c *settings) { c.cell = "gru" },
		"hidden":    func(c *settings) { c.hidden = 8 },
		"embedding": func(c *settings) { c.embedding = 8 },
		"tied":      func(c *settings) { c.tied = true },
		"layers":    func(c *settings) { c.layers = 1 },
		"uniform":   func(c *settings) { c.uniform = 0 },
		"dropout":   func(c *settings) { c.dropout = 0.1 },
		"length":    func(c *settings) { c.length = 20 },
		"batch":     func(c *settings) { c.batch = 10 },
		"hold":      func(c *settings) { c.hold = 3 },
		"decay":     func(c *settings) { c.decay = 0.4 },
		"clip":      func(c *settings) { c.clip = 0.1 },
		"average":   func(c *settings) { c.average = 0.99 },
		"seed":      func(c *settings) { c.Seed = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			c := quick(t)
			change(&c)
			if r := figures(t, c); r.Test == plain.Test {
				t.Errorf("it makes no difference to a perplexity of %v", r.Test)
			}
		})
	}
	c := quick(t)
	c.Threads = 1
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	if r := figures(t, c); r != plain {
		t.Errorf("one thread: %+v, want %+v", r, plain)
	}
}

// What is saved in the end is the average that was measured.
func TestAverageIsTheModel(t *testing.T) {
	c := quick(t)
	c.average = 0.99
	r := figures(t, c)
	model, err := zoo.Open[*zoo.LM](filepath.Join(c.Checkpoint, "model"))
	if err != nil {
		t.Fatal(err)
	}
	corpus, err := readCorpus(io.Discard, c)
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := perplexity(context.Background(), model, corpus.test); err != nil || got != r.Test {
		t.Errorf("the model that was saved: %v, %v, want %v", got, err, r.Test)
	}
}

// Dropout, the average and the fall of the rate go on as if nothing had been.
func TestInterruptedGoesOn(t *testing.T) {
	change := func(c settings) settings {
		c.dropout, c.average, c.tied = 0.2, 0.9, true
		return c
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := change(quick(t))
	progress := writerFunc(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("epoch 4:")) {
			cancel()
		}
		return len(p), nil
	})
	if err := run(ctx, io.Discard, progress, c); !errors.Is(err, cli.ErrInterrupted) {
		t.Fatalf("error %v, want that it was interrupted", err)
	}
	c.Resume = true
	if got, want := figures(t, c), figures(t, change(quick(t))); got != want {
		t.Errorf("resumed %+v, want %+v", got, want)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// Where training passes its best epoch, that is said, and the model of that epoch is kept.
func TestOverfitting(t *testing.T) {
	c := quick(t)
	var says bytes.Buffer
	c.text.Train, c.text.Valid, c.text.Test = "main.go", "", ""
	c.hidden, c.epochs, c.hold = 32, 40, 40
	var out bytes.Buffer
	if err := run(context.Background(), &out, &says, c); err != nil {
		t.Fatal(err)
	}
	var r results
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	var epoch, last, kept int
	var best, end float64
	_, verdict, _ := strings.Cut(says.String(), "best after ")
	if _, err := fmt.Sscanf(verdict, "epoch %d: perplexity %f; epoch %d, the last one, had perplexity %f: it overfits, so give it more text, -dropout or fewer -epochs. The model of epoch %d is kept",
		&epoch, &best, &last, &end, &kept); err != nil {
		t.Fatalf("%v in %q", err, verdict)
	}
	if last != 40 || epoch != kept || r.Best != epoch || !(best < end) || r.Tested == 0 {
		t.Errorf("%q, figures %+v", verdict, r)
	}
}

// Without a text to test on, none is tested.
func TestWithoutTest(t *testing.T) {
	c := quick(t)
	c.text.Test = ""
	if r := figures(t, c); r.Tested != 0 || r.Test != 0 || !(r.Valid < 1.5) {
		t.Errorf("figures %+v: want no test", r)
	}
}

// A model that was saved continues a prompt without training.
func TestModel(t *testing.T) {
	c := quick(t)
	r := figures(t, c)
	c.model, c.Checkpoint = c.Checkpoint, filepath.Join(t.TempDir(), "unused")
	var out bytes.Buffer
	if err := run(context.Background(), &out, io.Discard, c); err != nil {
		t.Fatal(err)
	}
	var used lm.Used
	if err := json.Unmarshal(out.Bytes(), &used); err != nil || used.Sample != r.Sample {
		t.Errorf("%q, %v, want %q", out.String(), err, r.Sample)
	}
}

func TestPennTreebank(t *testing.T) {
	dir := os.Getenv("ELMAN_DATA")
	if dir == "" {
		t.Skip("ELMAN_DATA names no folder of data sets")
	}
	c := quick(t)
	c.text.Train = filepath.Join(dir, "ptb", "ptb.valid.txt.gz") // the smallest: seconds
	c.text.Valid = filepath.Join(dir, "ptb", "ptb.test.txt.gz")
	c.text.Test = c.text.Valid
	c.length, c.batch, c.epochs = 20, 20, 1
	r := figures(t, c)
	if r.Steps != 184 || r.Tested != 82429 || !(r.Test < 800) || r.Test != r.Valid {
		t.Errorf("figures %+v: want 184 steps, 82 429 words and a perplexity below 800", r)
	}
}

func TestRunRefuses(t *testing.T) {
	short := func(t *testing.T) string {
		path := filepath.Join(t.TempDir(), "short.txt")
		if err := os.WriteFile(path, []byte("word"), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, tc := range map[string]struct {
		change func(*settings)
		want   string
	}{
		"no train":    {func(c *settings) { c.text.Train = "" }, "none to learn from"},
		"missing":     {func(c *settings) { c.text.Valid = filepath.Join(t.TempDir(), "none") }, "none"},
		"short train": {func(c *settings) { c.text.Train = short(t) }, "too short to train on"},
		"short valid": {func(c *settings) { c.text.Valid = short(t) }, "validation: "},
		"cell":        {func(c *settings) { c.cell = "elm" }, `unknown cell "elm"`},
		"tied":        {func(c *settings) { c.tied, c.embedding = true, 3 }, "embedding size 3"},
		"min-count":   {func(c *settings) { c.minCount = -1 }, "-1"},
		"batch":       {func(c *settings) { c.batch = 0 }, "-batch 0, want at least 1"},
		"epochs":      {func(c *settings) { c.epochs = 0 }, "want at least 1"},
		"rate":        {func(c *settings) { c.rate = -1 }, "-rate -1, want more than 0"},
		"n":           {func(c *settings) { c.n = -1 }, "-n -1, want at least 0"},
		"short test":  {func(c *settings) { c.text.Test = short(t) }, "test: "},
		"model":       {func(c *settings) { c.model = t.TempDir() }, "neither a model nor a checkpoint"},
		"average":     {func(c *settings) { c.average = 1 }, "Decay is 1"},
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
