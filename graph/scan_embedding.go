package graph

import (
	"slices"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
)

// Where a sequence is looked up in a table, x·W of every timestep is a row of table·W. Of a table that has
// fewer rows than the batch has tokens, that product is the smaller one, and so are its two gradients: a
// step of characters multiplies the state alone.

// An embedding says that the x of a step is looked up in a table.
type embedding struct {
	x      *G.Node // [B, I], of the step
	tokens *G.Node // [B] int, of the step
	table  *G.Node // [V, I], outside
	all    *G.Node // [T, B] int, outside
}

// embeddingOf is what is known of xs [T, B, I], nil unless it is looked up in a table that is small. A single
// timestep of inference, as a Stream has it, is computed one way whatever the batch: the other adds up in
// another order, and a sequence's bits are not to depend on how many rows there are.
func (s *Scope) embeddingOf(rec *recurrence, xs *G.Node) *embedding {
	o, ours := xs.Op().(*op)
	if _, is := definitionOf[gather](o, ours); !is {
		return nil
	}
	in := operandsOf(xs)
	if 2*in[0].Shape()[0] > rec.T*rec.B || rec.T == 1 && s.b.eval {
		return nil
	}
	return &embedding{x: rec.x, tokens: rec.placeholder(s.b, tensor.Int, tensor.Shape{rec.B}), table: in[0], all: in[1]}
}

// product declares a·w, or a·wᵀ.
func (s *Scope) product(d matMul, a, w *G.Node) *G.Node {
	s.live()
	if t := s.b.trace; t != nil && t.embedding != nil && w != nil && a == t.embedding.x {
		if outer := t.outside(w); outer != nil {
			return s.apply(gather{}, s.apply(d, t.embedding.table, outer), t.embedding.tokens)
		}
	}
	return s.apply(d, a, w)
}

// check refuses tokens that are not in the table.
func (k *embedding) check(tokens []int) error {
	rows := k.table.Shape()[0]
	for i, row := range tokens {
		if row < 0 || row >= rows {
			return errors.Errorf("index %d at position %d, want [0, %d)", row, i, rows)
		}
	}
	return nil
}

// looked makes the value of a lookup of the step's tokens in what was captured.
func (l *lowering) looked(in []*value, shape tensor.Shape) *value {
	if l.r.embedding == nil || in[1] != l.of[l.r.embedding.tokens] || in[0].kind != captured {
		return nil
	}
	return l.rowValue(looked, shape, in[1], in[0])
}

// scattered are the sinks of the gradient of lookups; nil if it is of others.
func (l *lowering) scattered(pairs G.Nodes) (sinks []sink) {
	if l.r.embedding == nil {
		return nil
	}
	tokens := l.of[l.r.embedding.tokens]
	for pair := range slices.Chunk(pairs, 2) {
		if l.of[pair[0]] != tokens {
			return nil
		}
		sinks = append(sinks, sink{kind: scattered, a: tokens, d: l.rowsOf(l.valueOf(pair[1]))})
	}
	return sinks
}

// token is what row r reads at timestep t of the segment; ok is false behind its end.
func (m *machine[F]) token(v *value, t, r int) (row int, ok bool) {
	if m.r.lengths && !m.flag(inLength, t, r) {
		return 0, false
	}
	return m.indices[v.at.buffer][t*m.batch+r], true
}

// look copies rows of a table, and zeros after the end, as for any padding.
func (m *machine[F]) look(v *value, t, lo, hi int) {
	table := m.operands[v.in[1].index].data
	for r := lo; r < hi; r++ {
		to := m.view(v, t, r).Data[:v.width]
		if row, ok := m.token(v.in[0], t, r); ok {
			copy(to, table[row*v.width:])
		} else {
			clear(to)
		}
	}
}

// scatter adds every row of d to the row of the gradient that it was looked up from. Each thread has columns
// of its own, so that a row of the gradient is added up in the same order on any number of them.
func (m *machine[F]) scatter(k sink, to []F) {
	width := k.d.width
	cost := m.n * m.batch * width / 4
	parts := m.r.threads.Worth(cost)
	share := (width + parts - 1) / parts
	m.r.threads.Parallel(parts, cost, func(i int) {
		lo, hi := min(i*share, width), min((i+1)*share, width)
		for t := range m.n {
			for r := range m.batch {
				if row, ok := m.token(k.a, t, r); ok && lo < hi {
					sum := to[row*width+lo : row*width+hi]
					mapRow(kernel.Add, 0, sum, sum, m.view(k.d, t, r).Data[lo:hi])
				}
			}
		}
	})
}
