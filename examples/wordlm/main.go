// Command wordlm trains a word language model and gives its perplexity.
//
// Without flags it reads text that every Go user has, the source of the standard library's net and
// encoding packages, and holds one file in ten back: one half to validate, the other to test on. With other files,
// one sentence a line, it does what papers do: the settings of docs/results.md reach theirs on the Penn
// Treebank. The state is carried through the whole text. The model is that of the epoch after which it was
// best in validation.
//
//	go run ./examples/wordlm
//	go run ./examples/wordlm -train ptb.train.txt -valid ptb.valid.txt -test ptb.test.txt -min-count 1
//	go run ./examples/wordlm -resume                    # continues training that was interrupted, or killed
//	go run ./examples/wordlm -model run/wordlm -prompt "if err"
package main

import (
	"cmp"
	"context"
	_ "embed"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/examples/internal/cli"
	"github.com/elman-go/elman/examples/internal/lm"
	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/text"
	"github.com/elman-go/elman/zoo"
)

// settings are the flags.
type settings struct {
	cli.Flags
	text                       lm.Files
	model, cell, prompt        string
	tied                       bool
	minCount                   int
	hidden, embedding, layers  int
	length, batch, epochs      int
	uniform, dropout           float64
	rate, decay, clip, average float64
	hold, n                    int
	temperature                float64
}

// results are the figures that -json prints.
type results struct {
	Valid     float64 `json:"val_perplexity"`
	Test      float64 `json:"test_perplexity"`
	NGram     float64 `json:"ngram_test_perplexity"`
	Tested    int     `json:"test_words"` // counted in Test
	Best      int     `json:"best_epoch"`
	Epochs    int     `json:"epochs"`
	Steps     int     `json:"steps"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"words_per_s"`
	Sample    string  `json:"sample"`
}

func main() {
	c := settings{Flags: cli.Flags{Every: 500}}
	c.Declare("run/wordlm")
	flag.StringVar(&c.text.Train, "train", "", "text to learn from: a `file` or a folder of files, gzipped or not (default: Go source in GOROOT)")
	flag.StringVar(&c.text.Valid, "valid", "", "text to measure on after each epoch: a `file` or a folder (default: a part of the text to learn from)")
	flag.StringVar(&c.text.Test, "test", "", "text to measure on once, at the end: a `file` or a folder (default: a part of the text to learn from, unless there is -valid)")
	flag.StringVar(&c.model, "model", "", "`folder` of a model, or of checkpoints: continue the prompt with it, and train nothing")
	flag.StringVar(&c.prompt, "prompt", "the", "text that the model continues")
	flag.IntVar(&c.n, "n", 60, "words to write after the prompt")
	flag.Float64Var(&c.temperature, "temperature", 0.8, "temperature of the sample: lower is safer; 0 takes the most probable word")
	flag.IntVar(&c.minCount, "min-count", 5, "a word seen less often than this in the text to learn from is unknown to the model")
	flag.StringVar(&c.cell, "cell", "lstm", "recurrent cell, one of "+strings.Join(zoo.Cells(), ", "))
	flag.IntVar(&c.hidden, "hidden", 200, "hidden size H of each cell")
	flag.IntVar(&c.embedding, "embedding", 0, "size E of a word's vector; 0: H")
	flag.BoolVar(&c.tied, "tied", false, "read and write words by one table of vectors (Press & Wolf, 2017)")
	flag.IntVar(&c.layers, "layers", 2, "cells in depth")
	flag.Float64Var(&c.uniform, "uniform", 0, "draw all initial weights from the range ±a; 0: as each layer has them")
	flag.Float64Var(&c.dropout, "dropout", 0, "dropout rate on embeddings and on the output of each cell")
	flag.IntVar(&c.length, "length", 20, "timesteps T of truncated back-propagation through time")
	flag.IntVar(&c.batch, "batch", 20, "sequences B in a batch")
	flag.IntVar(&c.epochs, "epochs", 3, "passes over the text to learn from")
	flag.Float64Var(&c.rate, "rate", 20, "learning rate of SGD, for the mean over a batch; papers that sum over timesteps have a T-th of it")
	flag.IntVar(&c.hold, "hold", 0, "epochs at the learning rate of -rate, before it falls; 0: a third of them")
	flag.Float64Var(&c.decay, "decay", 0.5, "factor on the learning rate after each epoch once it falls")
	flag.Float64Var(&c.clip, "clip", 0.25, "greatest norm of the gradient of the mean over a batch; longer ones are scaled to it")
	flag.Float64Var(&c.average, "average", 0, "decay of a moving average of the weights, which is then the model; 0: the weights themselves")
	cli.Main("wordlm", "Trains a word language model and measures its perplexity, or opens one, and lets it continue a prompt.", []string{
		"wordlm                                     # learns from Go source, in about three minutes",
		"wordlm -train ptb.train.txt -valid ptb.valid.txt -test ptb.test.txt -min-count 1 -uniform 0.1 -epochs 13",
		"wordlm -resume",
		"wordlm -model run/wordlm -prompt \"if err\" -n 100",
	}, func(ctx context.Context) error {
		return run(ctx, os.Stdout, os.Stderr, c)
	})
}

