package layerstest

import (
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph/graphtest"
)

// checkGradients compares the gradients of every parameter, the input and the initial state with finite
// differences.
func checkGradients(t testing.TB, newSubject func(hidden int) subject) {
	t.Helper()
	for _, size := range []struct{ T, B, I, H int }{{1, 1, 1, 1}, {3, 2, 4, 3}} {
		sub := newSubject(size.H)
		tr := sub.draw(size.T, size.B, size.I)
		graphtest.CheckGradients(t, sub.store(t, size.I, tensor.Float64), tr.declare(sub), tr.feed())
	}
}
