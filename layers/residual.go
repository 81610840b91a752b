package layers

import (
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// Residual adds a cell's input to its output (He et al., 2016): y = x + cell(x). The cell's output has
// the size of its input. State and parameters are the cell's.
type Residual struct{ Cell Cell }

var _ Cell = Residual{}

// OutputSize is that of the cell.
func (r Residual) OutputSize(inputSize int) int { return cellOf(r.Cell).OutputSize(inputSize) }

// StateSizes is that of the cell.
func (r Residual) StateSizes() []int { return cellOf(r.Cell).StateSizes() }

// Bind binds the cell.
func (r Residual) Bind(s *graph.Scope, inputSize int) StepFunc {
	if out := r.OutputSize(inputSize); !isNil(r.Cell) && out != inputSize {
		s.Fail("residual: output size %d, input size %d; they must be equal", out, inputSize)
	}
	step := cellOf(r.Cell).Bind(s, inputSize)
	return func(x *G.Node, prev State) (*G.Node, State) {
		y, next := step(x, prev)
		return s.Add(x, y), next
	}
}
