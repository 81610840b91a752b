package graph_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

func TestStoreKeepsOrderAndFinds(t *testing.T) {
	st := graph.NewStore(7, tensor.Float32)
	build(t, st, ordered)
	var paths []string
	for _, p := range st.Params() {
		paths = append(paths, p.Path)
	}
	if got, want := strings.Join(paths, " "), "z/wx a/b z/single"; got != want {
		t.Errorf("parameters %s, want %s", got, want)
	}
	st.Params()[0] = nil // a copy of the list
	if p, ok := st.Param("z/wx"); !ok || p != st.Params()[0] {
		t.Error("z/wx is not found")
	}
	if _, ok := st.Param("z/wh"); ok {
		t.Error("z/wh is found")
	}
	if st.Seed() != 7 || st.Dtype() != tensor.Float32 {
		t.Errorf("seed %d, type %v", st.Seed(), st.Dtype())
	}
}

// A Snapshot and its original go their own ways.
func TestSnapshot(t *testing.T) {
	st := graph.NewStore(1, tensor.Float64)
	session := build(t, st, ordered)
	st.Params()[1].Frozen = true
	copied := st.Snapshot()
	if graph.Summary(copied) != graph.Summary(st) {
		t.Errorf("the copy is\n%sof\n%s", graph.Summary(copied), graph.Summary(st))
	}
	run(t, session, nil)
	before := session.Cost()
	copied.Params()[0].Value.Float64s()[0]++
	run(t, session, nil)
	graphtest.Equal(t, "cost of the original", session.Cost(), before, 0)
	session = build(t, copied, ordered)
	run(t, session, nil)
	graphtest.Equal(t, "cost of the copy", session.Cost(), before+1, 1e-12)
	build(t, copied, func(s *graph.Scope) *G.Node { return s.Sum(s.Param("new", graph.Zeros, 1)) })
	if len(st.Params()) != 3 {
		t.Error("a parameter of the copy is in the original")
	}
}

func TestSetValues(t *testing.T) {
	st := graph.NewStore(1, tensor.Float64)
	session := build(t, st, ordered)
	run(t, session, nil)
	before := session.Cost()
	wx := f64(tensor.Shape{2, 3}, 1, 2, 3, 4, 5, 6)
	for want, values := range map[string]map[string]*tensor.Dense{
		"z/wh: no such parameter":                             {"z/wx": wx, "z/wh": wx},
		"a/b: value float64 (2, 3), parameter float64 (1, 3)": {"z/wx": wx, "a/b": wx},
		"a/b: value float64 (3), parameter float64 (1, 3)":    {"a/b": f64(tensor.Shape{3}, 1, 2, 3)},
		"z/single: value float32 (1), parameter float64 (1)":  {"z/single": tensor.New(tensor.WithShape(1), tensor.WithBacking([]float32{1}))},
		"z/single: value is nil":                              {"z/wx": wx, "z/single": nil},
	} {
		if err := st.SetValues(values); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
		run(t, session, nil)
		graphtest.Equal(t, "cost after an error", session.Cost(), before, 0)
	}
	err := st.SetValues(map[string]*tensor.Dense{
		"z/wx": wx, "a/b": f64(tensor.Shape{1, 3}, 10, 20, 30), "z/single": f64(tensor.Shape{1}, 100),
	})
	if err != nil {
		t.Fatal(err)
	}
	run(t, session, nil)
	graphtest.Equal(t, "cost of the new values", session.Cost(), 241.0, 0)
	wx.Float64s()[0] = 50
	run(t, session, nil)
	graphtest.Equal(t, "cost after the value was written to", session.Cost(), 241.0, 0)

	// tensor.WithBacking makes a scalar of a list of one.
	if err := st.SetValues(map[string]*tensor.Dense{"z/single": tensor.New(tensor.WithBacking([]float64{200}))}); err != nil {
		t.Fatal(err)
	}
	run(t, session, nil)
	graphtest.Equal(t, "cost of a scalar", session.Cost(), 341.0, 0)
	if p, _ := st.Param("z/single"); p.Value.Dims() != 1 {
		t.Errorf("the parameter has the shape %v, want (1)", p.Value.Shape())
	}

	columns := f64(tensor.Shape{3, 2}, 1, 4, 2, 5, 3, 6)
	if err := columns.T(); err != nil { // [2, 3], by strides only
		t.Fatal(err)
	}
	if err := st.SetValues(map[string]*tensor.Dense{"z/wx": columns}); err != nil {
		t.Fatal(err)
	}
	p, _ := st.Param("z/wx")
	graphtest.Equal(t, "value of a view", p.Value, f64(tensor.Shape{2, 3}, 1, 2, 3, 4, 5, 6), 0)
}

