package layerstest

import (
	"fmt"
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

// apart computes what a trial should give in the plainest way: every row by itself, every piece between
// two resets by itself, forwards, over nothing but the row's own timesteps.
func (tr trial) apart(t testing.TB, sub subject, st *graph.Store) result {
	t.Helper()
	want := tr.zero(sub, st)
	for b := range tr.B {
		for j := range sub.stateSizes { // what a row without timesteps keeps
			copy(part(want.last[j].Float64s(), tr.B, b), part(tr.init[j], tr.B, b))
		}
		for _, p := range tr.pieces(b) {
			one := trial{T: len(p.timesteps), B: 1, I: tr.I}
			for _, at := range p.timesteps {
				one.xs = append(one.xs, part(tr.xs, tr.T*tr.B, at*tr.B+b)...)
				one.weights = append(one.weights, part(tr.weights, tr.T*tr.B, at*tr.B+b)...)
			}
			for j, size := range sub.stateSizes {
				init, weights := make([]float64, size), make([]float64, size)
				if p.first {
					copy(init, part(tr.init[j], tr.B, b))
				}
				if p.last {
					copy(weights, part(tr.lastWeights[j], tr.B, b))
				}
				one.init, one.lastWeights = append(one.init, init), append(one.lastWeights, weights)
			}

			got := one.run(t, sub, st)
			for i, at := range p.timesteps {
				copy(part(want.ys.Float64s(), tr.T*tr.B, at*tr.B+b), part(got.ys.Float64s(), one.T, i))
				copy(part(want.gradients["xs"].Float64s(), tr.T*tr.B, at*tr.B+b), part(got.gradients["xs"].Float64s(), one.T, i))
			}
			for j := range sub.stateSizes {
				init := initPath(j)
				if p.first {
					copy(part(want.gradients[init].Float64s(), tr.B, b), got.gradients[init].Float64s())
				}
				copy(part(want.last[j].Float64s(), tr.B, b), got.last[j].Float64s())
			}
			for _, param := range st.Params() {
				sum := want.gradients[param.Path].Float64s()
				for i, g := range got.gradients[param.Path].Float64s() {
					sum[i] += g
				}
			}
		}
	}
	return want
}

// A piece is the timesteps of one row from one beginning to the next, in the order in which they run.
type piece struct {
	timesteps []int
	first     bool // starts from the initial state, not from zeros
	last      bool // ends in the last state
}

// pieces cuts row b at its resets.
func (tr trial) pieces(b int) []piece {
	length := tr.T
	if tr.lengths != nil {
		length = tr.lengths[b]
	}
	pieces := []piece{{first: true}}
	for i := range length {
		at := i
		if tr.reverse {
			at = length - 1 - i
		}
		if tr.reset != nil && tr.reset[at*tr.B+b] != 0 {
			pieces = append(pieces, piece{})
		}
		current := &pieces[len(pieces)-1]
		current.timesteps = append(current.timesteps, at)
	}
	pieces[len(pieces)-1].last = true
	if len(pieces[0].timesteps) == 0 {
		pieces = pieces[1:]
	}
	return pieces
}

// zero is a result of the trial's shapes.
func (tr trial) zero(sub subject, st *graph.Store) result {
	zeros := func(shape ...int) *tensor.Dense {
		return tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(shape...))
	}
	res := result{ys: zeros(tr.T, tr.B, sub.outputSize(tr.I)), gradients: map[string]*tensor.Dense{"xs": zeros(tr.T, tr.B, tr.I)}}
	for j, size := range sub.stateSizes {
		res.last = append(res.last, zeros(tr.B, size))
		res.gradients[initPath(j)] = zeros(tr.B, size)
	}
	for _, p := range st.Params() {
		res.gradients[p.Path] = zeros(p.Value.Shape()...)
	}
	return res
}

// part is the nth of equal parts of a tensor in row-major order.
func part(values []float64, parts, n int) []float64 {
	size := len(values) / parts
	return values[n*size : (n+1)*size]
}

// initPath is the parameter of a trial that holds tensor j of the initial state.
func initPath(j int) string { return fmt.Sprint("init", j) }

// lastName is the output of a trial that holds tensor j of the last state.
func lastName(j int) string { return fmt.Sprint("last", j) }
