package layers

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// RNN runs a Cell over [T, B, I]. It declares the cell's parameters under the scope it is given.
type RNN struct {
	Cell     Cell
	Reverse  bool // last timestep first; outputs stay in input order
	Carry    bool // start each run from the state the last one ended in (truncated back-propagation through time)
	Unrolled bool // declare every timestep in the graph, instead of one scan: to look at, and to compare with
	Segment  int  // as graph.Run's: memory for time; 0 keeps the history of all timesteps
}

var _ Layer = RNN{}

// OutputSize is that of the cell.
func (r RNN) OutputSize(inputSize int) int { return cellOf(r.Cell).OutputSize(inputSize) }

// Bind declares the cell's parameters and returns xs [T, B, I] → ys [T, B, O], run from zeros or from
// what is carried, over all T.
func (r RNN) Bind(s *graph.Scope, inputSize int) func(xs *G.Node) *G.Node {
	step := cellOf(r.Cell).Bind(s, inputSize)
	return func(xs *G.Node) *G.Node {
		ys, _ := r.run(s, step, xs, graph.Run{})
		return ys
	}
}

// Run declares the cell's parameters and runs it over xs [T, B, I] as run says, whose Reverse counts
// beside the RNN's own. It returns ys [T, B, O] and the last state.
func (r RNN) Run(s *graph.Scope, xs *G.Node, run graph.Run) (ys *G.Node, last State) {
	checkSequence(s, xs)
	return r.run(s, cellOf(r.Cell).Bind(s, xs.Shape()[2]), xs, run)
}

func (r RNN) run(s *graph.Scope, step StepFunc, xs *G.Node, run graph.Run) (*G.Node, State) {
	run.Reverse = run.Reverse || r.Reverse
	if r.Segment != 0 {
		run.Segment = r.Segment
	}
	through := graph.Scan
	if r.Unrolled {
		through = graph.Unroll
	}
	if !r.Carry {
		return through(s, step, xs, cellOf(r.Cell).StateSizes(), run)
	}
	if run.Init != nil {
		s.Fail("rnn: both an initial state and Carry")
	}
	checkSequence(s, xs)
	var carries []graph.Carry
	for i, size := range cellOf(r.Cell).StateSizes() {
		c := s.Carry(fmt.Sprintf("carry%d", i), xs.Shape()[1], size)
		carries = append(carries, c)
		run.Init = append(run.Init, c.Node())
	}
	ys, last := through(s, step, xs, cellOf(r.Cell).StateSizes(), run)
	for i, c := range carries {
		c.Set(last[i])
	}
	return ys, last
}

// checkSequence refuses what is not a sequence [T, B, I].
func checkSequence(s *graph.Scope, xs *G.Node) {
	switch {
	case xs == nil:
		s.Fail("sequence is nil, want [T, B, I]")
	case xs.Shape().Dims() != 3:
		s.Fail("sequence has shape %v, want [T, B, I]", xs.Shape())
	}
}
