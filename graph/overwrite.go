package graph

import (
	"slices"

	G "gorgonia.org/gorgonia"
)

// overwrite lets operations write in the place of an operand that nobody reads behind them: neither
// another operation, unless its result is an operand of the same one and so is there before, nor who runs
// the graph. The gradient of logits over a large vocabulary is the case it is for: they need not be in
// memory twice, nor pass twice through the cache.
func overwrite(nodes, roots G.Nodes) {
	readers := map[*G.Node]G.Nodes{}
	for _, n := range nodes {
		for _, x := range operandsOf(n) {
			readers[x] = append(readers[x], n)
		}
	}
	for _, n := range nodes {
		o, ours := n.Op().(*op)
		if !ours {
			continue
		}
		d, may := o.definition.(overwriter)
		if !may {
			continue
		}
		operands := operandsOf(n)
		x := operands[d.overwrites()]
		from, computed := x.Op().(*op)
		others := slices.ContainsFunc(readers[x], func(r *G.Node) bool { return r != n && !slices.Contains(operands, r) })
		if computed && replaceable(from.definition) && !others && !slices.Contains(roots, x) {
			o.instead = from
		}
	}
}

// replaceable reports whether an operation needs its result no more once it is read: a recurrence reads it
// again for its gradient, and what is borrowed is another's.
func replaceable(d definition) bool {
	_, borrows := d.(borrower)
	_, recurs := d.(outputs)
	return !borrows && !recurs
}
