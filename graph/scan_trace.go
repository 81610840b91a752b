package graph

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A trace is a step declared once, in a graph of its own. What it reads of the outer graph, be it a
// parameter or what Bind computed from one, stands there as a placeholder. An operation on outer nodes
// alone does not change from timestep to timestep: it is declared in the outer graph, once.
type trace struct {
	inner     *G.ExprGraph
	captures  []*G.Node           // the outer nodes that are read, in order
	mirrors   map[*G.Node]*G.Node // their placeholders
	origin    map[*G.Node]*G.Node // the way back
	embedding *embedding          // nil unless x is looked up
}

func newTrace() *trace {
	return &trace{inner: G.NewGraph(), mirrors: map[*G.Node]*G.Node{}, origin: map[*G.Node]*G.Node{}}
}

// placeholder declares a node of the inner graph whose value comes from outside.
func (t *trace) placeholder(b *builder, dt tensor.Dtype, shape tensor.Shape) *G.Node {
	name := b.identity() + "placeholder"
	if shape.IsScalar() {
		return G.NewScalar(t.inner, dt, G.WithName(name))
	}
	return G.NewTensor(t.inner, dt, shape.Dims(), G.WithShape(shape.Clone()...), G.WithName(name))
}

// mirror is the placeholder of an outer node.
func (t *trace) mirror(b *builder, n *G.Node) *G.Node {
	if n.Graph() == t.inner {
		return n
	}
	m, ok := t.mirrors[n]
	if !ok {
		m = t.placeholder(b, dtypeOf(n.Type()), n.Shape())
		t.mirrors[n], t.origin[m] = m, n
		t.captures = append(t.captures, n)
	}
	return m
}

// outside is the outer node that n is or stands for, nil if the step computes it.
func (t *trace) outside(n *G.Node) *G.Node {
	if outer, isMirror := t.origin[n]; isMirror {
		return outer
	}
	if n.Graph() == t.inner {
		return nil
	}
	return n
}

// traced gives the operands of an operation in the graph that it belongs to.
func (b *builder) traced(d definition, in []*G.Node) []*G.Node {
	if b.trace == nil {
		return in
	}
	drop, random := d.(dropout)
	inside := random && drop.t == everyTimestep
	placed := make([]*G.Node, len(in))
	for i, n := range in {
		if placed[i] = b.trace.outside(n); placed[i] == nil {
			placed[i], inside = n, true
		}
	}
	if inside {
		for i, n := range placed {
			placed[i] = b.trace.mirror(b, n)
		}
	}
	return placed
}

// under runs declare with t as the trace under way.
func (b *builder) under(t *trace, declare func()) {
	before := b.trace
	b.trace = t
	defer func() { b.trace = before }()
	declare()
}
