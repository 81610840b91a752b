package graphtest

import (
	"context"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

// Run builds a graph, runs it once on feed, and returns the Session, which the end of the test closes.
// An error ends the test.
func Run(t testing.TB, st *graph.Store, declare func(*graph.Scope) *G.Node, feed graph.Feed, opts ...graph.BuildOption) *graph.Session {
	t.Helper()
	session, err := graph.Build(st, declare, opts...)
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	t.Cleanup(func() {
		if err := session.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if err := session.Run(context.Background(), feed); err != nil {
		t.Fatalf("run: %v", err)
	}
	return session
}

// Output returns what was declared as name, as of the Session's last run. Without one the test ends.
func Output(t testing.TB, session *graph.Session, name string) *tensor.Dense {
	t.Helper()
	out, err := session.Output(name)
	if err != nil {
		t.Fatal(err)
	}
	return out.(*tensor.Dense)
}

// Gradients copies the Session's gradients, by the paths of their parameters.
func Gradients(session *graph.Session) map[string]*tensor.Dense {
	copies := map[string]*tensor.Dense{}
	for _, g := range session.Gradients() {
		copies[g.Path] = g.Grad.Clone().(*tensor.Dense)
	}
	return copies
}
