package graph_test

import (
	"fmt"
	"runtime"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/internal/kernel"
)

// Values and gradients have the same bits for any number of threads. Sizes are such that every operation
// is cut, at places that are no multiple of anything.
func TestThreads(t *testing.T) {
	const T, B, V, H = 67, 11, 301, 139
	declare := func(s *graph.Scope) *G.Node {
		x := s.Gather(s.Param("table", graph.Normal(1), V, H), s.Indices("tokens", T, B))
		w, u := s.Param("w", graph.Glorot, H, H), s.Param("u", graph.Glorot, H, V)
		h := s.Dropout(s.Normalize(s.Tanh(s.AddBias(s.MatMul(x, w), s.Param("b", graph.Normal(1), 1, H))), 1e-5), 0.1)
		h = s.Mul(s.Add(h, x), s.Sigmoid(s.ExpandDims(s.Mean(h, 2), 2)))
		s.Output("h", h)
		logits := s.MatMul(h, u)
		s.Output("probabilities", s.Softmax(logits))
		s.Output("logarithms", s.LogSoftmax(logits))
		loss := s.Mean(s.CrossEntropy(logits, s.Indices("targets", T, B), 0.1))
		return s.Add(loss, s.Mean(s.Square(s.Sub(s.Softmax(logits), s.LogSoftmax(logits)))))
	}
	feed := graph.Feed{"tokens": indices(V, T, B), "targets": indices(V, T, B)}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer kernel.Eager()()
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		runtime.GOMAXPROCS(1)
		want := graphtest.Run(t, graph.NewStore(1, dt), declare, feed)
		for _, threads := range []int{2, 3, 8} {
			runtime.GOMAXPROCS(threads)
			got := graphtest.Run(t, graph.NewStore(1, dt), declare, feed)
			what := fmt.Sprintf("%v on %d threads: ", dt, threads)
			graphtest.Equal(t, what+"cost", got.Cost(), want.Cost(), 0)
			for _, name := range []string{"h", "probabilities", "logarithms"} {
				graphtest.Equal(t, what+name, graphtest.Output(t, got, name), graphtest.Output(t, want, name), 0)
			}
			gradients := graphtest.Gradients(got)
			for path, g := range graphtest.Gradients(want) {
				graphtest.Equal(t, what+"gradient of "+path, gradients[path], g, 0)
			}
		}
	}
}
