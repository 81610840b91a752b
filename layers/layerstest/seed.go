package layerstest

import (
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

// checkSeed declares a subject alone, and between others.
func checkSeed(t testing.TB, newSubject func(hidden int) subject) {
	t.Helper()
	const I, H = 2, 5
	sub := newSubject(H)
	declare := func(scopes ...string) *graph.Store {
		st := graph.NewStore(seed, tensor.Float64)
		closeSession(t, build(t, st, func(s *graph.Scope) *G.Node {
			for _, scope := range scopes {
				ys, _ := sub.run(s.In(scope), s.Full(0.5, 1, 1, I), graph.Run{})
				s.Output(scope, ys)
			}
			return nil
		}, graph.Eval()))
		return st
	}
	alone, among := declare("it"), declare("before", "it", "after")
	for _, p := range alone.Params() {
		other, ok := among.Param(p.Path)
		if !ok {
			t.Errorf("parameter %s is not declared when another of its kind is in the model", p.Path)
			continue
		}
		graphtest.Equal(t, "initial value of "+p.Path, other.Value, p.Value, 0)
	}
}
