package graphtest

import (
	"context"
	"math"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

const (
	// step is the distance of the finite differences. In float64 they are off by about step²·f‴/6 and,
	// by rounding, 1e-16·f/step: both near 1e-11 for costs and derivatives of ordinary size.
	step = 1e-5
	// tolerance leaves those errors room for costs in the thousands; a wrong term or factor in a
	// gradient is far above it.
	tolerance = 1e-6
)

// CheckGradients builds the graph on a Store of tensor.Float64, runs it on feed, and compares the
// gradient of every parameter that is not frozen with central finite differences of the cost. A
// parameter on which the cost depends must have a gradient, and at least one has to. To check the
// gradient of an input, declare it as a Param.
//
// Every run starts from the same carried state and draws the same random numbers. Points at which the
// cost has no derivative, such as ties of a maximum, cannot be checked this way.
func CheckGradients(t testing.TB, st *graph.Store, declare func(*graph.Scope) *G.Node, feed graph.Feed) {
	t.Helper()
	if st.Dtype().Type == nil {
		t.Fatal("check gradients: no Store, or one without a type")
	}
	if st.Dtype() != tensor.Float64 {
		t.Fatalf("check gradients: the Store is of %v; differences of float64 only are exact enough", st.Dtype())
	}
	session := Run(t, st, declare, feed)
	gradients := Gradients(session) // copies: every further run adds to the session's own
	if len(gradients) == 0 {
		t.Fatal("check gradients: the cost depends on no parameter")
	}
	session.ResetCarry()
	carried, runs := session.Carried(), session.Runs()-1
	cost := func() float64 {
		session.SetRuns(runs)
		if err := session.SetCarried(carried); err != nil {
			t.Fatalf("check gradients: %v", err)
		}
		if err := session.Run(context.Background(), feed); err != nil {
			t.Fatalf("check gradients: %v", err)
		}
		return session.Cost()
	}
	for _, p := range st.Params() {
		if p.Frozen {
			continue
		}
		values := p.Value.Float64s()
		differences := make([]float64, len(values))
		for i, v := range values {
			values[i] = v + step
			above := cost()
			values[i] = v - step
			differences[i] = (above - cost()) / (2 * step)
			values[i] = v
		}
		if g, ok := gradients[p.Path]; ok {
			Equal(t, "gradient of "+p.Path, g, differences, tolerance)
		} else if slices.ContainsFunc(differences, func(d float64) bool { return !(math.Abs(d) <= tolerance) }) {
			t.Errorf("gradient of %s: there is none, finite differences are %v", p.Path, differences)
		}
	}
}
