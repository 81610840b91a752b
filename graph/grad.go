package graph

import (
	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
)

// paramGrad is the node of d cost / d param.
type paramGrad struct {
	param *Param
	node  *G.Node
}

// gradients differentiates cost with respect to every bound parameter that is not frozen and on which
// it depends, in order of declaration. It walks the graph once, backwards, asking each operation for
// its SymDiff, as gorgonia.Backpropagate does; docs/adr/0002 says why this is our own.
func (b *builder) gradients(cost *G.Node) []paramGrad {
	s := &Scope{b: b}
	b.owner = map[*G.Node]*step{} // gradients reach into every step
	order := ancestors(G.Nodes{cost})

	active := map[*G.Node]bool{}
	for _, p := range b.bound {
		active[p.node] = !p.param.Frozen
	}
	total := s.backpropagate(order, active, map[*G.Node]G.Nodes{cost: {s.Full(1)}})

	var found []paramGrad
	for _, p := range b.bound {
		if g := total[p.node]; g != nil {
			found = append(found, paramGrad{p.param, g})
		}
	}
	return found
}

// backpropagate walks nodes, given operands before users, once, backwards. grads holds what the nodes at
// their end are sent, active the sources whose gradients are wanted. It returns the gradient of every
// node that one reaches and that leads to a wanted source.
func (s *Scope) backpropagate(order G.Nodes, active map[*G.Node]bool, grads map[*G.Node]G.Nodes) map[*G.Node]*G.Node {
	for _, n := range order {
		children := operandsOf(n)
		passes := func(int) bool { return true } // refused below, if a gradient does reach it
		if sd, ok := n.Op().(G.SDOp); ok {
			wrt := sd.DiffWRT(len(children))
			passes = func(j int) bool { return wrt[j] }
		}
		for j, child := range children {
			active[n] = active[n] || active[child] && passes(j)
		}
	}
	total := map[*G.Node]*G.Node{}
	for i := len(order) - 1; i >= 0; i-- {
		n := order[i]
		if !active[n] || len(grads[n]) == 0 {
			continue
		}
		var sent G.Nodes
		if several, children := severalOutputs(n), operandsOf(n); several != nil {
			sent = several.diffAll(s, children, n, grads[n], func(j int) bool { return active[children[j]] })
		} else {
			total[n] = s.accumulate(grads[n])
			if n.Op() != nil {
				sent = s.symDiff(n, children, total[n])
			}
		}
		for j, child := range operandsOf(n) {
			if g := sent[j]; g != nil && active[child] {
				grads[child] = append(grads[child], g)
			}
		}
	}
	return total
}

// severalOutputs is the definition of n if its value is read by way of other nodes too.
func severalOutputs(n *G.Node) outputs {
	if o, ours := n.Op().(*op); ours {
		several, _ := o.definition.(outputs)
		return several
	}
	return nil
}

// outputs is a definition with several outputs, the first of which is the node's value. diffAll gets
// the gradients of all of them, marked as to which they are, and says only those that are wanted.
type outputs interface {
	diffAll(s *Scope, in G.Nodes, out *G.Node, grads G.Nodes, wanted func(operand int) bool) G.Nodes
}

// symDiff gives the gradients of n's operands, nil for those that have none.
func (s *Scope) symDiff(n *G.Node, children G.Nodes, grad *G.Node) G.Nodes {
	sd, ok := n.Op().(G.SDOp)
	if !ok {
		s.Fail("%v %s: has no gradient; StopGradient ends the path", n.Op(), shapesOf(children))
	}
	grads, err := sd.SymDiff(children, n, grad)
	if err != nil {
		panic(failure{errors.Wrapf(err, "gradient of %v %s", n.Op(), shapesOf(children))})
	}
	for j, w := range sd.DiffWRT(len(children)) {
		if !w {
			grads[j] = nil
		}
	}
	return grads
}

// accumulate adds up the gradients that a node's users sent it. Parts of it, such as timesteps that
// were cut from a sequence or rows that were looked up, are put in place in one pass, not each into zeros
// of full size.
func (s *Scope) accumulate(grads G.Nodes) *G.Node {
	if len(grads) == 1 {
		return grads[0]
	}
	var rest, parts, rows G.Nodes
	var gather put
	var looked scatter
	for _, g := range grads {
		o, ours := g.Op().(*op)
		if p, isPart := definitionOf[put](o, ours); isPart && (parts == nil || p.axis == gather.axis) {
			gather = put{shape: p.shape, axis: p.axis, parts: append(gather.parts, p.parts...)}
			parts = append(parts, operandsOf(g)...)
			continue
		}
		if c, isRows := definitionOf[scatter](o, ours); isRows {
			looked, rows = c, append(rows, operandsOf(g)...)
			continue
		}
		rest = append(rest, g)
	}
	if len(rows) > 0 {
		rest = append(rest, s.apply(looked, rows...))
	}
	if len(parts) > 0 {
		rest = append(rest, s.apply(gather, parts...))
	}
	if len(rest) == 1 {
		return rest[0]
	}
	return s.apply(addAll{}, rest...)
}

func definitionOf[D definition](o *op, ours bool) (d D, ok bool) {
	if ours {
		d, ok = o.definition.(D)
	}
	return d, ok
}

// ancestors lists everything the roots depend on, operands before their users.
func ancestors(roots G.Nodes) G.Nodes {
	var order G.Nodes
	seen := map[*G.Node]bool{}
	type frame struct {
		n    *G.Node
		rest G.Nodes
	}
	for _, r := range roots {
		if seen[r] {
			continue
		}
		seen[r] = true
		for stack := []frame{{r, operandsOf(r)}}; len(stack) > 0; {
			top := &stack[len(stack)-1]
			if len(top.rest) == 0 {
				order = append(order, top.n)
				stack = stack[:len(stack)-1]
				continue
			}
			next := top.rest[0]
			top.rest = top.rest[1:]
			if !seen[next] {
				seen[next] = true
				stack = append(stack, frame{next, operandsOf(next)})
			}
		}
	}
	return order
}

// operandsOf lists the operands of a node in their order.
func operandsOf(n *G.Node) G.Nodes {
	if n.Op() == nil {
		return nil
	}
	it := n.Graph().From(n.ID())
	operands := make(G.Nodes, 0, it.Len())
	for it.Next() {
		operands = append(operands, it.Node().(*G.Node))
	}
	return operands
}

// addAll is the sum of tensors of one shape.
type addAll struct{}

func (addAll) String() string { return "add all" }

func (addAll) infer(in []tensor.Shape) (tensor.Shape, error) {
	for _, shape := range in[1:] {
		if !sameShape(shape, in[0]) {
			return nil, errors.New("shapes differ")
		}
	}
	return in[0], nil
}

func (addAll) run32(t threads, dst []float32, in []operand[float32]) error {
	return addAllRun(t, dst, in)
}
func (addAll) run64(t threads, dst []float64, in []operand[float64]) error {
	return addAllRun(t, dst, in)
}

func addAllRun[F float](t threads, dst []F, in []operand[F]) error {
	inParallel(t, len(dst), 1, func(from, to int) {
		sum := dst[from:to]
		copy(sum, in[0].data[from:to])
		for _, x := range in[1:] {
			mapRow(kernel.Add, 0, sum, sum, x.data[from:to])
		}
	})
	return nil
}
