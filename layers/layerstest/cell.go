package layerstest

import (
	"slices"
	"testing"

	"github.com/elman-go/elman/layers"
)

// Cell holds a cell to the contract of layers.Cell. It makes cells of several hidden sizes by newCell
// and runs one subtest a promise:
//
//	shapes           T, B, I and H of 1 and more: outputs and state have the declared sizes
//	gradients        of every parameter, the input and the initial state, against finite differences
//	initial state    none is zeros, and each of its tensors has an effect
//	steps            T timesteps in one run, or T runs of one timestep that carry the state
//	stream           two sequences that take turns on one graph
//	serving          the same bits in Streams of any number of rows, whoever else they serve
//	rows             each row of a batch gives what it gives alone
//	reverse          the sequence turned round, outputs turned back
//	lengths          padding, NaN included, changes no value and no gradient
//	lengths, reverse both
//	resets           a reset is a new beginning
//	resets, reverse  both
//	scanned          the compiled step, or every timestep in the graph, in each of these forms
//	seed             parameters depend on seed and path only
//	repeatable       the same bits from every Session and for any GOMAXPROCS
//	float32          near float64
//	save             the same bits after Save and Load
//
// Where values are compared, so are the gradients of a fixed, uneven weighting of all outputs and the
// last state.
//
// newCell(hidden) should return a cell whose sizes grow with hidden, with no randomness in a step: give
// dropout a rate of 0, and test the rest of it by itself. A cell that takes inputs of one size only is
// tested behind a projection, as layers.Stack{layers.Each{layers.Dense{Out: n}}, cell}.
func Cell(t *testing.T, newCell func(hidden int) layers.Cell) {
	t.Helper()
	if newCell == nil || isNil(newCell(1)) {
		t.Fatal("no cell")
	}
	hold(t, slices.Concat(common, recurrent), func(hidden int) subject { return cellSubject(newCell(hidden)) })
}

// recurrent are the promises that only a cell makes.
var recurrent = []promise{
	{"initial state", "a run without initial state starts from zeros, and every tensor of the state has an effect", checkInitialState},
	{"steps", "T timesteps in one run give what T runs of one timestep give that carry the state", checkSteps},
	{"stream", "a sequence gives the same on a Stream, whatever runs between its steps and in the other rows", checkStream},
	{"serving", "a sequence gets the same bits in Streams of any number of rows, whoever else they serve", checkServing},
	{"reverse", "running backwards is running forwards over the reversed sequence", checkForm(form{reverse: true})},
	{"lengths", "a padded sequence gives what the shorter sequence gives; padding counts nowhere", checkForm(form{lengths: true})},
	{"lengths, reverse", "running a padded sequence backwards begins at its own last timestep", checkForm(form{lengths: true, reverse: true})},
	{"resets", "a reset begins anew, from zeros", checkForm(form{resets: true})},
	{"scanned", "scanning gives what unrolling gives, values and gradients, in every form", checkScanned},
	{"resets, reverse", "a reset begins anew, also when running backwards", checkForm(form{resets: true, reverse: true})},
}
