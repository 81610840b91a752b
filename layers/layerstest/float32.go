package layerstest

import (
	"testing"

	"gorgonia.org/tensor"
)

// single allows for the rounding of float32, 6e-8 an operation, in sums of some ten terms and through a
// few timesteps.
const single = 1e-4

// checkFloat32 compares a Store of float32 with one of float64.
func checkFloat32(t testing.TB, newSubject func(hidden int) subject) {
	t.Helper()
	const T, B, I, H = 3, 2, 2, 5
	sub := newSubject(H)
	tr := sub.draw(T, B, I)
	want := tr.run(t, sub, sub.store(t, I, tensor.Float64))
	equal(t, tr.run(t, sub, sub.store(t, I, tensor.Float32)), want, single)
}
