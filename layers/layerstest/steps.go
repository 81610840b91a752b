package layerstest

import (
	"context"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/layers"
)

// oneStep builds the graph that serves a cell: one timestep of B rows, its state carried.
func (sub subject) oneStep(t testing.TB, st *graph.Store, B, I int) *graph.Session {
	t.Helper()
	return build(t, st.Snapshot(), func(s *graph.Scope) *G.Node {
		ys, last := layers.RNN{Cell: sub.cell, Carry: true}.Run(s.In("it"), s.Input("xs", 1, B, I), graph.Run{})
		s.Output("ys", ys)
		for j, h := range last {
			s.Output(lastName(j), h)
		}
		return nil
	}, graph.Eval())
}

// fromZeros draws a trial without an initial state.
func (sub subject) fromZeros(T, B, I int) trial {
	tr := sub.draw(T, B, I)
	tr.init = nil
	return tr
}

// checkSteps compares T timesteps in one run, each declared by a call of the step, with T runs of one.
func checkSteps(t testing.TB, newSubject func(hidden int) subject) {
	t.Helper()
	const T, B, I, H = 3, 4, 2, 5
	sub := newSubject(H)
	st := sub.store(t, I, tensor.Float64)
	tr := sub.fromZeros(T, B, I)
	want := tr.run(t, sub.unrolled(), st)

	session := sub.oneStep(t, st, B, I)
	defer closeSession(t, session)
	got := tr.zero(sub, st)
	for at := range T {
		step(t, session, graph.Feed{"xs": dense(part(tr.xs, T, at), 1, B, I)})
		copy(part(got.ys.Float64s(), T, at), graphtest.Output(t, session, "ys").Float64s())
	}
	for j := range sub.stateSizes {
		got.last[j] = graphtest.Output(t, session, lastName(j))
	}
	got.gradients = nil
	equal(t, got, want, rounding)
}

// checkStream moves two sequences on by turns, together and apart, in changing rows.
func checkStream(t testing.TB, newSubject func(hidden int) subject) {
	t.Helper()
	const T, B, I, H = 3, 2, 2, 5
	sub := newSubject(H)
	if len(sub.stateSizes) == 0 {
		return // nothing goes from one timestep to the next
	}
	st := sub.store(t, I, tensor.Float64)
	tr := sub.fromZeros(T, B, I)
	want := tr.run(t, sub, st).ys.Float64s()

	stream, err := graph.NewStream(sub.oneStep(t, st, B, I))
	if err != nil {
		t.Fatal(err)
	}
	defer closeSession(t, stream)
	sequences := [B]graph.Sequence{}
	next := [B]int{} // timestep of each
	for _, turn := range [][]int{{0}, {1, 0}, {1}, {0, 1}} {
		xs := make([]float64, B*I)
		var moved []*graph.Sequence
		for row, q := range turn {
			copy(part(xs, B, row), part(tr.xs, T*B, next[q]*B+q))
			moved = append(moved, &sequences[q])
		}
		outputs, err := stream.Step(context.Background(), graph.Feed{"xs": dense(xs, 1, B, I)}, moved...)
		if err != nil {
			t.Fatal(err)
		}
		for row, q := range turn {
			graphtest.Equal(t, "outputs of one sequence", part(outputs["ys"].(*tensor.Dense).Float64s(), B, row), part(want, T*B, next[q]*B+q), rounding)
			next[q]++
		}
	}
}

// checkServing moves sequences on in Streams of different numbers of rows, in changing company and rows, and
// compares the bits with those of a Stream of one row.
func checkServing(t testing.TB, newSubject func(hidden int) subject) {
	t.Helper()
	const I, H, sequences, steps = 2, 5, 5, 3
	sub := newSubject(H)
	if len(sub.stateSizes) == 0 {
		return
	}
	for _, dt := range []tensor.Dtype{tensor.Float64, tensor.Float32} {
		st := sub.store(t, I, dt)
		xs := sub.draw(steps, sequences, I).xs // [steps, sequences, I]
		want := map[[2]int][]float64{}         // by sequence and step
		for _, rows := range []int{1, 2, 7, 32} {
			stream, err := graph.NewStream(sub.oneStep(t, st, rows, I))
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(1, uint64(rows)))
			states, next := make([]graph.Sequence, sequences), make([]int, sequences)
			for {
				var turn []int // those that go on, in the order of their rows
				for _, q := range r.Perm(sequences) {
					if next[q] < steps && len(turn) < rows && (len(turn) == 0 || r.IntN(2) == 0) {
						turn = append(turn, q)
					}
				}
				if len(turn) == 0 {
					break
				}
				x := make([]float64, rows*I)
				var moved []*graph.Sequence
				for row, q := range turn {
					copy(part(x, rows, row), part(xs, steps*sequences, next[q]*sequences+q))
					moved = append(moved, &states[q])
				}
				outputs, err := stream.Step(context.Background(), graph.Feed{"xs": dense(x, 1, rows, I)}, moved...)
				if err != nil {
					t.Fatal(err)
				}
				for row, q := range turn {
					got := floats(outputs["ys"])
					key := [2]int{q, next[q]}
					if rows == 1 {
						want[key] = got
					} else {
						graphtest.Equal(t, "outputs of one sequence among others", part(got, rows, row), want[key], 0)
					}
					next[q]++
				}
			}
			closeSession(t, stream)
		}
	}
}

// floats are the elements of a tensor.
func floats(v tensor.Tensor) []float64 {
	narrow, ok := v.Data().([]float32)
	if !ok {
		return v.Data().([]float64)
	}
	wide := make([]float64, len(narrow))
	for i, x := range narrow {
		wide[i] = float64(x)
	}
	return wide
}

func dense(values []float64, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}
