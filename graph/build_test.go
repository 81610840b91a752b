package graph_test

import (
	"context"
	"fmt"
	"log"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

// A line through points: declare it, run it, follow the gradient.
func ExampleBuild() {
	st := graph.NewStore(1, tensor.Float64)
	session, err := graph.Build(st, func(s *graph.Scope) *G.Node {
		x, y := s.Input("x", 4, 1), s.Input("y", 4, 1) // [B, 1]
		line := s.In("line")
		predicted := s.AddBias(s.MatMul(x, line.Param("w", graph.Zeros, 1, 1)), line.Param("b", graph.Zeros, 1, 1))
		return s.Mean(s.Square(s.Sub(predicted, y)))
	})
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	points := graph.Feed{
		"x": tensor.New(tensor.WithShape(4, 1), tensor.WithBacking([]float64{0, 1, 2, 3})),
		"y": tensor.New(tensor.WithShape(4, 1), tensor.WithBacking([]float64{1, 3, 5, 7})),
	}
	for range 300 {
		session.ZeroGradients()
		if err := session.Run(context.Background(), points); err != nil {
			log.Fatal(err)
		}
		for _, g := range session.Gradients() {
			value, grad := g.Value.Float64s(), g.Grad.Float64s()
			for i := range value {
				value[i] -= 0.1 * grad[i]
			}
		}
	}
	for _, p := range st.Params() {
		fmt.Printf("%s %.2f\n", p.Path, p.Value.Float64s())
	}
	// Output:
	// line/w [2.00]
	// line/b [1.00]
}

func TestBuildRefuses(t *testing.T) {
	one := func(s *graph.Scope) *G.Node { return s.Sum(s.Param("w", graph.Ones, 1)) }
	for name, st := range map[string]*graph.Store{"nil": nil, "zero": {}, "int": graph.NewStore(1, tensor.Int)} {
		if _, err := graph.Build(st, one); err == nil || !strings.Contains(err.Error(), "want a Store of tensor.Float32 or tensor.Float64") {
			t.Errorf("%s Store: %v", name, err)
		}
	}
	for want, declare := range map[string]func(s *graph.Scope) *G.Node{
		"build: the graph computes nothing: no cost, no output": func(s *graph.Scope) *G.Node { s.Param("new", graph.Ones, 1); return nil },
		"build: the cost has shape (2, 1), want a scalar":       func(s *graph.Scope) *G.Node { return s.Param("new", graph.Ones, 2, 1) },
		"build: the cost has shape (1), want a scalar":          func(s *graph.Scope) *G.Node { return s.Param("new", graph.Ones, 1) },
		"operand 0 belongs to another graph":                    func(s *graph.Scope) *G.Node { s.Param("new", graph.Ones, 1); return foreign(t) },
		"operand 0 was made in a step that has ended": func(s *graph.Scope) (n *G.Node) {
			graph.Unroll(s, func(x *G.Node, _ graph.State) (*G.Node, graph.State) {
				n = s.Sum(x)
				return x, nil
			}, s.Full(1, 1, 1, 1), nil, graph.Run{})
			return n
		},
		"panic: no such layer": func(s *graph.Scope) *G.Node { s.Param("new", graph.Ones, 1); panic("no such layer") },
		"panic: runtime error: index out of range [3] with length 0": func(s *graph.Scope) *G.Node {
			s.Param("new", graph.Ones, 1)
			var sizes []int
			return s.Full(float64(sizes[len(s.Path())+3]))
		},
		"build: no function to declare the graph": nil,
		"carry h: never set":                      func(s *graph.Scope) *G.Node { s.Carry("h", 1); return one(s) },
	} {
		wantBuildError(t, graph.NewStore(1, tensor.Float64), declare, want)
	}
}

// A panic that is not ours keeps its stack, which "%+v" prints.
func TestPanicKeepsItsStack(t *testing.T) {
	_, err := graph.Build(graph.NewStore(1, tensor.Float64), misdeclared)
	if stack := fmt.Sprintf("%+v", err); !strings.Contains(stack, "misdeclared") {
		t.Errorf("the function that panicked is not in the error:\n%s", stack)
	}
	for _, v := range []any{errors.New("an error"), "a string"} {
		_, err := graph.Build(graph.NewStore(1, tensor.Float64), func(*graph.Scope) *G.Node { panic(v) })
		if want := fmt.Sprintf("panic: %v", v); err == nil || err.Error() != want {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
}

func misdeclared(s *graph.Scope) *G.Node {
	var none []*G.Node
	return none[len(s.Path())]
}

// A graph that failed to build leaves nothing behind that would disturb the next.
func TestBuildAfterAnError(t *testing.T) {
	declare := func(rows int) func(s *graph.Scope) *G.Node {
		return func(s *graph.Scope) *G.Node {
			w := s.Param("w", graph.Normal(1), rows, 2)
			return s.Sum(s.MatMul(s.Full(1, 1, 3), w))
		}
	}
	st := graph.NewStore(1, tensor.Float64)
	wantBuildError(t, st, declare(4), "inner sizes 3 and 4 differ")
	got := graphtest.Run(t, st, declare(3), nil)
	want := graphtest.Run(t, graph.NewStore(1, tensor.Float64), declare(3), nil)
	graphtest.Equal(t, "cost", got.Cost(), want.Cost(), 0)
}

func TestEval(t *testing.T) {
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		if s.Training() {
			t.Error("training in evaluation")
		}
		return s.Sum(s.Param("w", graph.Ones, 2))
	}, nil, graph.Eval())
	graphtest.Equal(t, "cost", session.Cost(), 2.0, 0)
	if g := session.Gradients(); len(g) != 0 {
		t.Errorf("gradients in evaluation: %v", g)
	}
}

func TestOnly(t *testing.T) {
	declare := func(extra bool) func(s *graph.Scope) *G.Node {
		return func(s *graph.Scope) *G.Node {
			x := s.Input("x", 2, 3)
			s.Output("wanted", s.Scale(x, 2))
			if extra {
				s.Output("dear", s.Scale(s.Square(x), 3))
			}
			return s.Sum(x)
		}
	}
	st := graph.NewStore(1, tensor.Float64)
	plain := build(t, st, declare(false))
	for _, tc := range []struct {
		only []string
		want []string
	}{
		{[]string{"wanted", "not declared"}, []string{"wanted"}},
		{[]string{"dear", "wanted"}, []string{"dear", "wanted"}},
		{nil, []string{}},
	} {
		session, err := graph.Build(st, declare(true), graph.Only(tc.only...))
		if err != nil {
			t.Fatal(err)
		}
		if got := session.Outputs(); !slices.Equal(got, tc.want) {
			t.Errorf("only %q: outputs %q, want %q", tc.only, got, tc.want)
		}
		if dear := slices.Contains(tc.want, "dear"); len(tc.want) > 0 && (session.Nodes() > plain.Nodes()) != dear {
			t.Errorf("only %q: %d nodes, without the output %d", tc.only, session.Nodes(), plain.Nodes())
		}
		run(t, session, graph.Feed{"x": f64(tensor.Shape{2, 3}, 1, 2, 3, 4, 5, 6)})
		if _, err := session.Output("dear"); (err == nil) != slices.Contains(tc.want, "dear") {
			t.Errorf("only %q: the output gives the error %v", tc.only, err)
		}
	}
}
