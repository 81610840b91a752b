package layerstest

import (
	"runtime"
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph/graphtest"
)

// checkRepeatable runs two Sessions of one Store twice each, by turns, on one processor and on two.
func checkRepeatable(t testing.TB, newSubject func(hidden int) subject) {
	t.Helper()
	const T, B, I, H = 3, 2, 2, 5
	sub := newSubject(H)
	st := sub.store(t, I, tensor.Float64)
	tr := sub.draw(T, B, I)
	one, two := build(t, st, tr.declare(sub)), build(t, st, tr.declare(sub))
	defer closeSession(t, one)
	defer closeSession(t, two)
	before := st.Snapshot()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for range 2 {
		runtime.GOMAXPROCS(1)
		step(t, one, tr.feed())
		runtime.GOMAXPROCS(2)
		step(t, two, tr.feed())
		equal(t, read(t, sub, st, two), read(t, sub, st, one), 0)
	}
	for i, p := range st.Params() {
		graphtest.Equal(t, "after two runs, parameter "+p.Path, p.Value, before.Params()[i].Value, 0)
	}
}
