// Command customcell declares a recurrent cell of its own and trains it against an LSTM.
//
// The cell, UGRNN, is all that a reader writes for one: a type with three methods, whose step is
// differentiated, compiled, streamed and checked like the cells of package layers. The task is the
// adding problem of Hochreiter & Schmidhuber, 1997: of T random numbers two are marked, and their sum
// is asked for at the end. Always to answer 1 has a mean squared error of 1/6.
//
//	go run ./examples/customcell
//	go test ./examples/customcell        # the cell passes the conformance suite
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/examples/internal/cli"
	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/losses"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
)

// UGRNN is the update gate recurrent network of Collins, Sohl-Dickstein & Sussillo, 2017
// (arXiv:1611.09913, eq. 10-12):
//
//	n  = tanh(x·Wxn + h·Whn + bn)
//	g  = σ(x·Wxg + h·Whg + bg)
//	h' = g⊙h + (1-g)⊙n
//
// State: h [B, H]. Output: h'.
type UGRNN struct {
	Hidden int // H
}

// OutputSize is H.
func (u UGRNN) OutputSize(int) int { return u.Hidden }

// StateSizes is {H}.
func (u UGRNN) StateSizes() []int { return []int{u.Hidden} }

// Bind declares wx [I, 2H], wh [H, 2H] and b [1, 2H], blocks n g. The gate begins open to the past.
func (u UGRNN) Bind(s *graph.Scope, inputSize int) layers.StepFunc {
	wx := s.Param("wx", graph.Glorot, inputSize, 2*u.Hidden)
	wh := s.Param("wh", graph.Blocks(2, graph.Orthogonal), u.Hidden, 2*u.Hidden)
	b := s.Param("b", graph.Zeros, 1, 2*u.Hidden)

	return func(x *graph.Node, prev layers.State) (*graph.Node, layers.State) { // x [B, I]
		h := prev[0]
		z := s.Split(s.AddBias(s.Add(s.MatMul(x, wx), s.MatMul(h, wh)), b), 2) // 2 × [B, H]
		n := s.Tanh(z[0])
		g := s.Sigmoid(s.Shift(z[1], 1))
		h = s.Add(n, s.Mul(g, s.Sub(h, n)))
		return h, layers.State{h}
	}
}

// adder is the model: the cell, and a sum read off its last output.
type adder struct {
	store *graph.Store
	cell  layers.Cell
}

// Store implements trainers.Model.
func (a adder) Store() *graph.Store { return a.store }

// Loss implements trainers.Model: the mean squared error of the sums.
func (a adder) Loss(s *graph.Scope, spec data.Spec) *graph.Node {
	shape := spec["x"].Shape // [T, B, 2]
	ys, _ := layers.RNN{Cell: a.cell}.Run(s.In("rnn"), s.Input("x", shape...), graph.Run{})
	last := s.At(ys, shape[0]-1) // [B, H]
	sums := layers.Dense{Out: 1}.Bind(s.In("head"), a.cell.OutputSize(2))(last)
	return losses.MSE(s, sums, s.Input("y", spec["y"].Shape...), losses.Options{})
}

// problem is the adding problem, a thousand batches to the epoch: number and mark for each timestep, one mark in
// each half.
func problem(T, B int, seed int64) data.Source {
	const batches = 1000
	spec := data.Spec{
		"x": {Shape: graph.Shape{T, B, 2}, Dtype: graph.Float64},
		"y": {Shape: graph.Shape{B, 1}, Dtype: graph.Float64},
	}
	return data.Func(spec, batches, func(epoch, k int) (data.Batch, error) {
		r := rand.New(rand.NewPCG(uint64(seed), uint64(epoch*batches+k)))
		x, y := make([]float64, T*B*2), make([]float64, B)
		for b := range B {
			half := T / 2
			marked := [2]int{r.IntN(half), half + r.IntN(T-half)}
			for t := range T {
				x[(t*B+b)*2] = r.Float64()
			}
			for _, t := range marked {
				x[(t*B+b)*2+1] = 1
				y[b] += x[(t*B+b)*2]
			}
		}
		return data.Batch{"x": graph.Floats(x, T, B, 2), "y": graph.Floats(y, B, 1)}, nil
	})
}