// run is main without the process.
func run(ctx context.Context, stdout, stderr io.Writer, c settings) (err error) {
	defer func() { err = c.Interrupted(ctx, err) }()
	if err := cli.AtLeast(1, map[string]int{"length": c.length, "batch": c.batch, "epochs": c.epochs}); err != nil {
		return err
	}
	if err := cli.AtLeast(0, map[string]int{"hold": c.hold, "n": c.n}); err != nil {
		return err
	}
	if !(c.rate > 0) {
		return errors.Errorf("-rate %v, want more than 0", c.rate)
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
	train, err := data.NewBPTT(corpus.train, c.length, c.batch, c.Seed)
	if err != nil {
		return errors.Wrap(err, "the text is too short to train on: give more, or a smaller -length or -batch")
	}
	valid, err := whole(corpus.valid, c.batch)
	if err != nil {
		return errors.Wrap(err, "validation")
	}
	if _, err := whole(corpus.test, 1); err != nil && len(corpus.test) > 0 {
		return errors.Wrap(err, "test")
	}
	model, err := zoo.NewLM(corpus.vocab, zoo.LMConfig{
		Recurrence: zoo.Recurrence{Cell: c.cell, Hidden: c.hidden, Layers: c.layers, Dropout: c.dropout},
		Embedding:  c.embedding, Tied: c.tied,
	}, c.Seed)
	if err != nil {
		return err
	}
	if c.uniform > 0 {
		if err := model.Store().Fill(graph.Uniform(c.uniform)); err != nil {
			return err
		}
	}
	if _, err := lm.Continue(ctx, io.Discard, model, c.prompt, 0, sampler); err != nil {
		return err // before the training, not after it
	}
	var r results
	yardstick, err := lm.NewYardstick(corpus.train, corpus.valid, corpus.test, corpus.vocab.Len())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "validation: perplexity of the best n-gram, of order %d, %.1f\n", yardstick.Order, math.Exp2(yardstick.Valid))

	c.Files.Title = fmt.Sprintf("wordlm, %s, %d layers, H = %d", c.cell, c.layers, c.hidden)
	epoch := train.Len() // steps
	hold := cmp.Or(c.hold, max(1, c.epochs/3))
	best := &trainers.EarlyStopping{Patience: c.epochs}
	evaluate := &trainers.Evaluate{
		Source: valid, Every: epoch,
		Observers: []trainers.Observer{best, trainers.ObserverFunc(func(run *trainers.Run, e trainers.Evaluation) error {
			_, err := fmt.Fprintf(out, "epoch %d: validation perplexity %.2f\n", e.Step/epoch, math.Exp(e.Loss))
			return err
		})},
	}
	hooks := []trainers.Hook{trainers.Progress(stderr)}
	if c.average > 0 {
		evaluate.Average = &trainers.EMA{Decay: c.average}
		hooks = append(hooks, evaluate.Average)
	}
	trainer := trainers.Trainer{
		Optimizer: &trainers.SGD{},
		Schedule:  trainers.Step{Base: c.rate, Hold: (hold - 1) * epoch, Every: epoch, Gamma: c.decay},
		ClipNorm:  c.clip,
		Checkpoints: trainers.Checkpoints{
			Dir: c.Checkpoint, Every: c.Every, Resume: c.Resume,
			Settings: map[string]any{"train": c.text.Train, "words": lm.Count(corpus.train)},
		},
		Hooks: append(hooks, evaluate, &c.Files),
	}
	report, err := trainer.Fit(ctx, model, train, c.epochs*epoch)
	if err != nil {
		return err
	}
	if report.Interrupted {
		return ctx.Err()
	}
	verdict := lm.Verdict{
		When:   func(step int) string { return fmt.Sprintf("epoch %d", step/epoch) },
		Figure: func(loss float64) string { return fmt.Sprintf("perplexity %.2f", math.Exp(loss)) },
		Advice: "so give it more text, -dropout or fewer -epochs",
	}
	if says := verdict.Of(best, evaluate.History); says != "" {
		fmt.Fprintln(out, says)
	}
	saved := filepath.Join(c.Checkpoint, lm.ModelFolder)
	if err := model.Save(saved); err != nil {
		return err
	}
	fmt.Fprintf(out, "saved in %s; wordlm -model %s -prompt ... uses it\n", saved, c.Checkpoint)
	c.Written(out)
	if r.Valid, _, err = perplexity(ctx, model, corpus.valid); err != nil {
		return errors.Wrap(err, "validation")
	}
	r.Epochs, r.Steps, r.Seconds = report.Epochs, report.Steps, report.Seconds
	r.PerSecond = float64((report.Steps-report.Before)*c.length*c.batch) / report.Seconds
	r.Best = best.BestStep / epoch
	fmt.Fprintf(out, "validation, in one piece: perplexity %.2f, after epoch %d; %d epochs in %s, %.0f words a second\n",
		r.Valid, r.Best, r.Epochs, time.Duration(report.Seconds*1e9).Round(time.Second), r.PerSecond)
	if len(corpus.test) > 0 {
		if r.Test, r.Tested, err = perplexity(ctx, model, corpus.test); err != nil {
			return errors.Wrap(err, "test")
		}
		r.NGram = math.Exp2(yardstick.Test)
		fmt.Fprintf(out, "test: perplexity %.2f; the n-gram %.1f\n", r.Test, r.NGram)
	}
	fmt.Fprintln(out)
	if r.Sample, err = lm.Continue(ctx, out, model, c.prompt, c.n, sampler); err != nil {
		return err
	}
	return c.Print(stdout, r)
}

