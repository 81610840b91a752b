package layerstest

import (
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

// checkShapes runs every combination of sizes 1 and more.
func checkShapes(t testing.TB, newSubject func(hidden int) subject) {
	t.Helper()
	for _, T := range []int{1, 3} {
		for _, B := range []int{1, 2} {
			for _, I := range []int{1, 4} {
				for _, H := range []int{1, 5} {
					checkShape(t, newSubject(H), T, B, I)
				}
			}
		}
	}
}

func checkShape(t testing.TB, sub subject, T, B, I int) {
	t.Helper()
	session := build(t, graph.NewStore(seed, tensor.Float64), func(s *graph.Scope) *G.Node {
		ys, last := sub.run(s.In("it"), s.Full(0.5, T, B, I), graph.Run{})
		s.Output("ys", ys)
		for j, h := range last {
			s.Output(lastName(j), h)
		}
		return nil
	}, graph.Eval())
	defer closeSession(t, session)
	step(t, session, nil)

	got, want := graphtest.Output(t, session, "ys").Shape(), []int{T, B, sub.outputSize(I)}
	if !slices.Equal(got, want) {
		t.Errorf("inputs %v: outputs have shape %v, want %v of OutputSize(%d)", []int{T, B, I}, got, want, I)
	}
	for j, size := range sub.stateSizes {
		got, want := graphtest.Output(t, session, lastName(j)).Shape(), []int{B, size}
		if !slices.Equal(got, want) {
			t.Errorf("inputs %v: tensor %d of the last state has shape %v, want %v of StateSizes", []int{T, B, I}, j, got, want)
		}
	}
}
