package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/losses"
	"github.com/elman-go/elman/trainers"
)

// training is a language model that learns one batch of random tokens: embedding, cells in depth, dense
// layer, softmax cross-entropy, their gradients, clipping and Adam.
type training struct {
	cell             string // as newCell has it
	B, T, I, H, V, L int    // batch, timesteps, size of embedding, hidden size, vocabulary, cells in depth
}

func (t training) benchmark(name string) benchmark {
	return benchmark{
		name: name, about: fmt.Sprintf("training step of a %d-layer %s, H=%d, V=%d, T=%d, B=%d", t.L, t.cell, t.H, t.V, t.T, t.B),
		items: t.T * t.B, flops: t.flops(t.T, false), prepare: func() (*workload, error) { return t.prepare(t.T, false) },
	}
}

// prepare makes the step of a batch of T timesteps, at most as many as the graph is declared for.
func (t training) prepare(T int, unrolled bool) (*workload, error) {
	session, err := t.build(graph.NewStore(1, tensor.Float32), unrolled)
	if err != nil {
		return nil, err
	}
	return t.steps(session, T), nil
}

func (t training) steps(session *graph.Session, T int) *workload {
	ctx, feed := context.Background(), graph.Feed{"tokens": t.random(1, T), "targets": t.random(2, T)}
	grads, adam := session.Gradients(), &trainers.Adam{}
	return &workload{
		step: func() error {
			session.ZeroGradients()
			if err := session.Run(ctx, feed); err != nil {
				return err
			}
			trainers.ClipByNorm(grads, 5)
			return adam.Step(1e-3, grads)
		},
		close: session.Close,
	}
}

func (t training) build(store *graph.Store, unrolled bool) (*graph.Session, error) {
	return graph.Build(store, func(s *graph.Scope) *G.Node {
		table := layers.Embedding{Vocab: t.V, Size: t.I}.Bind(s.In("embedding"))
		xs := table.Lookup(s.Indices("tokens", t.T, t.B)) // [T, B, I]
		rnn := layers.RNN{Cell: inDepth(t.cell, t.H, t.L), Unrolled: unrolled}
		ys := rnn.Bind(s.In("rnn"), t.I)(xs)                         // [T, B, H]
		logits := layers.Dense{Out: t.V}.Bind(s.In("head"), t.H)(ys) // [T, B, V]
		return losses.CrossEntropy(s, logits, s.Indices("targets", t.T, t.B), losses.CrossEntropyOptions{})
	})
}

// random makes tokens [T, B].
func (t training) random(seed uint64, T int) *tensor.Dense {
	r := rand.New(rand.NewPCG(seed, 0))
	tokens := make([]int, T*t.B)
	for i := range tokens {
		tokens[i] = r.IntN(t.V)
	}
	return tensor.New(tensor.WithShape(T, t.B), tensor.WithBacking(tokens))
}

// flops counts the floating-point operations of the matrix products in a step of T timesteps. A product
// [rows, K]·[K, N] takes 2·rows·K·N, and has two gradients that take as many. The embedding takes none, and
// where a scan multiplies a small table instead of what is looked up in it, that is what counts.
func (t training) flops(T int, unrolled bool) float64 {
	rows := T * t.B
	first := rows
	if !unrolled && 2*t.V <= t.T*t.B {
		first = t.V
	}
	width := gates[t.cell] * t.H
	products := first*t.I*width + rows*(t.H*width+(t.L-1)*2*t.H*width+t.H*t.V)
	return 3 * 2 * float64(products)
}
