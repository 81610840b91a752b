// Command charlm trains a character language model and lets it write.
//
// Without flags it reads text that every Go user has, the source of the standard library's net and
// encoding packages, and holds one file in ten back: one half says which step was best, the other is measured
// once, at the end. It prints bits per character and a sample as it learns, saves checkpoints and the best
// model, and lets the model continue the prompt.
//
//	go run ./examples/charlm
//	go run ./examples/charlm -report run/charlm.html -tensorboard run/tensorboard
//	go run ./examples/charlm -resume                        # continues training that was interrupted, or killed
//	go run ./examples/charlm -model run/charlm -prompt "func Read"
//	go run ./examples/charlm -cell lstm -layers 2 -corpus shakespeare.txt -prompt ROMEO:
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/examples/internal/cli"
	"github.com/elman-go/elman/examples/internal/lm"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/text"
	"github.com/elman-go/elman/zoo"
)

// settings are the flags.
type settings struct {
	cli.Flags
	text                               lm.Files
	model, cell, prompt                string
	hidden, embedding, layers          int
	length, batch, steps, n            int
	rate, dropout, resets, temperature float64
}

// results are the figures that -json prints. Those of validation and test are of the model after the best step.
type results struct {
	Bits      float64 `json:"val_bits_per_char"`
	Nats      float64 `json:"val_nats_per_char"`
	Counted   int     `json:"val_chars"`
	TestBits  float64 `json:"test_bits_per_char,omitempty"`
	TestNats  float64 `json:"test_nats_per_char,omitempty"`
	Tested    int     `json:"test_chars,omitempty"`
	Start     float64 `json:"start_bits_per_char"`
	NGram     float64 `json:"ngram_bits_per_char"` // in validation
	TestNGram float64 `json:"ngram_test_bits_per_char,omitempty"`
	Order     int     `json:"ngram_order"`
	Best      int     `json:"best_step"`
	Steps     int     `json:"steps"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"chars_per_s"`
	Sample    string  `json:"sample"`
}

func main() {
	c := settings{Flags: cli.Flags{Every: 500}}
	c.Declare("run/charlm")
	flag.StringVar(&c.text.Train, "corpus", "", "text to learn from: a `file` or a folder of files, gzipped or not (default: Go source in GOROOT)")
	flag.StringVar(&c.text.Valid, "valid", "", "text that says which step was best: a `file` or a folder (default: a part of the corpus)")
	flag.StringVar(&c.text.Test, "test", "", "text to measure on once, at the end: a `file` or a folder (default: a part of the corpus, unless there is -valid)")
	flag.StringVar(&c.model, "model", "", "`folder` of a model, or of checkpoints: continue the prompt with it, and train nothing")
	flag.StringVar(&c.prompt, "prompt", "func New", "text that the model continues")
	flag.IntVar(&c.n, "n", 400, "characters to write after the prompt")
	flag.Float64Var(&c.temperature, "temperature", 0.6, "temperature of the samples: lower is safer; 0 takes the most probable character")
	flag.StringVar(&c.cell, "cell", "gru", "recurrent cell, one of "+strings.Join(zoo.Cells(), ", "))
	flag.IntVar(&c.hidden, "hidden", 256, "hidden size H of each cell")
	flag.IntVar(&c.embedding, "embedding", 64, "size E of a character's vector; 0: H")
	flag.IntVar(&c.layers, "layers", 1, "cells in depth")
	flag.Float64Var(&c.dropout, "dropout", 0, "dropout rate on embeddings and on the output of each cell")
	flag.IntVar(&c.steps, "steps", 3000, "optimiser steps")
	flag.IntVar(&c.length, "length", 64, "timesteps T of truncated back-propagation through time")
	flag.IntVar(&c.batch, "batch", 16, "sequences B in a batch")
	flag.Float64Var(&c.rate, "rate", 3e-3, "peak learning rate of Adam, reached after a fiftieth of the steps; it then falls to a thirtieth")
	flag.Float64Var(&c.resets, "resets", 0.1, "probability that a sequence of a batch starts anew somewhere, by which the model learns to begin from any prompt")
	cli.Main("charlm", "Trains a character language model, or opens one, and lets it continue a prompt.", []string{
		"charlm                                     # learns from Go source, in about two minutes",
		"charlm -corpus shakespeare.txt -prompt ROMEO:",
		"charlm -corpus train.txt -valid valid.txt -test test.txt -cell lstm -hidden 512 -dropout 0.3",
		"charlm -report run/charlm.html",
		"charlm -model run/charlm -prompt ROMEO: -n 1000",
	}, func(ctx context.Context) error {
		return run(ctx, os.Stdout, os.Stderr, c)
	})
}

