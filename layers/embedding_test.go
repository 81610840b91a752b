package layers_test

import (
	"context"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/layers/layerstest"
)

// tied reads tokens [T, B] by a table and writes logits by the same.
func tied(T, B int) func(*graph.Scope) *G.Node {
	return func(s *graph.Scope) *G.Node {
		table := layers.Embedding{Vocab: 4, Size: 3}.Bind(s.In("embedding"))
		xs := table.Lookup(s.Indices("tokens", T, B))
		logits := table.Logits(s.Tanh(xs))
		s.Output("vectors", xs)
		s.Output("logits", logits)
		return s.Sum(s.Square(logits))
	}
}

func tokens(values []int, shape ...int) graph.Feed {
	return graph.Feed{"tokens": tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))}
}

func TestEmbedding(t *testing.T) {
	st, ids := graph.NewStore(1, tensor.Float64), []int{2, 0, 2, 3, 1, 2}
	session := graphtest.Run(t, st, tied(3, 2), tokens(ids, 3, 2))
	table := st.Params()[0].Value.Float64s()
	vectors, logits := make([]float64, 0, 18), make([]float64, 0, 24)
	for _, id := range ids {
		vector := table[id*3:][:3]
		vectors = append(vectors, vector...)
		for token := range 4 {
			var product float64
			for i, v := range vector {
				product += tanh(v) * table[token*3+i]
			}
			logits = append(logits, product)
		}
	}
	graphtest.Equal(t, "vectors", graphtest.Output(t, session, "vectors"), tensor.New(tensor.WithShape(3, 2, 3), tensor.WithBacking(vectors)), 0)
	graphtest.Equal(t, "logits", graphtest.Output(t, session, "logits"), tensor.New(tensor.WithShape(3, 2, 4), tensor.WithBacking(logits)), 1e-15)
}

// The table's gradient is the sum of both uses, and a token that comes twice counts twice.
func TestEmbeddingGradients(t *testing.T) {
	for name, shape := range map[string][]int{"sequence": {3, 2}, "one token": {1, 1}} {
		t.Run(name, func(t *testing.T) {
			ids := []int{2, 0, 2, 3, 1, 2}[:shape[0]*shape[1]]
			graphtest.CheckGradients(t, graph.NewStore(1, tensor.Float64), tied(shape[0], shape[1]), tokens(ids, shape...))
		})
	}
}

func TestEmbeddingParams(t *testing.T) {
	layerstest.Params(t, "testdata/params/embedding.json", func(s *graph.Scope) { layers.Embedding{Vocab: 5, Size: 2}.Bind(s) })
}

func TestEmbeddingErrors(t *testing.T) {
	for _, id := range []int{-1, 4} {
		session, err := graph.Build(graph.NewStore(1, tensor.Float64), tied(1, 2))
		if err != nil {
			t.Fatal(err)
		}
		err = session.Run(context.Background(), tokens([]int{0, id}, 1, 2))
		if want := "at position 1, want [0, 4)"; err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "embedding: gather") {
			t.Errorf("token %d: error %v, want %q in it", id, err, want)
		}
	}
	wantBuildError(t, "embedding: param w: shape (0, 3); every size must be at least 1", func(s *graph.Scope) *G.Node {
		return s.Sum(layers.Embedding{Size: 3}.Bind(s.In("embedding")).Lookup(s.Indices("tokens", 1, 1)))
	})
}
