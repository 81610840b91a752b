package layers

import (
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// State is what a cell carries from one timestep to the next, each tensor [B, size]: {h} for Vanilla,
// GRU and MGU, {h, c} for LSTM, cell by cell for a Stack.
type State = graph.State

// StepFunc declares one timestep: x [B, I] and the previous state in, y [B, O] and the next state out.
type StepFunc = graph.StepFunc

// A Cell is a recurrence. One that reads a node (attention memory) takes it as a field, is made
// while declaring and lives for that graph.
type Cell interface {
	// Bind declares the cell's parameters under s for inputs of size inputSize.
	Bind(s *graph.Scope, inputSize int) StepFunc
	// StateSizes gives the width of each tensor in State.
	StateSizes() []int
	// OutputSize gives the width of y for inputs of size inputSize.
	OutputSize(inputSize int) int
}

// A Layer maps a sequence to a sequence, or each timestep by itself; like a Cell it declares in
// Bind and computes in the function it returns.
type Layer interface {
	Bind(s *graph.Scope, inputSize int) func(xs *G.Node) *G.Node
	OutputSize(inputSize int) int
}

// Init chooses the initial values of a cell's matrices. A nil field is uniform in ±1/√H, as in
// PyTorch.
type Init struct {
	Input  graph.Init // wx, one gate's block [I, H] at a time
	Hidden graph.Init // wh, one gate's block [H, H] at a time
}

// wx declares the matrix from the input, n gates side by side: [I, n·H].
func (i Init) wx(s *graph.Scope, inputSize, n, hidden int) *G.Node {
	return s.Param("wx", gates(i.Input, n, hidden), inputSize, n*hidden)
}

// wh declares the matrix from the hidden state, n gates side by side: [H, n·H].
func (i Init) wh(s *graph.Scope, n, hidden int) *G.Node {
	return s.Param("wh", gates(i.Hidden, n, hidden), hidden, n*hidden)
}

func gates(init graph.Init, n, hidden int) graph.Init {
	if init == nil {
		return defaultInit(hidden)
	}
	return graph.Blocks(n, init)
}

// defaultInit is uniform in ±1/√H.
func defaultInit(hidden int) graph.Init { return graph.Uniform(1 / math.Sqrt(float64(hidden))) }

// checkHidden refuses a cell without a size.
func checkHidden(s *graph.Scope, cell string, hidden int) {
	if hidden < 1 {
		s.Fail("%s: hidden size %d, want at least 1", cell, hidden)
	}
}

// checkState refuses a state of fewer tensors than StateSizes says.
func checkState(s *graph.Scope, cell string, prev State, n int) {
	if len(prev) != n {
		s.Fail("%s: state of %d tensors, want %d", cell, len(prev), n)
	}
}
