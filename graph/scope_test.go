package graph_test

import (
	"testing"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

func TestScopePaths(t *testing.T) {
	st := graph.NewStore(1, tensor.Float32)
	build(t, st, func(s *graph.Scope) *G.Node {
		rnn := s.In("lm").In("rnn")
		if s.Path() != "" || rnn.Path() != "lm/rnn" {
			t.Errorf("paths %q and %q", s.Path(), rnn.Path())
		}
		return s.Sum(rnn.Param("wx", graph.Zeros, 1))
	})
	if _, ok := st.Param("lm/rnn/wx"); !ok {
		t.Errorf("there is no lm/rnn/wx in\n%s", graph.Summary(st))
	}
}

// Shared weights are one parameter, and their gradient is the sum over their uses.
func TestSharedScope(t *testing.T) {
	st := graph.NewStore(1, tensor.Float64)
	declare := func(s *graph.Scope) *G.Node {
		a := s.In("cell").Param("w", graph.Constant(3), 2)
		b := s.Shared("cell").Param("w", graph.Constant(5), 2)
		if a != b {
			t.Error("the parameter declared again is another node")
		}
		return s.Sum(s.Mul(a, b))
	}
	session := graphtest.Run(t, st, declare, nil)
	graphtest.Equal(t, "cost", session.Cost(), 18.0, 0)
	graphtest.Equal(t, "gradient", graphtest.Gradients(session)["cell/w"], []float64{6, 6}, 0)
	if len(st.Params()) != 1 {
		t.Errorf("%d parameters", len(st.Params()))
	}
}

// An input declared again is the same node, whatever the scope.
func TestInputTwice(t *testing.T) {
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		if s.Input("x", 2) != s.In("deep").Input("x", 2) {
			t.Error("the input declared again is another node")
		}
		if first, again := s.Indices("i", 2), s.Indices("i", 2); first != again {
			t.Error("the indices declared again are another node")
		}
		return s.Sum(s.Mul(s.Input("x", 2), s.Input("x", 2)))
	}, graph.Feed{"x": f64(tensor.Shape{2}, 1, 2), "i": ints(tensor.Shape{2}, 0, 0)})
	graphtest.Equal(t, "cost", session.Cost(), 5.0, 0)
}

func TestConstants(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		session := graphtest.Run(t, graph.NewStore(1, dt), func(s *graph.Scope) *G.Node {
			if s.Dtype() != dt || !s.Training() {
				t.Errorf("a Scope of %v, training %v", s.Dtype(), s.Training())
			}
			s.Output("full", s.Full(2.5, 2, 1))
			s.Output("const", s.Const([]float64{1, 2, 3}, 3))
			s.Output("scalar", s.Full(-1))
			return nil
		}, nil)
		graphtest.Equal(t, "full", graphtest.Output(t, session, "full"), f64(tensor.Shape{2, 1}, 2.5, 2.5), 0)
		graphtest.Equal(t, "const", graphtest.Output(t, session, "const"), f64(tensor.Shape{3}, 1, 2, 3), 0)
		graphtest.Equal(t, "scalar", graphtest.Output(t, session, "scalar"), tensor.New(tensor.FromScalar(-1.)), 0)
	}
}

func TestTry(t *testing.T) {
	x := operand(1, 2, 3)
	opCase{
		name:    "cube",
		in:      []*tensor.Dense{x},
		declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Try(G.Cube(s.Here(in[0]))) },
		want:    table(x.Shape(), func(at ...int) float64 { v := elem(x, at...); return v * v * v }),
	}.check(t)
}

