package main

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/layers/layerstest"
)

func TestStepOfEachCase(t *testing.T) {
	if testing.Short() {
		t.Skip("trains")
	}
	chosen, err := choose(append([]string{"short-10-of-1000", "length-10", "build-10"}, compared...))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range chosen {
		work, err := c.prepare()
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if err := work.step(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if err := work.close(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestTrainingLearns shows that a step is a whole one: on one batch again and again the loss falls.
func TestTrainingLearns(t *testing.T) {
	for cell := range gates {
		for _, unrolled := range []bool{false, true} {
			small := training{cell, 2, 5, 6, 7, 8, 2}
			session, err := small.build(graph.NewStore(1, tensor.Float32), unrolled)
			if err != nil {
				t.Fatal(err)
			}
			work := small.steps(session, 5)
			var costs []float64
			for range 100 {
				if err := work.step(); err != nil {
					t.Fatal(err)
				}
				costs = append(costs, session.Cost())
			}
			if first, last := costs[0], costs[99]; !(last < 0.9*first) {
				t.Errorf("%s, unrolled %t: the loss goes from %.3f to %.3f", cell, unrolled, first, last)
			}
		}
	}
}

func TestCustomCell(t *testing.T) {
	layerstest.Cell(t, func(hidden int) layers.Cell { return custom{hidden} })
}

// TestCustomIsLSTM: the same parameters give the same outputs.
func TestCustomIsLSTM(t *testing.T) {
	session, err := graph.Build(graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		xs := s.Const([]float64{0.3, -1, 2, 0.5, 1, -0.2}, 3, 1, 2)
		a := layers.RNN{Cell: layers.LSTM{Hidden: 4}}.Bind(s.In("cell"), 2)(xs)
		b := layers.RNN{Cell: custom{4}}.Bind(s.Shared("cell"), 2)(xs)
		s.Output("a", a)
		s.Output("b", b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Run(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	a, err := session.Output("a")
	if err != nil {
		t.Fatal(err)
	}
	b, err := session.Output("b")
	if err != nil {
		t.Fatal(err)
	}
	graphtest.Equal(t, "outputs", a, b, 1e-12)
}

func TestFlops(t *testing.T) {
	// One timestep of one sequence: an LSTM of (3+4)·16 multiplications, behind it one of (4+4)·16, and
	// the logits 4·5; twice that, three times.
	if got := (training{"lstm", 1, 1, 3, 4, 5, 2}).flops(1, false); got != 6*(7*16+8*16+20) {
		t.Errorf("an LSTM takes %v operations", got)
	}
	if got := (training{"gru", 2, 9, 3, 4, 50, 1}).flops(7, false); got != 6*14*(7*12+200) {
		t.Errorf("a GRU takes %v operations", got)
	}
	// The table of 5 rows is multiplied, instead of 18 tokens, unless timesteps stand in the graph.
	for unrolled, first := range map[bool]int{false: 5, true: 18} {
		if got := (training{"lstm", 2, 9, 3, 4, 5, 1}).flops(9, unrolled); got != float64(6*(first*3*16+18*(4*16+20))) {
			t.Errorf("a small table, unrolled %v: an LSTM takes %v operations", unrolled, got)
		}
	}
}

func TestDraw(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	counts := make([]float64, 4)
	for range 10000 {
		i, err := draw([]float32{0.2, 0, 0.7, 0.1}, r)
		if err != nil {
			t.Fatal(err)
		}
		counts[i]++
	}
	for i, want := range []float64{2000, 0, 7000, 1000} {
		if math.Abs(counts[i]-want) > 200 {
			t.Errorf("%d was drawn %v times, want about %v", i, counts[i], want)
		}
	}
	if i, err := draw([]float32{0, 1e-9, 0}, r); i != 1 || err != nil {
		t.Errorf("what rounding leaves over goes to %d (%v), want 1", i, err)
	}
	if _, err := draw([]float32{0, float32(math.NaN())}, r); err == nil {
		t.Error("drew from NaN")
	}
}