// Fill draws what a declaration would, whatever was there, and reaches the Sessions that there are.
func TestFill(t *testing.T) {
	declared := func(s *graph.Scope) *G.Node { return s.Sum(s.In("a").Param("w", graph.Uniform(0.1), 2, 3)) }
	want := graph.NewStore(7, tensor.Float32)
	build(t, want, declared)
	st := graph.NewStore(7, tensor.Float32)
	session := build(t, st, func(s *graph.Scope) *G.Node { return s.Sum(s.In("a").Param("w", graph.Ones, 2, 3)) })
	for _, init := range []graph.Init{
		func(*rand.Rand, tensor.Shape) []float64 { return make([]float64, 5) },
		func(*rand.Rand, tensor.Shape) []float64 { panic("no") },
	} {
		if err := st.Fill(init); err == nil || !strings.Contains(err.Error(), "a/w: ") {
			t.Errorf("error %v, want one of a/w", err)
		}
		run(t, session, nil)
		graphtest.Equal(t, "cost after an error", session.Cost(), 6.0, 0)
	}
	if err := st.Fill(graph.Uniform(0.1)); err != nil {
		t.Fatal(err)
	}
	graphtest.Equal(t, "values", st.Params()[0].Value, want.Params()[0].Value, 0)
	run(t, session, nil)
	if math.Abs(session.Cost()) > 0.6 {
		t.Errorf("cost %v, want that of the new values", session.Cost())
	}
}

// The suggestion is the path with the fewest letters to change.
func TestNearestPath(t *testing.T) {
	st := graph.NewStore(1, tensor.Float32)
	build(t, st, func(s *graph.Scope) *G.Node {
		cell := s.In("rnn")
		return s.Sum(s.Concat(0, cell.Param("wx", graph.Zeros, 1), cell.Param("wh", graph.Zeros, 1), s.Param("head", graph.Zeros, 1)))
	})
	loaded, err := graph.Load(strings.NewReader(string(saved(t, st))), 1)
	if err != nil {
		t.Fatal(err)
	}
	for path, nearest := range map[string]string{
		"Wx": `; nearest "rnn/wx"`, "wwh": `; nearest "rnn/wh"`, "b": `; nearest "rnn/`,
	} {
		wantBuildError(t, loaded, func(s *graph.Scope) *G.Node { return s.Sum(s.In("rnn").Param(path, graph.Zeros, 1)) }, nearest)
	}
	_, err = graph.Build(loaded, func(s *graph.Scope) *G.Node { return s.Sum(s.Param("q", graph.Zeros, 1)) })
	if err == nil || strings.Contains(err.Error(), "nearest") {
		t.Errorf("nothing is like q, but: %v", err)
	}
}

// What cannot be held is refused before it is asked for.
func TestParamTooLarge(t *testing.T) {
	_, err := graph.Build(graph.NewStore(1, tensor.Float32), func(s *graph.Scope) *G.Node {
		return s.Sum(s.In("a").Param("w", graph.Zeros, 1<<30, 1<<30))
	})
	if err == nil || !strings.Contains(err.Error(), "a: param w: shape (1073741824, 1073741824) takes 4.61e+09 GB, there are ") {
		t.Errorf("error is %v", err)
	}
}
