// Command charlm trains a character language model and lets it write.
//
// Without flags it reads text that every Go user has, the source of the standard library's net and
// encoding packages, and holds one file in ten back to measure on. It prints bits per character and a
// sample as it learns, saves checkpoints, and lets the model continue the prompt.
//
//	go run ./examples/charlm
//	go run ./examples/charlm -report run/charlm.html -tensorboard run/tensorboard
//	go run ./examples/charlm -resume                        # goes on where it was interrupted, or killed
//	go run ./examples/charlm -cell lstm -layers 2 -corpus shakespeare.txt -prompt ROMEO:
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"go/build"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/examples/internal/cli"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/text"
	"github.com/elman-go/elman/zoo"
)

// settings are the flags.
type settings struct {
	cli.Flags
	corpus, cell, prompt       string
	hidden, embedding, layers  int
	length, batch, steps       int
	rate, dropout, temperature float64
}

// results are the figures that -json prints.
type results struct {
	Bits      float64 `json:"val_bits_per_char"`
	Nats      float64 `json:"val_nats_per_char"`
	Counted   int     `json:"val_chars"`
	Start     float64 `json:"start_bits_per_char"`
	NGram     float64 `json:"ngram_bits_per_char"`
	Steps     int     `json:"steps"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"chars_per_s"`
	Sample    string  `json:"sample"`
}

