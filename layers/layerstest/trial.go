package layerstest

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

// seed of every Store and of all numbers that are drawn here.
const seed = 1

// A trial is a run of a subject over numbers that are known. Its input and initial state are parameters
// of the graph, so that they have gradients.
type trial struct {
	T, B, I int
	xs      []float64   // [T, B, I]
	init    [][]float64 // [B, size] each; nil: the run is given none
	lengths []int       // [B]; nil: all T
	reset   []float64   // [T, B]; nil: none
	reverse bool
	tokens  []int // [T, B], of which the inputs are looked up; nil: they are not

	// The cost is the sum of outputs and last state under these weights.
	weights     []float64   // [T, B, O]
	lastWeights [][]float64 // [B, size] each
}

// draw makes a trial of the given sizes with an initial state.
func (sub subject) draw(T, B, I int) trial {
	r := rand.New(rand.NewPCG(seed, 0))
	normal := func(n int) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = r.NormFloat64()
		}
		return values
	}
	tr := trial{T: T, B: B, I: I, xs: normal(T * B * I), weights: normal(T * B * sub.outputSize(I))}
	for _, size := range sub.stateSizes {
		tr.init = append(tr.init, normal(B*size))
		tr.lastWeights = append(tr.lastWeights, normal(B*size))
	}
	return tr
}

// store makes the parameters of a subject for inputs of size I, under "it". They are moved away from
// their initial values: at zero, a weight would hide what it multiplies.
func (sub subject) store(t testing.TB, I int, dt tensor.Dtype) *graph.Store {
	t.Helper()
	st := graph.NewStore(seed, dt)
	session := build(t, st, func(s *graph.Scope) *G.Node {
		ys, _ := sub.run(s.In("it"), s.Input("xs", 1, 1, I), graph.Run{})
		s.Output("ys", ys)
		return nil
	}, graph.Eval())
	closeSession(t, session)
	r := rand.New(rand.NewPCG(seed, 1))
	for _, p := range st.Params() {
		switch values := p.Value.Data().(type) {
		case []float64:
			for i := range values {
				values[i] += 0.2 * r.NormFloat64()
			}
		case []float32:
			for i := range values {
				values[i] += float32(0.2 * r.NormFloat64())
			}
		}
	}
	return st
}

// declare is the trial as a graph: outputs "ys" and "last0", "last1" ..., parameters "xs" and "init0",
// "init1" ... beside the subject's own.
func (tr trial) declare(sub subject) func(*graph.Scope) *G.Node {
	return func(s *graph.Scope) *G.Node {
		run := graph.Run{Reverse: tr.reverse}
		for j, values := range tr.init {
			run.Init = append(run.Init, s.Param(initPath(j), given(values), tr.B, sub.stateSizes[j]))
		}
		if tr.lengths != nil {
			run.Lengths = s.Indices("lengths", tr.B)
		}
		if tr.reset != nil {
			run.Reset = s.Const(tr.reset, tr.T, tr.B)
		}
		ys, last := sub.run(s.In("it"), tr.inputs(s), run)
		s.Output("ys", ys)
		cost := s.Sum(s.Mul(ys, s.Const(tr.weights, ys.Shape()...)))
		for j, h := range last {
			s.Output(lastName(j), h)
			cost = s.Add(cost, s.Sum(s.Mul(h, s.Const(tr.lastWeights[j], h.Shape()...))))
		}
		return cost
	}
}

// inputs are [T, B, I].
func (tr trial) inputs(s *graph.Scope) *G.Node {
	if tr.tokens == nil {
		return s.Param("xs", given(tr.xs), tr.T, tr.B, tr.I)
	}
	table := s.Param("table", given(tr.xs[:tr.vocab()*tr.I]), tr.vocab(), tr.I)
	return s.Gather(table, s.Indices("tokens", tr.T, tr.B))
}

// vocab is how many rows the table of a trial has whose inputs are looked up.
func (tr trial) vocab() int { return max(1, tr.T*tr.B/2) }

func (tr trial) feed() graph.Feed {
	feed := graph.Feed{}
	if tr.lengths != nil {
		feed["lengths"] = tensor.New(tensor.WithShape(tr.B), tensor.WithBacking(tr.lengths))
	}
	if tr.tokens != nil {
		feed["tokens"] = tensor.New(tensor.WithShape(tr.T, tr.B), tensor.WithBacking(tr.tokens))
	}
	return feed
}

// A result is what a trial gave.
type result struct {
	ys        *tensor.Dense            // [T, B, O]
	last      []*tensor.Dense          // [B, size] each
	gradients map[string]*tensor.Dense // of every parameter, zeros where it has none
}

// run runs the trial with a subject whose parameters are in st, which stays as it is.
func (tr trial) run(t testing.TB, sub subject, st *graph.Store) result {
	t.Helper()
	own := st.Snapshot()
	session := build(t, own, tr.declare(sub))
	defer closeSession(t, session)
	step(t, session, tr.feed())
	return read(t, sub, own, session)
}

// read takes the result of a Session's last run.
func read(t testing.TB, sub subject, st *graph.Store, session *graph.Session) result {
	t.Helper()
	res := result{ys: graphtest.Output(t, session, "ys"), gradients: map[string]*tensor.Dense{}}
	for j := range sub.stateSizes {
		res.last = append(res.last, graphtest.Output(t, session, lastName(j)))
	}
	for _, p := range st.Params() {
		res.gradients[p.Path] = tensor.New(tensor.Of(st.Dtype()), tensor.WithShape(p.Value.Shape()...))
	}
	for _, g := range session.Gradients() {
		res.gradients[g.Path] = g.Grad.Clone().(*tensor.Dense)
	}
	return res
}

// equal compares results and the gradients that both have.
func equal(t testing.TB, got, want result, tol float64) {
	t.Helper()
	graphtest.Equal(t, "outputs [T, B, O]", got.ys, want.ys, tol)
	for j := range want.last {
		graphtest.Equal(t, fmt.Sprintf("last state, tensor %d [B, size]", j), got.last[j], want.last[j], tol)
	}
	for _, path := range slices.Sorted(maps.Keys(want.gradients)) {
		if g, both := got.gradients[path]; both {
			graphtest.Equal(t, "gradient of "+path, g, want.gradients[path], tol)
		}
	}
}

// given is an initialiser that fills a parameter with known values.
func given(values []float64) graph.Init {
	return func(*rand.Rand, tensor.Shape) []float64 { return values }
}

func build(t testing.TB, st *graph.Store, declare func(*graph.Scope) *G.Node, opts ...graph.BuildOption) *graph.Session {
	t.Helper()
	session, err := graph.Build(st, declare, opts...)
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	return session
}

func step(t testing.TB, session *graph.Session, feed graph.Feed) {
	t.Helper()
	if err := session.Run(context.Background(), feed); err != nil {
		t.Fatalf("run: %v", err)
	}
}

func closeSession(t testing.TB, session interface{ Close() error }) {
	t.Helper()
	if err := session.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}
