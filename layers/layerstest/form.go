package layerstest

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"
)

// rounding allows for sums in another order, of float64 numbers of ordinary size.
const rounding = 1e-10

// A form is one way to run a recurrence over a batch.
type form struct{ reverse, lengths, resets bool }

// checkForm compares a batch that is run in one form with its rows, run one by one.
func checkForm(f form) func(testing.TB, func(int) subject) {
	return func(t testing.TB, newSubject func(hidden int) subject) {
		t.Helper()
		const T, B, I, H = 3, 4, 2, 5
		sub := newSubject(H)
		st := sub.store(t, I, tensor.Float64)
		tr := sub.draw(T, B, I)
		tr.reverse = f.reverse
		if f.lengths {
			tr.lengths = []int{2, T, 1, T}
		}
		if f.resets { // in the middle, twice in a row, before the first timestep, never
			tr.reset = []float64{
				0, 0, 1, 0,
				1, 1, 0, 0,
				0, 1, 0, 0,
			}
		}
		want := tr.apart(t, sub, st)
		equal(t, tr.run(t, sub, st), want, rounding)
		if f.lengths {
			tr.xs = slices.Clone(tr.xs)
			for b, length := range tr.lengths {
				for at := length; at < T; at++ {
					fill(part(tr.xs, T*B, at*B+b), math.NaN())
				}
			}
			equal(t, tr.run(t, sub, st), want, rounding)
		}
	}
}

func fill(values []float64, v float64) {
	for i := range values {
		values[i] = v
	}
}
