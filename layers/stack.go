package layers

import (
	"strconv"

	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// Stack is cells in depth: the output of each is the input of the next. It is a Cell itself, whose
// state is that of its cells one after the other. Dropout goes between them as Each{Dropout{...}}.
//
// Parameters are under "0", "1" ..., the position in the stack.
type Stack []Cell

var _ Cell = Stack{}

// OutputSize is that of the last cell.
func (k Stack) OutputSize(inputSize int) int {
	for _, c := range k {
		inputSize = cellOf(c).OutputSize(inputSize)
	}
	return inputSize
}

// StateSizes is those of the cells, one after the other.
func (k Stack) StateSizes() []int {
	var sizes []int
	for _, c := range k {
		sizes = append(sizes, cellOf(c).StateSizes()...)
	}
	return sizes
}

// Bind binds each cell.
func (k Stack) Bind(s *graph.Scope, inputSize int) StepFunc {
	steps := make([]StepFunc, len(k))
	for i, c := range k {
		steps[i] = cellOf(c).Bind(s.In(strconv.Itoa(i)), inputSize)
		inputSize = cellOf(c).OutputSize(inputSize)
	}
	return func(x *G.Node, prev State) (*G.Node, State) {
		checkState(s, "stack", prev, len(k.StateSizes()))
		var next State
		for i, c := range k {
			n := len(cellOf(c).StateSizes())
			var own State
			x, own = steps[i](x, prev[:n:n])
			next, prev = append(next, own...), prev[n:]
		}
		return x, next
	}
}
