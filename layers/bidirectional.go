package layers

import (
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// Bidirectional runs one cell forwards and another backwards over the same sequence (Schuster &
// Paliwal, 1997) and joins their outputs on the last axis: [T, B, I] → [T, B, Of+Ob].
//
// Parameters are under "fwd" and "bwd".
type Bidirectional struct {
	Fwd, Bwd Cell
	Unrolled bool // as RNN's
}

var _ Layer = Bidirectional{}

// OutputSize is the sum of both.
func (b Bidirectional) OutputSize(inputSize int) int {
	return cellOf(b.Fwd).OutputSize(inputSize) + cellOf(b.Bwd).OutputSize(inputSize)
}

// Bind declares both cells' parameters and returns xs [T, B, I] → ys [T, B, Of+Ob].
func (b Bidirectional) Bind(s *graph.Scope, inputSize int) func(xs *G.Node) *G.Node {
	step := b.bind(s, inputSize)
	return func(xs *G.Node) *G.Node {
		ys, _ := b.run(s, step, xs, graph.Run{})
		return ys
	}
}

// Run declares both cells' parameters and runs them over xs [T, B, I] as run says. Initial and last
// state are the forward cell's, then the backward cell's, whose last timestep is the first of xs.
// With Reverse both change direction.
func (b Bidirectional) Run(s *graph.Scope, xs *G.Node, run graph.Run) (ys *G.Node, last State) {
	checkSequence(s, xs)
	return b.run(s, b.bind(s, xs.Shape()[2]), xs, run)
}

func (b Bidirectional) bind(s *graph.Scope, inputSize int) [2]StepFunc {
	return [2]StepFunc{cellOf(b.Fwd).Bind(s.In("fwd"), inputSize), cellOf(b.Bwd).Bind(s.In("bwd"), inputSize)}
}

func (b Bidirectional) run(s *graph.Scope, step [2]StepFunc, xs *G.Node, run graph.Run) (*G.Node, State) {
	fwd, bwd := run, run
	bwd.Reverse = !run.Reverse
	if run.Init != nil {
		n := len(cellOf(b.Fwd).StateSizes())
		if want := n + len(cellOf(b.Bwd).StateSizes()); len(run.Init) != want {
			s.Fail("bidirectional: initial state of %d tensors, want %d", len(run.Init), want)
		}
		fwd.Init, bwd.Init = run.Init[:n:n], run.Init[n:]
	}
	through := graph.Scan
	if b.Unrolled {
		through = graph.Unroll
	}
	yf, lf := through(s, step[0], xs, cellOf(b.Fwd).StateSizes(), fwd)
	yb, lb := through(s, step[1], xs, cellOf(b.Bwd).StateSizes(), bwd)
	return s.Concat(2, yf, yb), append(lf, lb...)
}
