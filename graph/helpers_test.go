package graph_test

import (
	"context"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

// build builds a graph that has to be sound, and closes it at the end of the test.
func build(t testing.TB, st *graph.Store, declare func(*graph.Scope) *G.Node, opts ...graph.BuildOption) *graph.Session {
	t.Helper()
	session, err := graph.Build(st, declare, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

// run runs a Session that has to succeed.
func run(t testing.TB, session *graph.Session, feed graph.Feed) {
	t.Helper()
	if err := session.Run(context.Background(), feed); err != nil {
		t.Fatal(err)
	}
}

// wantBuildError fails unless building declare is an error with want in it that leaves the Store as it
// was.
func wantBuildError(t *testing.T, st *graph.Store, declare func(*graph.Scope) *G.Node, want string) {
	t.Helper()
	before := graph.Summary(st)
	_, err := graph.Build(st, declare)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want %q in it", err, want)
	}
	if after := graph.Summary(st); after != before {
		t.Errorf("the Store was\n%sis\n%s", before, after)
	}
}

// wantRunError fails unless the run is an error with want in it.
func wantRunError(t *testing.T, session *graph.Session, feed graph.Feed, want string) {
	t.Helper()
	err := session.Run(context.Background(), feed)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want %q in it", err, want)
	}
}

// f64 makes a tensor.
func f64(shape tensor.Shape, values ...float64) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}

// ints makes a tensor of indices.
func ints(shape tensor.Shape, values ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}
