package graph_test

import (
	"fmt"
	"log"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

func ExampleSummary() {
	st := graph.NewStore(1, tensor.Float32)
	_, err := graph.Build(st, func(s *graph.Scope) *G.Node {
		rnn := s.In("rnn")
		z := s.Add(
			s.MatMul(s.Input("x", 1, 2), rnn.Param("wx", graph.Glorot, 2, 12)),
			s.MatMul(s.Input("h", 1, 3), rnn.Param("wh", graph.Orthogonal, 3, 12)))
		return s.Sum(s.AddBias(z, rnn.Param("b", graph.Zeros, 1, 12)))
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(graph.Summary(st))
	// Output:
	// rnn/wx  [2, 12]  24
	// rnn/wh  [3, 12]  36
	// rnn/b   [1, 12]  12
	// total            72
}

func TestSummary(t *testing.T) {
	st := graph.NewStore(1, tensor.Float32)
	if got, want := graph.Summary(st), "total    0\n"; got != want {
		t.Errorf("of an empty Store: %q, want %q", got, want)
	}
	_, err := graph.Build(st, func(s *graph.Scope) *G.Node {
		s.Param("w", graph.Zeros, 1000)
		s.In("a").In("b").Param("bias", graph.Zeros, 1, 2, 3)
		return s.Full(1)
	})
	if err != nil {
		t.Fatal(err)
	}
	st.Params()[1].Frozen = true
	want := strings.Join([]string{
		"w         [1000]     1000",
		"a/b/bias  [1, 2, 3]     6  frozen",
		"total                1006",
		"",
	}, "\n")
	if got := graph.Summary(st); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
