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
		over := s.Sub(s.LogSumExp(logits, 0), s.Mean(s.LogSumExp(logits, 2), 0, 1))
		top, at := s.TopK(logits, 7)
		sums := s.Add(s.CumSum(top, 2), s.TakeAlong(s.CumSum(logits, 0), at, 2))
		back := s.TakeAlong(logits, s.Cast(s.Scale(s.CumSum(s.Like(logits, 0.5), 0), 1), tensor.Int), 0)
		s.Output("picked", s.Add(s.Add(sums, s.Mean(over)), s.Mean(s.Square(back))))
		loss := s.Mean(s.CrossEntropy(logits, s.Indices("targets", T, B), 0.1))
		loss = s.Add(loss, s.Mean(s.Square(s.Add(s.Add(sums, s.Mean(over)), s.Mean(s.Square(back))))))
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
			for _, name := range []string{"h", "probabilities", "logarithms", "picked"} {
				graphtest.Equal(t, what+name, graphtest.Output(t, got, name), graphtest.Output(t, want, name), 0)
			}
			gradients := graphtest.Gradients(got)
			for path, g := range graphtest.Gradients(want) {
				graphtest.Equal(t, what+"gradient of "+path, gradients[path], g, 0)
			}
		}
	}
}

// The option Threads limits everything that a Session and what reads its gradients compute, and changes no
// bit.
func TestThreadsOption(t *testing.T) {
	const T, B, H = 9, 8, 32
	declare := func(s *graph.Scope) *G.Node {
		w, u := s.Param("w", graph.Glorot, H, H), s.Param("u", graph.Glorot, H, H)
		x := s.Gather(s.Param("table", graph.Normal(1), 300, H), s.Indices("tokens", T, B))
		ys, _ := graph.Scan(s, func(x *G.Node, prev graph.State) (*G.Node, graph.State) {
			h := s.Tanh(s.Add(s.MatMul(x, w), s.MatMul(prev[0], u)))
			return h, graph.State{h}
		}, x, []int{H}, graph.Run{})
		return s.Mean(s.CrossEntropy(s.MatMul(ys, s.Param("v", graph.Glorot, H, 50)), s.Indices("targets", T, B), 0))
	}
	feed := graph.Feed{"tokens": indices(300, T, B), "targets": indices(50, T, B)}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	defer kernel.Eager()()
	var want *graph.Session
	for _, threads := range []int{1, 2, 0, -1} {
		before := kernel.Shared()
		session := build(t, graph.NewStore(1, tensor.Float32), declare, graph.Threads(threads))
		run(t, session, feed)
		session.ZeroGradients()
		run(t, session, feed)
		if shared := kernel.Shared() - before; (shared == 0) != (threads == 1) {
			t.Errorf("Threads(%d): %d computations ran on several threads", threads, shared)
		}
		for _, g := range session.Gradients() {
			if g.Threads() != max(0, threads) {
				t.Errorf("Threads(%d): the gradient of %s may use %d", threads, g.Path, g.Threads())
			}
		}
		if want == nil {
			want = session
		}
		graphtest.Equal(t, fmt.Sprintf("cost with Threads(%d)", threads), session.Cost(), want.Cost(), 0)
		gradients := graphtest.Gradients(session)
		for path, g := range graphtest.Gradients(want) {
			graphtest.Equal(t, fmt.Sprintf("gradient of %s with Threads(%d)", path, threads), gradients[path], g, 0)
		}
	}
}