// run is main without the process.
func run(ctx context.Context, stdout, stderr io.Writer, c settings) (err error) {
	defer func() { err = c.Interrupted(ctx, err) }()
	if err := cli.AtLeast(1, map[string]int{"length": c.length, "batch": c.batch, "steps": c.steps}); err != nil {
		return err
	}
	if err := cli.AtLeast(0, map[string]int{"n": c.n}); err != nil {
		return err
	}
	if !(c.rate > 0) {
		return errors.Errorf("-rate %v, want more than 0", c.rate)
	}
	if !(c.resets >= 0 && c.resets <= 1) {
		return errors.Errorf("-resets %v, want 0 to 1", c.resets)
	}
	out, err := c.Begin(stdout, stderr)
	if err != nil {
		return err
	}
	sampler := zoo.Sampler{Temperature: c.temperature, Seed: c.Seed}
	if c.model != "" {
		used, err := lm.Use(ctx, out, c.model, c.prompt, c.n, sampler)
		if err != nil {
			return err
		}
		return c.Print(stdout, used)
	}
	c.Folder()
	corpus, err := readCorpus(stderr, c)
	if err != nil {
		return err
	}
	model, err := zoo.NewLM(corpus.vocab, zoo.LMConfig{
		Recurrence: zoo.Recurrence{Cell: c.cell, Hidden: c.hidden, Layers: c.layers, Dropout: c.dropout},
		Embedding:  c.embedding,
	}, c.Seed)
	if err != nil {
		return err
	}
	if _, err := lm.Continue(ctx, io.Discard, model, c.prompt, 0, sampler); err != nil {
		return err // before the training, not after it
	}

	var r results
	if r.Start, _, err = bits(ctx, model, corpus.valid); err != nil {
		return err
	}
	yardstick, err := lm.NewYardstick(corpus.train, corpus.valid, corpus.test, corpus.vocab.Len())
	if err != nil {
		return err
	}
	r.Order, r.NGram = yardstick.Order, yardstick.Valid
	fmt.Fprintf(out, "validation: untrained %.2f bits per character; best n-gram, of order %d, %.3f\n", r.Start, r.Order, r.NGram)

	c.Files.Title = fmt.Sprintf("charlm, %s, H = %d", c.cell, c.hidden)
	best := &trainers.EarlyStopping{Patience: c.steps} // it ends nothing, and gives the best model back
	every := max(1, c.steps/16)
	evaluate := &trainers.Evaluate{
		Source: corpus.glimpse,
		Every:  every,
		Observers: []trainers.Observer{best, trainers.ObserverFunc(func(run *trainers.Run, e trainers.Evaluation) error {
			fmt.Fprintf(out, "\n--- step %d: %.3f bits per character in the beginning of the validation text\n", e.Step, e.Loss/math.Ln2)
			if e.Step/every%2 == 1 && e.Step < c.steps {
				return nil
			}
			sample, err := lm.Continue(run.Context(), out, model, c.prompt, 100, sampler)
			run.Text("sample", sample)
			return err
		})},
	}
	trainer := trainers.Trainer{
		Optimizer: &trainers.Adam{},
		Schedule:  trainers.Cosine{Peak: c.rate, Floor: c.rate / 30, Warmup: c.steps / 50, Steps: c.steps},
		ClipNorm:  5,
		Checkpoints: trainers.Checkpoints{
			Dir: c.Checkpoint, Every: c.Every, Resume: c.Resume,
			Settings: map[string]any{"corpus": c.text.Train, "characters": lm.Count(corpus.train), "resets": c.resets},
		},
		Hooks: []trainers.Hook{
			trainers.Progress(stderr),
			evaluate,
			&trainers.UpdateRatio{Every: max(1, c.steps/100)},
			&trainers.Histograms{Every: max(1, c.steps/30)},
			&c.Files,
		},
	}
	report, err := trainer.Fit(ctx, model, corpus.batches, c.steps)
	if err != nil {
		return err
	}
	if report.Interrupted {
		return ctx.Err()
	}
	fmt.Fprintln(out)
	verdict := lm.Verdict{
		When:   func(step int) string { return fmt.Sprintf("step %d", step) },
		Figure: func(loss float64) string { return fmt.Sprintf("%.3f bits per character", loss/math.Ln2) },
		Advice: "so give it more text, -dropout or fewer -steps",
	}
	if says := verdict.Of(best, evaluate.History); says != "" {
		fmt.Fprintln(out, says)
	}
	saved := filepath.Join(c.Checkpoint, lm.ModelFolder)
	if err := model.Save(saved); err != nil {
		return err
	}
	fmt.Fprintf(out, "saved in %s; charlm -model %s -prompt ... uses it\n", saved, c.Checkpoint)
	c.Written(out)
	r.Best, r.Steps, r.Seconds = best.BestStep, report.Steps, report.Seconds
	r.PerSecond = float64((report.Steps-report.Before)*c.length*c.batch) / report.Seconds
	if r.Bits, r.Counted, err = bits(ctx, model, corpus.valid); err != nil {
		return err
	}
	r.Nats = r.Bits * math.Ln2
	fmt.Fprintf(out, "validation, all of it: %.3f bits per character, after step %d; %d steps in %s, %.0f characters a second\n",
		r.Bits, r.Best, r.Steps, time.Duration(report.Seconds*1e9).Round(time.Second), r.PerSecond)
	if len(corpus.test) > 0 {
		if r.TestBits, r.Tested, err = bits(ctx, model, corpus.test); err != nil {
			return err
		}
		r.TestNats, r.TestNGram = r.TestBits*math.Ln2, yardstick.Test
		fmt.Fprintf(out, "test: %.3f bits per character; the n-gram %.3f\n", r.TestBits, r.TestNGram)
	}
	fmt.Fprintln(out)
	if r.Sample, err = lm.Continue(ctx, out, model, c.prompt, c.n, sampler); err != nil {
		return err
	}
	return c.Print(stdout, r)
}