// perplexity reads a text from its first word to its last, in one row, and says how many it counted.
func perplexity(ctx context.Context, model *zoo.LM, docs [][]int) (value float64, words int, err error) {
	src, err := whole(docs, 1)
	if err != nil {
		return 0, 0, err
	}
	e, err := trainers.Measure(ctx, model, src)
	return math.Exp(e.Loss), int(e.Count), err
}

// whole makes batches of the words, of which an evaluation counts every one.
func whole(docs [][]int, rows int) (*data.BPTT, error) {
	return data.NewBPTT(docs, data.BPTTLength(lm.Count(docs), rows, 40), rows, 0)
}

// corpus is the text as tokens.
type corpus struct {
	vocab              *text.Vocab
	train, valid, test [][]int
}

//go:embed main.go
var ownSource string

func readCorpus(stderr io.Writer, c settings) (*corpus, error) {
	texts, err := lm.Read(stderr, c.text, ownSource)
	if err != nil {
		return nil, err
	}
	var k corpus
	k.vocab, err = text.NewVocab(text.Words, lm.Strings(texts.Train), text.VocabOptions{MinCount: c.minCount, Unknown: true})
	if err != nil {
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
	fmt.Fprintf(stderr, "%d words to train on, %d to validate, %d to test, %d different ones\n",
		lm.Count(k.train), lm.Count(k.valid), lm.Count(k.test), k.vocab.Len())
	return &k, nil
}
