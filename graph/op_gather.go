package graph

import (
	"fmt"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
)

// Gather looks up rows: table [V, E] and index [...] int in [0, V) give [..., E]. An index outside is
// an error of the run.
func (s *Scope) Gather(table, index *G.Node) *G.Node { return s.apply(gather{}, table, index) }

type gather struct{}

func (gather) String() string { return "gather" }

func (gather) indices() (int, bool) { return 1, true }

func (gather) infer(in []tensor.Shape) (tensor.Shape, error) {
	if len(in[0]) != 2 {
		return nil, errors.New("want a table [V, E]")
	}
	return append(in[1].Clone(), in[0][1]), nil
}

func (gather) run32(t threads, dst []float32, in []operand[float32]) error {
	return gatherRun(t, dst, in)
}
func (gather) run64(t threads, dst []float64, in []operand[float64]) error {
	return gatherRun(t, dst, in)
}

func gatherRun[F float](t threads, dst []F, in []operand[F]) error {
	rows, width := in[0].shape[0], in[0].shape[1]
	for i, row := range in[1].index {
		if row < 0 || row >= rows {
			return errors.Errorf("index %d at position %d, want [0, %d)", row, i, rows)
		}
	}
	inParallel(t, len(in[1].index), width, func(from, to int) {
		for i := from; i < to; i++ {
			copy(dst[i*width:(i+1)*width], in[0].data[in[1].index[i]*width:])
		}
	})
	return nil
}

func (gather) diff(s *Scope, in G.Nodes, _, grad *G.Node) G.Nodes {
	return G.Nodes{s.apply(scatter{rows: in[0].Shape()[0]}, in[1], grad), nil}
}

// scatter is the gradient of gathers from one table: each row is added to the one it was looked up from.
// Its operands are pairs of indices and gradients.
type scatter struct{ rows int }

func (c scatter) String() string { return fmt.Sprintf("scatter to %d rows", c.rows) }

func (scatter) mixed() {}

func (c scatter) infer(in []tensor.Shape) (tensor.Shape, error) {
	return tensor.Shape{c.rows, in[1][len(in[1])-1]}, nil
}

func (c scatter) run32(t threads, dst []float32, in []operand[float32]) error {
	return scatterRun(dst, in)
}
func (c scatter) run64(t threads, dst []float64, in []operand[float64]) error {
	return scatterRun(dst, in)
}

func scatterRun[F float](dst []F, in []operand[F]) error {
	clear(dst)
	width := in[1].shape[len(in[1].shape)-1]
	for pair := 0; pair < len(in); pair += 2 {
		addRows(dst, width, 0, width, in[pair].index, in[pair+1].data, 1)
	}
	return nil
}

// addRows adds k times each row of from to the one of dst that index names, in columns lo ≤ column < hi.
func addRows[F float](dst []F, width, lo, hi int, index []int, from []F, k F) {
	for i, row := range index {
		to, row := dst[row*width+lo:row*width+hi], from[i*width+lo:i*width+hi]
		if k == 1 {
			mapRow(kernel.Add, 0, to, to, row)
		} else {
			addScaled(to, row, k)
		}
	}
}
