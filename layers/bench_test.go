package layers_test

import (
	"context"
	"fmt"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
)

func BenchmarkLSTM(b *testing.B) {
	benchmarkCell(b, func(hidden int) layers.Cell { return layers.LSTM{Hidden: hidden} })
}

func BenchmarkGRU(b *testing.B) {
	benchmarkCell(b, func(hidden int) layers.Cell { return layers.GRU{Hidden: hidden} })
}

// benchmarkCell times a training step without its optimiser: values and gradients, in float32.
func benchmarkCell(b *testing.B, newCell func(hidden int) layers.Cell) {
	for _, sz := range []struct{ T, B, I, H int }{{32, 16, 32, 64}, {64, 32, 128, 256}} {
		b.Run(fmt.Sprintf("T=%d/B=%d/I=%d/H=%d", sz.T, sz.B, sz.I, sz.H), func(b *testing.B) {
			session, err := graph.Build(graph.NewStore(1, tensor.Float32), func(s *graph.Scope) *G.Node {
				ys := layers.RNN{Cell: newCell(sz.H)}.Bind(s, sz.I)(s.Input("xs", sz.T, sz.B, sz.I))
				return s.Mean(s.Square(ys))
			})
			if err != nil {
				b.Fatal(err)
			}
			defer session.Close()
			feed := graph.Feed{"xs": normal(sz.T, sz.B, sz.I)}
			for b.Loop() {
				session.ZeroGradients()
				if err := session.Run(context.Background(), feed); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*sz.T*sz.B)/b.Elapsed().Seconds(), "timesteps/s")
		})
	}
}
