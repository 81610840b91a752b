package main

import (
	"context"
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
)

// stream is a GRU that serves many sequences at once, of which some are active.
type stream struct{ H, rows, active int }

func (t stream) benchmark() benchmark {
	return benchmark{
		name: fmt.Sprintf("stream-%d-of-%d", t.active, t.rows), own: true, items: t.active, prepare: t.prepare,
		about: fmt.Sprintf("step of a Stream of a GRU, H=%d, %d rows, %d active", t.H, t.rows, t.active),
	}
}

func (t stream) prepare() (*workload, error) {
	session, err := graph.Build(graph.NewStore(1, tensor.Float32), func(s *graph.Scope) *G.Node {
		rnn := layers.RNN{Cell: layers.GRU{Hidden: t.H}, Carry: true}
		s.Output("y", rnn.Bind(s.In("rnn"), t.H)(s.Input("x", 1, t.rows, t.H)))
		return nil
	}, graph.Eval())
	if err != nil {
		return nil, err
	}
	serving, err := graph.NewStream(session)
	if err != nil {
		return nil, err
	}
	x := make([]float32, t.rows*t.H)
	for i := range x {
		x[i] = float32(i%7) / 7
	}
	feed := graph.Feed{"x": tensor.New(tensor.WithShape(1, t.rows, t.H), tensor.WithBacking(x))}
	sequences := make([]*graph.Sequence, t.active)
	for i := range sequences {
		sequences[i] = new(graph.Sequence)
	}
	return &workload{
		step: func() error {
			_, err := serving.Step(context.Background(), feed, sequences...)
			return err
		},
		close: serving.Close,
	}, nil
}
