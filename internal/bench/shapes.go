package main

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

// Cases that hold a form of running a model, or a length, to another.

// ofLength is the training with T timesteps. The time for each of them does not depend on T.
func ofLength(t training, T int) benchmark {
	t.T = T
	c := t.benchmark(fmt.Sprintf("length-%d", T))
	c.own = true
	return c
}

// named is the training as a case of its own.
func (t training) named(name string) benchmark {
	c := t.benchmark(name)
	c.own = true
	return c
}

// unrolled is the training with every timestep declared in the graph.
func unrolled(t training, name string) benchmark {
	c := t.benchmark(name)
	c.own = true
	c.about += ", unrolled"
	c.flops = t.flops(t.T, true)
	c.prepare = func() (*workload, error) { return t.prepare(t.T, true) }
	return c
}

// short feeds batches of T timesteps to a graph declared for more. It costs what a graph for T costs.
func short(t training, T, declared int) benchmark {
	t.T = declared
	c := t.benchmark(fmt.Sprintf("short-%d-of-%d", T, declared))
	c.own = true
	c.about += fmt.Sprintf(", run on batches of T=%d", T)
	c.items, c.flops = T*t.B, t.flops(T, false)
	c.prepare = func() (*workload, error) { return t.prepare(T, false) }
	return c
}

// compiling declares, differentiates and compiles the graph of a training. The Store is there already:
// drawing initial weights has nothing to do with T.
func compiling(t training) benchmark {
	return benchmark{
		name: fmt.Sprintf("build-%d", t.T), own: true, items: 1,
		about: fmt.Sprintf("graph.Build of the training of a %d-layer %s, H=%d, T=%d, B=%d", t.L, t.cell, t.H, t.T, t.B),
		prepare: func() (*workload, error) {
			store := graph.NewStore(1, tensor.Float32)
			step := func() error {
				session, err := t.build(store, false)
				if err != nil {
					return err
				}
				return session.Close()
			}
			return &workload{step: step, close: func() error { return nil }}, nil
		},
	}
}
