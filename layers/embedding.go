package layers

import (
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// Embedding is a table of learnt vectors, one a token.
//
// Parameters: w [V, E].
type Embedding struct {
	Vocab int        // V
	Size  int        // E
	Init  graph.Init // nil: normal with deviation 1, as in PyTorch
}

// A Table is an Embedding that is bound to a graph.
type Table struct {
	s *graph.Scope
	w *G.Node
}

// Bind declares the table.
func (e Embedding) Bind(s *graph.Scope) Table {
	init := e.Init
	if init == nil {
		init = graph.Normal(1)
	}
	return Table{s, s.Param("w", init, e.Vocab, e.Size)}
}

// Lookup gives the vectors of tokens [...] int in [0, V): [..., E]. A token outside is an error of the
// run.
func (t Table) Lookup(tokens *G.Node) *G.Node { return t.s.Gather(t.w, tokens) }

// Logits gives the products of xs [..., E] with every vector of the table: [..., V]. With it a
// language model reads and writes by one table (Press & Wolf, 2017).
func (t Table) Logits(xs *G.Node) *G.Node { return t.s.MatMulT(xs, t.w) }
