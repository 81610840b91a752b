package trainers_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/losses"
	"github.com/elman-go/elman/trainers"
)

// feedforward declares most of what a language model is made of, without its recurrence.
func feedforward(V, T, B, H int) func(s *graph.Scope) *G.Node {
	return func(s *graph.Scope) *G.Node {
		x := layers.Embedding{Vocab: V, Size: H}.Bind(s.In("embedding")).Lookup(s.Indices("tokens", T, B))
		x = layers.Dropout{Rate: 0.2}.Bind(s.In("drop"), H)(x)
		h := layers.LayerNorm{}.Bind(s.In("norm"), H)(x)
		h = s.Add(x, layers.Dense{Out: H, Activation: (*graph.Scope).Tanh}.Bind(s.In("hidden"), H)(h))
		gate := s.Softmax(layers.Dense{Out: H}.Bind(s.In("gate"), H)(h))
		h = s.Mul(h, s.Sigmoid(s.Sub(gate, s.ExpandDims(s.Mean(h, 2), 2))))
		logits := layers.Dense{Out: V}.Bind(s.In("head"), H)(h)
		return losses.CrossEntropy(s, logits, s.Indices("targets", T, B), losses.CrossEntropyOptions{})
	}
}

// What a step of training allocates depends on how many nodes the graph has, not on their sizes.
func TestAllocations(t *testing.T) {
	perStep := func(T, B, H int) (allocations float64, nodes int) {
		const V = 11
		session, err := graph.Build(graph.NewStore(1, tensor.Float32), feedforward(V, T, B, H))
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		draw := func() *tensor.Dense {
			list := make([]int, T*B)
			for i := range list {
				list[i] = rand.IntN(V)
			}
			return tensor.New(tensor.WithShape(T, B), tensor.WithBacking(list))
		}
		feed := graph.Feed{"tokens": draw(), "targets": draw()}
		optimizer, grads := &trainers.Adam{}, session.Gradients()
		return testing.AllocsPerRun(200, func() {
			session.ZeroGradients()
			if err := session.Run(context.Background(), feed); err != nil {
				t.Fatal(err)
			}
			trainers.ClipByNorm(grads, 1e-6) // at any size
			if err := optimizer.Step(1e-3, grads); err != nil {
				t.Fatal(err)
			}
		}), session.Nodes()
	}
	want, nodes := perStep(3, 2, 4)
	if most := 10 * float64(nodes); want > most {
		t.Errorf("%v allocations at %d nodes, want at most %v", want, nodes, most)
	}
	for _, sizes := range [][3]int{{300, 2, 4}, {3, 200, 4}, {3, 2, 400}, {60, 40, 30}} {
		// Starting the tape machine's goroutine takes a few more or less.
		if got, _ := perStep(sizes[0], sizes[1], sizes[2]); math.Abs(got-want) > 4 {
			t.Errorf("T, B, H = %v: %v allocations, want %v", sizes, got, want)
		}
	}
}
