package layerstest

import (
	"slices"
	"testing"

	"gorgonia.org/tensor"
)

// checkInitialState compares a run without initial state with one from zeros, and that with one in which
// a single tensor of the state is not zero.
func checkInitialState(t testing.TB, newSubject func(hidden int) subject) {
	t.Helper()
	const T, B, I, H = 2, 3, 2, 5
	sub := newSubject(H)
	st := sub.store(t, I, tensor.Float64)
	drawn, zeros := sub.draw(T, B, I), sub.draw(T, B, I)
	for _, values := range zeros.init {
		fill(values, 0)
	}
	want := zeros.run(t, sub, st)
	equal(t, sub.fromZeros(T, B, I).run(t, sub, st), want, rounding)

	for j := range sub.stateSizes {
		other := zeros
		other.init = slices.Clone(zeros.init)
		other.init[j] = drawn.init[j]
		got := other.run(t, sub, st)
		if slices.Equal(got.ys.Float64s(), want.ys.Float64s()) && sameLast(got, want) {
			t.Errorf("tensor %d of the initial state changes neither the outputs nor the last state", j)
		}
	}
}

func sameLast(a, b result) bool {
	for j := range a.last {
		if !slices.Equal(a.last[j].Float64s(), b.last[j].Float64s()) {
			return false
		}
	}
	return true
}
