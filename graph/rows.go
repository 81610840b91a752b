package graph

import (
	"slices"

	G "gorgonia.org/gorgonia"
)

// The gradient of a table that is only looked up in is zero but for the rows that were. It is added up
// where the Session keeps it, and no tensor of the table's size is cleared, added or scaled in a run.

// A lookup is what a run leaves of one Gather: the rows, and the gradient of each.
type lookup struct{ index, grad *op }

func (l lookup) rows() []int { return l.index.buffer.([]int)[:l.index.active.TotalSize()] }

// touchedRows are the rows of a gradient that may not be zero.
type touchedRows struct {
	list    []int // in order
	touched []bool
}

func (t *touchedRows) add(lookups []lookup) {
	before := len(t.list)
	for _, l := range lookups {
		for _, row := range l.rows() {
			if !t.touched[row] {
				t.touched[row] = true
				t.list = append(t.list, row)
			}
		}
	}
	if len(t.list) > before {
		slices.Sort(t.list)
	}
}

// addRowsOf adds the rows of another gradient that may not be zero.
func addRowsOf[F float](dst, src []F, to, from *touchedRows) {
	width := len(src) / len(from.touched)
	for _, row := range from.list {
		for i := row * width; i < (row+1)*width; i++ {
			dst[i] += src[i]
		}
		if !to.touched[row] {
			to.touched[row] = true
			to.list = append(to.list, row)
		}
	}
	slices.Sort(to.list)
}

// tableColumns is how many columns of a table one thread adds up at a time. Rows cannot be cut: many lookups
// may be of one row, and are added in their order.
const tableColumns = 128

func addLookups[F float](t threads, grad []F, lookups []lookup, weight F) {
	shape := lookups[0].grad.active
	width := shape[len(shape)-1]
	cost := 0
	for _, l := range lookups {
		cost += len(l.rows()) * width / 4
	}
	t.Parallel((width+tableColumns-1)/tableColumns, cost, func(i int) {
		for _, l := range lookups {
			addRows(grad, width, i*tableColumns, min((i+1)*tableColumns, width), l.rows(), l.grad.buffer.([]F), weight)
		}
	})
}

// clearRows sets the rows to zero, and the list to none.
func clearRows[F float](grad []F, t *touchedRows) {
	width := len(grad) / len(t.touched)
	for _, row := range t.list {
		clear(grad[row*width : (row+1)*width])
		t.touched[row] = false
	}
	t.list = t.list[:0]
}

// lookupsOf gives the pairs of indices and gradients of which a table's gradient is made, nil if it is
// made of anything else.
func lookupsOf(gradient *G.Node) G.Nodes {
	o, ours := gradient.Op().(*op)
	if _, ok := definitionOf[scatter](o, ours); !ok {
		return nil
	}
	return operandsOf(gradient)
}

// unwritten is n if only operations of ours read it, which never write to their operands, and a copy
// otherwise.
func (s *Scope) unwritten(n *G.Node) *G.Node {
	if _, ours := n.Op().(*op); !ours {
		return s.keep(n)
	}
	for readers := n.Graph().To(n.ID()); readers.Next(); {
		if _, ours := readers.Node().(*G.Node).Op().(*op); !ours {
			return s.keep(n)
		}
	}
	return n
}
