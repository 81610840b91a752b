package graph_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

func TestDropoutGradient(t *testing.T) {
	for name, drop := range map[string]func(s *graph.Scope, x *G.Node) *G.Node{
		"dropout":        func(s *graph.Scope, x *G.Node) *G.Node { return s.Dropout(x, 0.3) },
		"locked dropout": func(s *graph.Scope, x *G.Node) *G.Node { return s.LockedDropout(x, 0.3) },
		"in a step": func(s *graph.Scope, x *G.Node) *G.Node {
			ys, _ := graph.Unroll(s, func(x *G.Node, prev graph.State) (*G.Node, graph.State) {
				h := s.Add(s.Dropout(s.LockedDropout(x, 0.3), 0.3), prev[0])
				return h, graph.State{h}
			}, x, []int{4}, graph.Run{})
			return ys
		},
	} {
		t.Run(name, func(t *testing.T) {
			graphtest.CheckGradients(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
				return s.Sum(s.Square(drop(s, s.Param("x", graph.Normal(1), 3, 2, 4))))
			}, nil)
		})
	}
}

// dropped runs dropout on ones and returns what it makes of them, run by run.
func dropped(t *testing.T, st *graph.Store, runs int, declare func(s *graph.Scope, x *G.Node) *G.Node, opts ...graph.BuildOption) [][]float64 {
	t.Helper()
	session := build(t, st, func(s *graph.Scope) *G.Node {
		s.Output("y", declare(s, s.Full(1, 8, 4, 32)))
		return nil
	}, opts...)
	var masks [][]float64
	for range runs {
		run(t, session, nil)
		masks = append(masks, slices.Clone(graphtest.Output(t, session, "y").Float64s()))
	}
	return masks
}

func TestDropoutStatistics(t *testing.T) {
	for _, rate := range []float64{0.1, 0.5, 0.9} {
		var zeros, n int
		for _, mask := range dropped(t, graph.NewStore(1, tensor.Float64), 20, func(s *graph.Scope, x *G.Node) *G.Node { return s.Dropout(x, rate) }) {
			for _, v := range mask {
				switch {
				case v == 0:
					zeros++
				case math.Abs(v-1/(1-rate)) > 1e-12:
					t.Fatalf("rate %v: %v, want 0 or %v", rate, v, 1/(1-rate))
				}
				n++
			}
		}
		// Five standard deviations of the share of n independent draws.
		if got, room := float64(zeros)/float64(n), 5*math.Sqrt(rate*(1-rate)/float64(n)); math.Abs(got-rate) > room {
			t.Errorf("rate %v: the share of zeros is %.4f, more than %.4f off", rate, got, room)
		}
	}
}

func TestDropoutMasks(t *testing.T) {
	drop := func(s *graph.Scope, x *G.Node) *G.Node { return s.Dropout(x, 0.5) }
	seeded := func(seed int64) *graph.Store { return graph.NewStore(seed, tensor.Float64) }
	masks := dropped(t, seeded(1), 2, drop)
	if slices.Equal(masks[0], masks[1]) {
		t.Error("two runs drop the same elements")
	}
	if again := dropped(t, seeded(1), 2, drop); !slices.Equal(masks[0], again[0]) || !slices.Equal(masks[1], again[1]) {
		t.Error("the same seed drops other elements")
	}
	if other := dropped(t, seeded(2), 1, drop); slices.Equal(masks[0], other[0]) {
		t.Error("another seed drops the same elements")
	}
	second := dropped(t, seeded(1), 1, func(s *graph.Scope, x *G.Node) *G.Node { drop(s, x); return drop(s, x) })
	if slices.Equal(masks[0], second[0]) {
		t.Error("the second dropout of a scope drops the same elements as the first")
	}
	elsewhere := dropped(t, seeded(1), 1, func(s *graph.Scope, x *G.Node) *G.Node { drop(s.In("other"), x); return drop(s, x) })
	if !slices.Equal(masks[0], elsewhere[0]) {
		t.Error("a dropout in another scope changes the mask")
	}
	for name, same := range map[string][][]float64{
		"in evaluation": dropped(t, seeded(1), 1, drop, graph.Eval()),
		"at rate 0":     dropped(t, seeded(1), 1, func(s *graph.Scope, x *G.Node) *G.Node { return s.Dropout(x, 0) }),
	} {
		if slices.ContainsFunc(same[0], func(v float64) bool { return v != 1 }) {
			t.Errorf("%s x is changed", name)
		}
	}
}

func TestLockedDropoutRepeatsAlongTime(t *testing.T) {
	equalSteps := func(mask []float64) bool {
		step := len(mask) / 8
		for i := step; i < len(mask); i++ {
			if mask[i] != mask[i-step] {
				return false
			}
		}
		return true
	}
	inStep := func(drop func(s *graph.Scope, x *G.Node, rate float64) *G.Node) func(s *graph.Scope, x *G.Node) *G.Node {
		return func(s *graph.Scope, x *G.Node) *G.Node {
			ys, _ := graph.Unroll(s, func(x *G.Node, _ graph.State) (*G.Node, graph.State) {
				return drop(s, x, 0.5), nil
			}, x, nil, graph.Run{})
			return ys
		}
	}
	for _, tc := range []struct {
		name    string
		declare func(s *graph.Scope, x *G.Node) *G.Node
		locked  bool
	}{
		{"dropout", func(s *graph.Scope, x *G.Node) *G.Node { return s.Dropout(x, 0.5) }, false},
		{"locked", func(s *graph.Scope, x *G.Node) *G.Node { return s.LockedDropout(x, 0.5) }, true},
		{"in a step", inStep((*graph.Scope).Dropout), false},
		{"locked in a step", inStep((*graph.Scope).LockedDropout), true},
	} {
		masks := dropped(t, graph.NewStore(1, tensor.Float64), 2, tc.declare)
		if equalSteps(masks[0]) != tc.locked {
			t.Errorf("%s: equal in all timesteps: %v, want %v", tc.name, !tc.locked, tc.locked)
		}
		if slices.Equal(masks[0], masks[1]) {
			t.Errorf("%s: two runs drop the same elements", tc.name)
		}
	}
}

// A run of the same number draws the same numbers, in this Session and in another.
func TestSetRuns(t *testing.T) {
	declare := func(s *graph.Scope) *G.Node {
		s.Output("y", s.Dropout(s.Full(1, 64), 0.5))
		return nil
	}
	session := build(t, graph.NewStore(1, tensor.Float64), declare)
	var masks []string
	for range 3 {
		run(t, session, nil)
		masks = append(masks, fmt.Sprint(graphtest.Output(t, session, "y").Data()))
	}
	if session.Runs() != 3 {
		t.Errorf("%d runs were counted of 3", session.Runs())
	}
	resumed := build(t, graph.NewStore(1, tensor.Float64), declare)
	resumed.SetRuns(2)
	run(t, resumed, nil)
	if got := fmt.Sprint(graphtest.Output(t, resumed, "y").Data()); got != masks[2] || resumed.Runs() != 3 {
		t.Errorf("after SetRuns(2), run %d differs from run 3", resumed.Runs())
	}
}