func main() {
	c := settings{Flags: cli.Flags{Every: 500}}
	c.Declare("run/charlm")
	flag.StringVar(&c.corpus, "corpus", "", "text `file` or folder to learn from (default: Go source in GOROOT)")
	flag.StringVar(&c.cell, "cell", "gru", "vanilla, lstm or gru")
	flag.IntVar(&c.hidden, "hidden", 256, "hidden size H")
	flag.IntVar(&c.embedding, "embedding", 64, "size E of a character's vector; 0: H")
	flag.IntVar(&c.layers, "layers", 1, "cells in depth")
	flag.IntVar(&c.length, "length", 64, "timesteps T of truncated back-propagation")
	flag.IntVar(&c.batch, "batch", 16, "sequences B in a batch")
	flag.IntVar(&c.steps, "steps", 3000, "optimiser steps")
	flag.Float64Var(&c.rate, "rate", 3e-3, "learning rate at its greatest, after a rise in the first steps and before a fall to a thirtieth")
	flag.Float64Var(&c.dropout, "dropout", 0, "rate of dropout on embeddings and on what each cell puts out")
	flag.StringVar(&c.prompt, "prompt", "func New", "what the model continues")
	flag.Float64Var(&c.temperature, "temperature", 0.6, "of the samples; 0 takes the most probable character")
	cli.Main("charlm", "Trains a character language model and lets it write.", []string{
		"charlm",
		"charlm -report run/charlm.html",
		"charlm -cell lstm -layers 2 -corpus shakespeare.txt -prompt ROMEO:",
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
	if !(c.rate > 0) {
		return errors.Errorf("-rate %v, want more than 0", c.rate)
	}
	out, err := c.Begin(stdout, stderr)
	if err != nil {
		return err
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
	sampler := zoo.Sampler{Temperature: c.temperature, Seed: c.Seed}
	if err := model.Generate(ctx, io.Discard, c.prompt, 0, sampler); err != nil {
		return err // before the training, not after it
	}

	var r results
	if r.Start, _, err = bits(ctx, model, corpus.valid); err != nil {
		return err
	}
	order, ngram := text.BestNGram(corpus.trainTokens, corpus.validTokens, corpus.vocab.Len(), 5)
	r.NGram = ngram
	fmt.Fprintf(out, "untrained %.2f bits per character; best n-gram, of order %d, %.2f\n", r.Start, order, r.NGram)

	c.Files.Title = fmt.Sprintf("charlm, %s, H = %d", c.cell, c.hidden)
	trainer := trainers.Trainer{
		Optimizer: &trainers.Adam{},
		Schedule:  trainers.Cosine{Peak: c.rate, Floor: c.rate / 30, Warmup: c.steps / 50, Steps: c.steps},
		ClipNorm:  5,
		Checkpoints: trainers.Checkpoints{
			Dir: c.Checkpoint, Every: c.Every, Resume: c.Resume,
			Settings: map[string]any{"corpus": c.corpus, "characters": count(corpus.trainTokens)},
		},
		Hooks: []trainers.Hook{
			trainers.Progress(stderr),
			&trainers.Evaluate{
				Source: corpus.glimpse,
				Every:  max(1, c.steps/8),
				Observers: []trainers.Observer{trainers.ObserverFunc(func(run *trainers.Run, e trainers.Evaluation) error {
					fmt.Fprintf(out, "\n--- step %d: %.3f bits per character\n", e.Step, e.Loss/math.Ln2)
					var sample strings.Builder
					err := write(run.Context(), io.MultiWriter(out, &sample), model, c.prompt, 100, sampler)
					run.Text("sample", sample.String())
					return err
				})},
			},
			&trainers.UpdateRatio{Every: max(1, c.steps/100)},
			&trainers.Histograms{Every: max(1, c.steps/30)},
			&c.Files,
		},
	}
	report, err := trainer.Fit(ctx, model, corpus.train, c.steps)
	if err != nil {
		return err
	}
	if report.Interrupted {
		return ctx.Err()
	}
	saved, err := trainers.LastCheckpoint(c.Checkpoint)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nsaved in %s\n", saved)
	if r.Bits, r.Counted, err = bits(ctx, model, corpus.valid); err != nil {
		return err
	}
	r.Nats = r.Bits * math.Ln2
	r.Steps, r.Seconds = report.Steps, report.Seconds
	r.PerSecond = float64((report.Steps-report.Before)*c.length*c.batch) / report.Seconds
	fmt.Fprintf(out, "validation: %.3f bits per character after %d steps in %s, %.0f characters a second\n\n",
		r.Bits, r.Steps, time.Duration(report.Seconds*1e9).Round(time.Second), r.PerSecond)
	var sample strings.Builder
	if err := write(ctx, io.MultiWriter(out, &sample), model, c.prompt, 400, sampler); err != nil {
		return err
	}
	r.Sample = strings.TrimSuffix(sample.String(), "\n")
	return c.Print(stdout, r)
}

// bits is the model's loss in bits per character, and over how many.
func bits(ctx context.Context, model *zoo.LM, src data.Source) (value float64, counted int, err error) {
	e, err := trainers.Measure(ctx, model, src)
	return e.Loss / math.Ln2, int(e.Count), err
}

// write writes the prompt and what the model makes of it.
func write(ctx context.Context, w io.Writer, model *zoo.LM, prompt string, n int, sampler zoo.Sampler) error {
	fmt.Fprint(w, prompt)
	err := model.Generate(ctx, w, prompt, n, sampler)
	fmt.Fprintln(w)
	if errors.Is(err, context.Canceled) {
		return nil // the trainer ends by itself
	}
	return err
}

// corpus is the text, cut for training and validation.
type corpus struct {
	vocab                    *text.Vocab
	trainTokens, validTokens [][]int
	train, valid             data.Source
	glimpse                  data.Source // the beginning of valid, to look at while training
}

func readCorpus(stderr io.Writer, c settings) (*corpus, error) {
	docs, err := read(stderr, c.corpus)
	if err != nil {
		return nil, err
	}
	train, valid := text.SplitByHash(docs, 10)
	if len(docs) == 1 {
		head, tail := text.SplitTail(docs[0].Text, 0.1)
		train, valid = []text.Document{{Text: head}}, []text.Document{{Text: tail}}
	}
	var k corpus
	if k.vocab, err = text.NewVocab(text.Runes, texts(docs), text.VocabOptions{}); err != nil {
		return nil, err
	}
	if k.trainTokens, err = encode(k.vocab, train); err != nil {
		return nil, err
	}
	if k.validTokens, err = encode(k.vocab, valid); err != nil {
		return nil, err
	}
	fmt.Fprintf(stderr, "%d files, %d characters to train on, %d to validate, %d different ones\n",
		len(docs), count(k.trainTokens), count(k.validTokens), k.vocab.Len())
	if k.train, err = data.NewBPTT(k.trainTokens, c.length, c.batch, c.Seed); err != nil {
		return nil, errors.Wrap(err, "the corpus is too short to train on: give more text, or a smaller -length or -batch")
	}
	rows := min(64, max(1, count(k.validTokens)/(2*c.length)))
	length := data.BPTTLength(count(k.validTokens), rows, c.length)
	if k.valid, err = data.NewBPTT(k.validTokens, length, rows, c.Seed); err != nil {
		return nil, errors.Wrap(err, "the corpus is too short to validate on: give more text or a smaller -length")
	}
	glimpse := head(k.validTokens, 20000)
	if k.glimpse, err = data.NewBPTT(glimpse, c.length, min(rows, max(1, count(glimpse)/(2*c.length))), c.Seed); err != nil {
		return nil, err
	}
	return &k, nil
}

// read gives the documents of a file or folder, by default of Go's own source.
func read(stderr io.Writer, path string) ([]text.Document, error) {
	if path != "" {
		info, err := os.Stat(path)
		if err != nil {
			return nil, errors.Wrap(err, "corpus")
		}
		if info.IsDir() {
			return text.ReadFolder(path, nil)
		}
		return text.ReadFiles(path)
	}
	source := filepath.Join(build.Default.GOROOT, "src")
	docs, err := text.ReadFolder(source, func(path string) bool {
		return (strings.HasPrefix(path, "net/") || strings.HasPrefix(path, "encoding/")) &&
			strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go")
	})
	if err != nil {
		fmt.Fprintf(stderr, "no Go source to read in %q (%v): training on this program's own\n", source, err)
		return []text.Document{{Path: "main.go", Text: ownSource}}, nil
	}
	return docs, nil
}

//go:embed main.go
var ownSource string

func texts(docs []text.Document) []string {
	all := make([]string, len(docs))
	for i, doc := range docs {
		all[i] = doc.Text
	}
	return all
}

func encode(vocab *text.Vocab, docs []text.Document) ([][]int, error) {
	tokens := make([][]int, len(docs))
	for i, doc := range docs {
		var err error
		if tokens[i], err = vocab.Encode(doc.Text); err != nil {
			return nil, errors.Wrap(err, doc.Path)
		}
	}
	return tokens, nil
}

// head is the beginning of the documents, about n tokens.
func head(docs [][]int, n int) [][]int {
	for i, doc := range docs {
		if n -= len(doc); n < 0 {
			return docs[:i+1]
		}
	}
	return docs
}

func count(docs [][]int) int {
	n := 0
	for _, doc := range docs {
		n += len(doc)
	}
	return n
}
