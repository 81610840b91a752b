package graph

import (
	"context"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// embedded builds a recurrence over T timesteps of 2 rows, looked up in a table of V rows.
func embedded(t *testing.T, T, V int, step func(s *Scope, x, wx *G.Node, h *G.Node) *G.Node) (*Session, *recurrence) {
	t.Helper()
	var found *recurrence
	session, err := Build(NewStore(1, tensor.Float64), func(s *Scope) *G.Node {
		xs := s.Gather(s.Param("table", Normal(1), V, 3), s.Indices("tokens", T, 2))
		wx := s.Param("wx", Normal(1), 3, 4)
		ys, _ := Scan(s, func(x *G.Node, prev State) (*G.Node, State) {
			h := step(s, x, wx, prev[0])
			return h, State{h}
		}, xs, []int{4}, Run{})
		s.Output("ys", ys)
		found = s.b.scans[0]
		return s.Sum(s.Square(ys))
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session, found
}

func vanilla(s *Scope, x, wx, h *G.Node) *G.Node { return s.Tanh(s.Add(s.MatMul(x, wx), h)) }

// What is looked up in a small table is multiplied in the table, and not timestep by timestep.
func TestScanMultipliesTheTable(t *testing.T) {
	for _, tc := range []struct {
		name             string
		V                int
		step             func(s *Scope, x, wx, h *G.Node) *G.Node
		readsX, readsAll bool
	}{
		{"product", 5, vanilla, false, true},
		{"product and x", 5, func(s *Scope, x, wx, h *G.Node) *G.Node {
			return s.Add(vanilla(s, x, wx, h), s.Slice(x, 1, 0, 1))
		}, true, true},
		{"x alone", 5, func(s *Scope, x, _, h *G.Node) *G.Node { return s.Add(h, s.Slice(x, 1, 0, 1)) }, true, false},
		{"product of the state's", 5, func(s *Scope, x, wx, h *G.Node) *G.Node {
			return s.Tanh(s.Add(s.MatMul(x, s.Slice(s.MatMulT(wx, h), 1, 0, 1)), h))
		}, true, false},
		{"large table", 6, vanilla, true, false},
	} {
		_, r := embedded(t, 5, tc.V, tc.step)
		if (r.x != nil) != tc.readsX || (r.embedding != nil) != tc.readsAll {
			t.Errorf("%s: reads x %v, tokens %v; want %v, %v", tc.name, r.x != nil, r.embedding != nil, tc.readsX, tc.readsAll)
		}
	}
}

// A Session of many timesteps runs fewer, and one of the table's rows is added up in the same order.
func TestScanOfTokensRunsFewerTimesteps(t *testing.T) {
	long, _ := embedded(t, 9, 3, vanilla)
	short, _ := embedded(t, 3, 3, vanilla)
	tokens := func(T int, list ...int) Feed {
		return Feed{"tokens": tensor.New(tensor.WithShape(T, 2), tensor.WithBacking(list))}
	}
	few := tokens(3, 2, 0, 1, 2, 2, 2)
	for _, run := range []struct {
		session *Session
		feed    Feed
	}{{long, tokens(9, make([]int, 18)...)}, {long, few}, {short, few}} {
		run.session.ZeroGradients()
		if err := run.session.Run(context.Background(), run.feed); err != nil {
			t.Fatal(err)
		}
	}
	if long.Cost() != short.Cost() {
		t.Errorf("cost %v, want %v", long.Cost(), short.Cost())
	}
	for i, g := range long.Gradients() {
		for j, v := range g.Grad.Float64s() {
			if want := short.Gradients()[i].Grad.Float64s()[j]; v != want {
				t.Errorf("gradient of %s: element %d is %v, want %v", g.Path, j, v, want)
			}
		}
	}
	for want, feed := range map[string]Feed{
		"index 3 at position 1, want [0, 3)":  tokens(3, 0, 3, 0, 0, 0, 0),
		"index -1 at position 5, want [0, 3)": tokens(3, 0, 0, 0, 0, 0, -1),
	} {
		if err := long.Run(context.Background(), feed); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
}