// bits is the model's loss in bits per character, and over how many.
func bits(ctx context.Context, model *zoo.LM, docs [][]int) (value float64, counted int, err error) {
	src, err := whole(docs)
	if err != nil {
		return 0, 0, err
	}
	e, err := trainers.Measure(ctx, model, src)
	return e.Loss / math.Ln2, int(e.Count), err
}

// whole makes batches to measure on, which counts every character, in few rows: each begins without a state, as the
// text itself does only once.
func whole(docs [][]int) (*data.BPTT, error) {
	n := lm.Count(docs)
	rows := min(8, max(1, n/128))
	return data.NewBPTT(docs, data.BPTTLength(n, rows, 64), rows, 0)
}

// corpus is the text as tokens.
type corpus struct {
	vocab              *text.Vocab
	train, valid, test [][]int
	batches            *data.BPTT // of train
	glimpse            *data.BPTT // the beginning of valid, which is measured while training
}

//go:embed main.go
var ownSource string

func readCorpus(stderr io.Writer, c settings) (*corpus, error) {
	texts, err := lm.Read(stderr, c.text, ownSource)
	if err != nil {
		return nil, err
	}
	var k corpus
	all := slices.Concat(texts.Train, texts.Valid, texts.Test)
	if k.vocab, err = text.NewVocab(text.Runes, lm.Strings(all), text.VocabOptions{}); err != nil {
		return nil, err
	}
	if k.train, err = lm.Encode(k.vocab, texts.Train); err != nil {
		return nil, err
	}
	if k.valid, err = lm.Encode(k.vocab, texts.Valid); err != nil {
		return nil, err
	}
	if k.test, err = lm.Encode(k.vocab, texts.Test); err != nil {
		return nil, err
	}
	fmt.Fprintf(stderr, "%d files: %d characters to train on, %d to validate, %d to test, %d different ones\n",
		lm.CountFiles(all), lm.Count(k.train), lm.Count(k.valid), lm.Count(k.test), k.vocab.Len())
	if k.batches, err = data.NewBPTT(k.train, c.length, c.batch, c.Seed); err != nil {
		return nil, errors.Wrap(err, "the corpus is too short to train on: give more text, or a smaller -length or -batch")
	}
	k.batches.ResetRate = c.resets
	if k.glimpse, err = whole(lm.Head(k.valid, 20000)); err != nil {
		return nil, errors.Wrap(err, "the corpus is too short to validate on: give more text")
	}
	if _, err := whole(k.test); err != nil && len(k.test) > 0 {
		return nil, errors.Wrap(err, "the text is too short to test on: give more")
	}
	return &k, nil
}
