// Command wordlm trains a word language model and gives its perplexity.
//
// Without flags it reads text that every Go user has, the source of the standard library's net and
// encoding packages, and holds one file in ten back to validate and one to test on. With files of its own,
// one sentence a line, it does what papers do: the settings of docs/results.md reach theirs on the Penn
// Treebank. The state is carried through the whole text. The model is that of the epoch after which it was
// best in validation.
//
//	go run ./examples/wordlm
//	go run ./examples/wordlm -train ptb.train.txt -valid ptb.valid.txt -test ptb.test.txt -min-count 1
//	go run ./examples/wordlm -resume                    # goes on where it was interrupted, or killed
package main

import (
	"context"
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
	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/text"
	"github.com/elman-go/elman/zoo"
)

// settings are the flags.
type settings struct {
	cli.Flags
	train, valid, test         string
	cell, prompt               string
	tied                       bool
	minCount                   int
	hidden, embedding, layers  int
	length, batch, epochs      int
	uniform, dropout           float64
	rate, decay, clip, average float64
	hold                       int
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
	flag.StringVar(&c.train, "train", "", "text `file` to learn from; it can be gzipped, as the next two (default: Go source in GOROOT)")
	flag.StringVar(&c.valid, "valid", "", "text `file` to measure on after each epoch")
	flag.StringVar(&c.test, "test", "", "text `file` to measure on at the end")
	flag.IntVar(&c.minCount, "min-count", 3, "a word seen less often in training is unknown")
	flag.StringVar(&c.cell, "cell", "lstm", "vanilla, lstm or gru")
	flag.IntVar(&c.hidden, "hidden", 200, "hidden size H")
	flag.IntVar(&c.embedding, "embedding", 0, "size E of a word's vector; 0: H")
	flag.BoolVar(&c.tied, "tied", false, "read and write by one table of vectors (Press & Wolf, 2017)")
	flag.IntVar(&c.layers, "layers", 2, "cells in depth")
	flag.Float64Var(&c.uniform, "uniform", 0, "range ±a of all weights at first; 0: as the layers have them")
	flag.Float64Var(&c.dropout, "dropout", 0, "rate of dropout on embeddings and on what each cell puts out")
	flag.IntVar(&c.length, "length", 20, "timesteps T of truncated back-propagation")
	flag.IntVar(&c.batch, "batch", 20, "sequences B in a batch")
	flag.IntVar(&c.epochs, "epochs", 4, "passes over the training text")
	flag.Float64Var(&c.rate, "rate", 20, "learning rate of SGD, for the mean over a batch; papers that sum over timesteps have a T-th of it")
	flag.IntVar(&c.hold, "hold", 4, "epochs at that rate")
	flag.Float64Var(&c.decay, "decay", 0.5, "factor on the rate after each epoch from then on")
	flag.Float64Var(&c.clip, "clip", 0.25, "greatest norm of the gradient, of that mean too")
	flag.Float64Var(&c.average, "average", 0, "decay of a moving average of the weights, which is then the model; 0: none")
	flag.StringVar(&c.prompt, "prompt", "the", "what the model continues")
	flag.Float64Var(&c.temperature, "temperature", 0.8, "of the sample; 0 takes the most probable word")
	cli.Main("wordlm", "Trains a word language model and measures its perplexity.", []string{
		"wordlm",
		"wordlm -train ptb.train.txt -valid ptb.valid.txt -test ptb.test.txt -min-count 1",
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
	train, err := data.NewBPTT(corpus.train, c.length, c.batch, c.Seed)
	if err != nil {
		return errors.Wrap(err, "the text is too short to train on: give more, or a smaller -length or -batch")
	}
	valid, err := whole(corpus.valid, c.batch)
	if err != nil {
		return errors.Wrap(err, "validation")
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
	order, bits := text.BestNGram(corpus.train, corpus.test, corpus.vocab.Len(), 4)
	r := results{NGram: math.Exp2(bits)}
	fmt.Fprintf(out, "test perplexity of the best n-gram, of order %d: %.1f\n", order, r.NGram)

	c.Files.Title = fmt.Sprintf("wordlm, %s, %d layers, H = %d", c.cell, c.layers, c.hidden)
	epoch := train.Len() // steps
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
		Schedule:  trainers.Step{Base: c.rate, Hold: (c.hold - 1) * epoch, Every: epoch, Gamma: c.decay},
		ClipNorm:  c.clip,
		Checkpoints: trainers.Checkpoints{
			Dir: c.Checkpoint, Every: c.Every, Resume: c.Resume,
			Settings: map[string]any{"train": c.train, "words": count(corpus.train)},
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
	saved := filepath.Join(c.Checkpoint, "model")
	if err := model.Save(saved); err != nil {
		return err
	}
	fmt.Fprintf(out, "saved in %s\n", saved)
	if r.Valid, _, err = perplexity(ctx, model, corpus.valid); err != nil {
		return errors.Wrap(err, "validation")
	}
	if r.Test, r.Tested, err = perplexity(ctx, model, corpus.test); err != nil {
		return errors.Wrap(err, "test")
	}
	r.Epochs, r.Steps, r.Seconds = report.Epochs, report.Steps, report.Seconds
	r.PerSecond = float64((report.Steps-report.Before)*c.length*c.batch) / report.Seconds
	r.Best = best.BestStep / epoch
	fmt.Fprintf(out, "perplexity: %.2f in validation, %.2f in test, of epoch %d of %d, in %s, %.0f words a second\n\n",
		r.Valid, r.Test, r.Best, r.Epochs, time.Duration(report.Seconds*1e9).Round(time.Second), r.PerSecond)
	var sample strings.Builder
	fmt.Fprint(io.MultiWriter(out, &sample), c.prompt)
	sampler := zoo.Sampler{Temperature: c.temperature, Seed: c.Seed}
	if err := model.Generate(ctx, io.MultiWriter(out, &sample), c.prompt, 60, sampler); err != nil {
		return err
	}
	fmt.Fprintln(out)
	r.Sample = sample.String()
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
	return data.NewBPTT(docs, data.BPTTLength(count(docs), rows, 40), rows, 0)
}

// corpus is the words.
type corpus struct {
	vocab              *text.Vocab
	train, valid, test [][]int
}

func readCorpus(stderr io.Writer, c settings) (*corpus, error) {
	train, valid, test, err := read(c)
	if err != nil {
		return nil, err
	}
	var k corpus
	texts := make([]string, len(train))
	for i, doc := range train {
		texts[i] = doc.Text
	}
	k.vocab, err = text.NewVocab(text.Words, texts, text.VocabOptions{MinCount: c.minCount, Unknown: true})
	if err != nil {
		return nil, err
	}
	for _, part := range []struct {
		docs   []text.Document
		tokens *[][]int
	}{{train, &k.train}, {valid, &k.valid}, {test, &k.test}} {
		for _, doc := range part.docs {
			tokens, err := k.vocab.Encode(doc.Text)
			if err != nil {
				return nil, errors.Wrap(err, doc.Path)
			}
			*part.tokens = append(*part.tokens, tokens)
		}
	}
	fmt.Fprintf(stderr, "%d words to train on, %d to validate, %d to test, %d different ones\n",
		count(k.train), count(k.valid), count(k.test), k.vocab.Len())
	return &k, nil
}

// read gives the documents of three files, by default of Go's own source.
func read(c settings) (train, valid, test []text.Document, err error) {
	if c.train != "" {
		for _, part := range []struct {
			path string
			docs *[]text.Document
		}{{c.train, &train}, {c.valid, &valid}, {c.test, &test}} {
			if part.path == "" {
				return nil, nil, nil, errors.New("a text to train on needs others, to validate and to test: give -valid and -test")
			}
			if *part.docs, err = text.ReadFiles(part.path); err != nil {
				return nil, nil, nil, err
			}
		}
		return train, valid, test, nil
	}
	docs, err := text.ReadFolder(filepath.Join(build.Default.GOROOT, "src"), func(path string) bool {
		return (strings.HasPrefix(path, "net/") || strings.HasPrefix(path, "encoding/")) &&
			strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go")
	})
	if err != nil {
		return nil, nil, nil, errors.Wrap(err, "no Go source to read: give -train, -valid and -test")
	}
	train, held := text.SplitByHash(docs, 5)
	valid, test = held[:len(held)/2], held[len(held)/2:]
	return train, valid, test, nil
}

func count(docs [][]int) int {
	n := 0
	for _, doc := range docs {
		n += len(doc)
	}
	return n
}
