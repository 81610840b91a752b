package layerstest

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/layers"
)

// unrolled is the subject whose timesteps stand in the graph one by one.
func (sub subject) unrolled() subject {
	sub.run = layers.RNN{Cell: sub.cell, Unrolled: true}.Run
	return sub
}

// inSegments is the subject that keeps the history of two timesteps at a time.
func (sub subject) inSegments() subject {
	run := sub.run
	sub.run = func(s *graph.Scope, xs *G.Node, r graph.Run) (*G.Node, layers.State) {
		r.Segment = 2
		return run(s, xs, r)
	}
	return sub
}

// checkScanned compares the cell as it is scanned, at once and in segments, with the cell unrolled: in
// every form and direction, of numbers and of what is looked up in a small table, at sizes of one and at odd
// ones, in float64 and float32.
func checkScanned(t testing.TB, newSubject func(hidden int) subject) {
	t.Helper()
	for _, size := range []struct{ T, B, I, H int }{{1, 1, 1, 1}, {3, 1, 5, 7}, {5, 3, 1, 3}, {7, 5, 3, 1}} {
		sub := newSubject(size.H)
		for _, dt := range []tensor.Dtype{tensor.Float64, tensor.Float32} {
			st := sub.store(t, size.I, dt)
			for _, f := range []form{{}, {reverse: true}, {lengths: true}, {resets: true}, {true, true, true}} {
				given := sub.draw(size.T, size.B, size.I).in(f)
				for _, tr := range []trial{given, given.lookedUp()} {
					want := tr.run(t, sub.unrolled(), st)
					near(t, tr.run(t, sub, st), want, dt)
					near(t, tr.run(t, sub.inSegments(), st), want, dt)
				}
			}
		}
	}
	checkCarried(t, newSubject)
}

// lookedUp is the trial whose inputs are rows of a table, the first of its numbers.
func (tr trial) lookedUp() trial {
	for i := range tr.T * tr.B {
		tr.tokens = append(tr.tokens, i*i%tr.vocab())
	}
	return tr
}

// in gives a trial lengths and resets that differ from row to row.
func (tr trial) in(f form) trial {
	tr.reverse = f.reverse
	if f.lengths {
		for b := range tr.B {
			tr.lengths = append(tr.lengths, (b*3+tr.T-1)%(tr.T+1)) // also 0 and T
		}
	}
	if f.resets {
		for i := range tr.T * tr.B {
			set := 0.
			if i%3 == 1 {
				set = 1
			}
			tr.reset = append(tr.reset, set)
		}
	}
	return tr
}

// checkCarried runs both forms twice with the state carried from the first run to the second.
func checkCarried(t testing.TB, newSubject func(hidden int) subject) {
	t.Helper()
	const T, B, I, H = 3, 2, 2, 5
	sub := newSubject(H)
	st := sub.store(t, I, tensor.Float64)
	tr := sub.fromZeros(T, B, I)
	through := func(unrolled bool) result {
		session := build(t, st.Snapshot(), func(s *graph.Scope) *G.Node {
			rnn := layers.RNN{Cell: sub.cell, Carry: true, Unrolled: unrolled}
			ys, last := rnn.Run(s.In("it"), s.Param("xs", given(tr.xs), T, B, I), graph.Run{})
			s.Output("ys", ys)
			for j, h := range last {
				s.Output(lastName(j), h)
			}
			return s.Sum(s.Mul(ys, s.Const(tr.weights, ys.Shape()...)))
		})
		defer closeSession(t, session)
		step(t, session, nil)
		step(t, session, nil)
		return read(t, sub, st, session)
	}
	near(t, through(false), through(true), tensor.Float64)
}

// near compares what should differ by rounding alone. In float32 that is measured by the greatest
// element of each tensor.
func near(t testing.TB, got, want result, dt tensor.Dtype) {
	t.Helper()
	if dt == tensor.Float64 {
		equal(t, got, want, rounding)
		return
	}
	compare := func(name string, a, b *tensor.Dense) {
		t.Helper()
		graphtest.Equal(t, name, a, b, single*greatest(b))
	}
	compare("outputs [T, B, O]", got.ys, want.ys)
	for j := range want.last {
		compare(lastName(j), got.last[j], want.last[j])
	}
	for path, g := range want.gradients {
		compare("gradient of "+path, got.gradients[path], g)
	}
}

// greatest is the greatest magnitude in a tensor of float32.
func greatest(d *tensor.Dense) (top float64) {
	for _, v := range d.Data().([]float32) {
		top = max(top, math.Abs(float64(v)))
	}
	return top
}