func TestScopeRefuses(t *testing.T) {
	for want, declare := range map[string]func(s *graph.Scope) *G.Node{
		`scope "lm" is in use; Shared ties weights on purpose`: func(s *graph.Scope) *G.Node { s.In("lm"); s.In("lm"); return nil },
		`lm: scope "lm/head" is in use`:                        func(s *graph.Scope) *G.Node { lm := s.In("lm"); lm.In("head"); lm.In("head"); return nil },
		`lm: no scope "lm/head" to share`:                      func(s *graph.Scope) *G.Node { s.In("lm").Shared("head"); return nil },
		`"" is no name: it is empty or holds a slash`:          func(s *graph.Scope) *G.Node { s.In(""); return nil },
		`"a/b" is no name: it is empty or holds a slash`:       func(s *graph.Scope) *G.Node { return s.Param("a/b", graph.Zeros, 1) },
		"lm/w: param: stored shape (2, 3), declared (3, 2)":    func(s *graph.Scope) *G.Node { return s.In("lm").Param("w", graph.Zeros, 3, 2) },
		"lm: param w: declared (2, 3) before, (3, 2) now": func(s *graph.Scope) *G.Node {
			s.In("lm").Param("w", graph.Zeros, 2, 3)
			return s.Shared("lm").Param("w", graph.Zeros, 3, 2)
		},
		"param w: shape (0, 2); every size must be at least 1":       func(s *graph.Scope) *G.Node { return s.Param("w", graph.Zeros, 0, 2) },
		"param w: no shape; a single number has shape (1)":           func(s *graph.Scope) *G.Node { return s.Param("w", graph.Zeros) },
		"input x: shape (2, -1); every size must be at least 1":      func(s *graph.Scope) *G.Node { return s.Input("x", 2, -1) },
		"input x: no shape; a single number has shape (1)":           func(s *graph.Scope) *G.Node { return s.Indices("x") },
		"input x: declared float64 (2) before, float64 (3) now":      func(s *graph.Scope) *G.Node { s.Input("x", 2); return s.Input("x", 3) },
		"input x: declared float64 (2) before, int (2) now":          func(s *graph.Scope) *G.Node { s.Input("x", 2); return s.Indices("x", 2) },
		"carry h: shape (0, 2); every size must be at least 1":       func(s *graph.Scope) *G.Node { return s.Carry("h", 0, 2).Node() },
		"carry h: no shape; a single number has shape (1)":           func(s *graph.Scope) *G.Node { return s.Carry("h").Node() },
		`output "y" is declared twice`:                               func(s *graph.Scope) *G.Node { s.Output("y", s.Full(1)); s.Output("y", s.Full(1)); return nil },
		"keep [nil]: operand 0 is nil":                               func(s *graph.Scope) *G.Node { s.Output("y", nil); return nil },
		"const: shape (0); every size must be at least 1":            func(s *graph.Scope) *G.Node { return s.Const(nil, 0) },
		"lm: try: no such thing":                                     func(s *graph.Scope) *G.Node { return s.In("lm").Try(nil, errors.New("no such thing")) },
		"lm: try: no node":                                           func(s *graph.Scope) *G.Node { return s.In("lm").Try(nil, nil) },
		"lm: here [nil]: operand 0 is nil":                           func(s *graph.Scope) *G.Node { return s.In("lm").Here(nil) },
		"lm: width 3 is odd":                                         func(s *graph.Scope) *G.Node { s.In("lm").Fail("width %d is odd", 3); return nil },
		"operand 1 belongs to another graph":                         func(s *graph.Scope) *G.Node { return s.Add(s.Full(1), foreign(t)) },
		"here [()]: operand 0 belongs to another graph":              func(s *graph.Scope) *G.Node { return s.Here(foreign(t)) },
		"operand 0 was made in a step that has ended; hand it on as": strayedNode,
	} {
		st := graph.NewStore(1, tensor.Float64)
		build(t, st, func(s *graph.Scope) *G.Node { return s.Sum(s.In("lm").Param("w", graph.Zeros, 2, 3)) })
		wantBuildError(t, st, declare, want)
	}
}

// foreign is a node of another graph.
func foreign(t *testing.T) (n *G.Node) {
	build(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		n = s.Full(1)
		return n
	})
	return n
}

// strayedNode uses a node of one timestep in the next.
func strayedNode(s *graph.Scope) *G.Node {
	var last *G.Node
	ys, _ := graph.Unroll(s, func(x *G.Node, _ graph.State) (*G.Node, graph.State) {
		if last != nil {
			return s.Tanh(last), nil
		}
		last = s.Tanh(x)
		return x, nil
	}, s.Input("x", 2, 1, 1), nil, graph.Run{})
	return s.Sum(ys)
}