// settings are the flags.
type settings struct {
	cli.Flags
	length, batch, hidden, steps int
}

// result is the figure of one model.
type result struct {
	Model   string  `json:"model"`
	MSE     float64 `json:"mse"`
	Steps   int     `json:"steps"`
	Seconds float64 `json:"seconds"`
}

func main() {
	c := settings{}
	c.Declare("run/customcell")
	flag.IntVar(&c.length, "length", 40, "timesteps T of a sequence")
	flag.IntVar(&c.batch, "batch", 32, "sequences B in a batch")
	flag.IntVar(&c.hidden, "hidden", 32, "hidden size H")
	flag.IntVar(&c.steps, "steps", 1500, "optimiser steps")
	cli.Main("customcell", "Trains a custom cell against an LSTM on the adding problem.", []string{
		"customcell",
		"customcell -length 80 -steps 3000",
	}, func(ctx context.Context) error {
		return run(ctx, os.Stdout, os.Stderr, c)
	})
}

// run is main without the process.
func run(ctx context.Context, stdout, stderr io.Writer, c settings) (err error) {
	defer func() { err = c.Interrupted(ctx, err) }()
	if c.length < 2 || c.batch < 1 || c.hidden < 1 {
		return errors.Errorf("-length %d, -batch %d, -hidden %d: want at least 2, 1, 1", c.length, c.batch, c.hidden)
	}
	if err := cli.AtLeast(1, map[string]int{"length": c.length, "steps": c.steps}); err != nil {
		return err
	}
	out, err := c.Begin(stdout, stderr)
	if err != nil {
		return err
	}
	c.Folder()
	fmt.Fprintf(out, "adding problem, T=%d; always to answer 1 has a mean squared error of %.4f\n", c.length, 1.0/6)
	held := data.First(problem(c.length, 100, c.Seed+1), 10)
	var results []result
	c.Files.Title = "adding problem"
	for _, candidate := range []struct {
		name string
		cell layers.Cell
	}{
		{"ugrnn", UGRNN{Hidden: c.hidden}},
		{"lstm", layers.LSTM{Hidden: c.hidden, ForgetBias: 1}},
	} {
		model := adder{graph.NewStore(c.Seed, graph.Float32), candidate.cell}
		trainer := trainers.Trainer{
			Optimizer: &trainers.Adam{},
			Schedule:  trainers.Cosine{Peak: 1e-2, Floor: 1e-4, Warmup: min(20, c.steps-1), Steps: c.steps},
			ClipNorm:  1,
			Hooks: []trainers.Hook{
				trainers.Progress(stderr),
				&trainers.Evaluate{Source: held, Every: max(1, c.steps/10)},
				&trainers.UpdateRatio{Every: max(1, c.steps/100)},
				&trainers.Histograms{Every: max(1, c.steps/30)},
				c.Files.Named(candidate.name),
			},
		}
		if c.Checkpoint != "" {
			trainer.Checkpoints = trainers.Checkpoints{
				Dir: filepath.Join(c.Checkpoint, candidate.name), Every: c.Every, Resume: c.Resume, Settings: candidate.name,
			}
		}
		report, err := trainer.Fit(ctx, model, problem(c.length, c.batch, c.Seed), c.steps)
		if err != nil {
			return errors.Wrap(err, candidate.name)
		}
		if report.Interrupted {
			return ctx.Err()
		}
		mse, err := trainers.Loss(ctx, model, held)
		if err != nil {
			return errors.Wrap(err, candidate.name)
		}
		results = append(results, result{candidate.name, mse, report.Steps, report.Seconds})
		fmt.Fprintf(out, "%-6s %6d parameters  mean squared error %.4f  (off by %.3f)  %d steps, %.0f s\n",
			candidate.name, size(model.store), mse, math.Sqrt(mse), report.Steps, report.Seconds)
	}
	c.Written(out)
	return c.Print(stdout, map[string]any{"models": results, "baseline_mse": 1.0 / 6})
}

// size counts the elements of all parameters.
func size(store *graph.Store) int {
	n := 0
	for _, p := range store.Params() {
		n += p.Value.Shape().TotalSize()
	}
	return n
}
