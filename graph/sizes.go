package graph

import (
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A run may have fewer timesteps than were declared, and a Stream fewer rows. So that everything follows
// that has to, sizes are traced through the graph once, when it is built: an operation says which axes of
// its operands and of its result are one, and constants are cut to what they meet.

// A dim is a size that may be smaller in a run than was declared: that of all axes that are one.
type dim struct {
	declared int
	same     *dim          // the dim that this one turned out to be; nil: itself
	from     *dim          // a dim that this one is computed from
	of       func(int) int // how
	fixed    bool          // a run cannot have fewer: a parameter has it, or places in it are fixed
	mixed    bool          // elements along it are summed, compared or put in another order
}

// An axis is the product of dims that make its size; none: 1.
type axis []*dim

func (d *dim) root() *dim {
	for d.same != nil {
		d = d.same
	}
	return d
}

// sizes are the axes of every node.
type sizes struct {
	of     map[*G.Node][]axis
	active map[*dim]int // of roots, in this run; what is not in it is as declared
}

func newSizes() *sizes { return &sizes{of: map[*G.Node][]axis{}, active: map[*dim]int{}} }

func fresh(size int) axis {
	if size == 1 {
		return nil
	}
	return axis{{declared: size}}
}

// freshAxes are axes that nothing is known of yet.
func freshAxes(shape tensor.Shape) []axis {
	axes := make([]axis, len(shape))
	for i, size := range shape {
		axes[i] = fresh(size)
	}
	return axes
}

// join makes two dims one.
func join(a, b *dim) {
	a, b = a.root(), b.root()
	if a == b {
		return
	}
	b.same = a
	a.fixed, a.mixed = a.fixed || b.fixed, a.mixed || b.mixed
	if a.from == nil {
		a.from, a.of = b.from, b.of
	}
}

// unify makes axes one that have to be of equal size. An axis of size 1 is broadcast.
func unify(axes ...axis) axis {
	var one axis
	for _, a := range axes {
		switch {
		case len(a) == 0:
		case one == nil:
			one = a
		case slices.EqualFunc(one, a, func(x, y *dim) bool { return x.declared == y.declared }):
			for i := range a {
				join(one[i], a[i])
			}
		default: // cut into factors in different ways
			fix(one, a)
		}
	}
	return one
}

func fix(axes ...axis) {
	for _, a := range axes {
		for _, d := range a {
			d.root().fixed = true
		}
	}
}

func mingle(axes ...axis) {
	for _, a := range axes {
		for _, d := range a {
			d.root().mixed = true
		}
	}
}

// size of an axis in this run.
func (z *sizes) size(a axis) int {
	n := 1
	for _, d := range a {
		n *= z.sizeOf(d)
	}
	return n
}

func (z *sizes) sizeOf(d *dim) int {
	d = d.root()
	if n, ok := z.active[d]; ok {
		return n
	}
	if d.from != nil {
		return d.of(z.sizeOf(d.from))
	}
	return d.declared
}

// shape is that of a node in this run.
func (z *sizes) shape(axes []axis) tensor.Shape {
	shape := make(tensor.Shape, len(axes))
	for i, a := range axes {
		shape[i] = z.size(a)
	}
	return shape
}

// axesOf are the axes of a node that is not computed, or was traced before.
func (z *sizes) axesOf(n *G.Node) []axis {
	axes, ok := z.of[n]
	if !ok {
		axes = freshAxes(n.Shape())
		z.of[n] = axes
	}
	return axes
}

// trace follows nodes, given operands before users.
func (z *sizes) trace(nodes G.Nodes) {
	for _, n := range nodes {
		if n.Op() == nil {
			z.axesOf(n)
			continue
		}
		children := operandsOf(n)
		in := make([][]axis, len(children))
		for i, c := range children {
			in[i] = z.axesOf(c)
		}
		var out []axis
		if o, ours := n.Op().(*op); ours {
			out = z.result(o, children, in)
		}
		if out == nil { // nothing is known of it
			out = freshAxes(n.Shape())
			fix(out...)
			for _, axes := range in {
				fix(axes...)
				mingle(axes...)
			}
		}
		z.of[n] = out
	}
}

// result gives the axes of what an operation computes; nil if it may do anything with any axis.
func (z *sizes) result(o *op, children G.Nodes, in [][]axis) []axis {
	switch d := o.definition.(type) {
	case unary, unaryGrad, binary, choose, addAll, keep, cast, like, weights, lastGradient:
		return elementwise(in...)
	case dropout: // a mask is laid over elements by their number
		for i, outer := range in[0] {
			if len(outer) > 0 && i+1 < len(in[0]) {
				mingle(in[0][i+1:]...)
				break
			}
		}
		return in[0]
	case softmax, softmaxGrad, normalize, normalizeGrad, sorting, sortGrad:
		out := elementwise(in...)
		mingle(out[len(out)-1])
		return out
	case sum:
		// Of several columns each is added up in its own type, a single one in float64: where one axis lies behind
		// those that are summed, its size has a part in the last bit.
		last := len(in[0]) - 1
		if n := len(d.axes); n > 0 {
			last = d.axes[n-1]
		}
		if behind := slices.Concat(in[0][last+1:]...); len(behind) == 1 && slices.ContainsFunc(d.axes, func(i int) bool { return len(in[0][i]) > 0 }) {
			mingle(behind)
		}
		return reduced(in[0], d.axes, d.keep)
	case greatest:
		return reduced(in[0], d.axes, false)
	case argMax:
		return reduced(in[0], []int{len(in[0]) - 1}, false)
	case logSumExp:
		mingle(in[0][d.from:d.to]...)
		return slices.Delete(slices.Clone(in[0]), d.from, d.to)
	case logSumExpGrad:
		mingle(in[0][d.from:d.to]...)
		elementwise(slices.Delete(slices.Clone(in[0]), d.from, d.to), in[1])
		return in[0]
	case cumSum:
		mingle(in[0][d.axis])
		return in[0]
	case topK:
		mingle(in[0][len(in[0])-1])
		return replaced(in[0], len(in[0])-1, d.k)
	case oneHot:
		return append(slices.Clone(in[0]), fixedAxis(d.n))
	case takeAlong:
		mingle(in[0][d.axis])
		return exchanged(apart(d.axis, in...), d.axis, in[1][d.axis])
	case takeAlongGrad:
		mingle(unify(in[0][d.axis], in[1][d.axis]))
		return exchanged(apart(d.axis, in...), d.axis, in[2][d.axis])
	case expand:
		return in[1]
	case transpose:
		out := make([]axis, len(d.perm))
		for i, from := range d.perm {
			out[i] = in[0][from]
		}
		return out
	case reshape:
		return regrouped(in[0], d.shape)
	case slice:
		fix(in[0][d.axis])
		mingle(in[0][d.axis])
		if d.drop {
			return slices.Delete(slices.Clone(in[0]), d.axis, d.axis+1)
		}
		return replaced(in[0], d.axis, d.end-d.start)
	case put:
		out := in[0]
		if len(out) < len(d.shape) {
			out = slices.Insert(slices.Clone(out), d.axis, nil)
		}
		return replaced(out, d.axis, d.shape[d.axis])
	case concat:
		if d.stack {
			return append([]axis{fixedAxis(len(in))}, elementwise(in...)...)
		}
		for _, axes := range in {
			fix(axes[d.axis])
			mingle(axes[d.axis])
		}
		return replaced(elementwise(in...), d.axis, o.shape[d.axis])
	case matMul:
		return multiplied(d, in[0], in[1])
	case affine:
		out := multiplied(matMul{}, in[0], in[1])
		if last := len(in[2]) - 1; last >= 0 {
			unify(out[len(out)-1], in[2][last])
		}
		return out
	case batchMatMul:
		n := len(in[0]) - 2
		return append(elementwise(in[0][:n], in[1][:n]), multiplied(matMul(d), in[0][n:], in[1][n:])...)
	case gather:
		fix(in[0][0])
		mingle(in[0][0])
		return append(slices.Clone(in[1]), in[0][1])
	case scatter:
		for i := 0; i < len(in); i += 2 {
			mingle(elementwise(in[i], in[i+1][:len(in[i])])...)
		}
		return []axis{fixedAxis(d.rows), in[1][len(in[1])-1]}
	case crossEntropy:
		last := len(in[0]) - 1
		mingle(in[0][last])
		return elementwise(in[1], in[0][:last])
	case crossEntropyGrad:
		last := len(in[0]) - 1
		mingle(in[0][last])
		elementwise(in[0][:last], in[1], in[2], in[3])
		return in[0]
	case mask:
		return []axis{fresh(d.T), in[0][0]}
	case windows:
		return z.windowed(d, children[0], in[0])
	case windowsGrad:
		return in[1]
	case scan:
		return z.scanned(d, in)
	case scanLast:
		return []axis{in[0][1], fixedAxis(d.sizes[d.j])}
	case scanGrad:
		return []axis{}
	case scanPick:
		return in[1]
	}
	return nil
}

func fixedAxis(size int) axis {
	a := fresh(size)
	fix(a)
	return a
}

// elementwise are the axes of a result whose elements come from those at the same place of all operands.
func elementwise(in ...[]axis) []axis {
	var out []axis
	for _, axes := range in {
		if len(axes) > len(out) {
			out = make([]axis, len(axes))
		}
	}
	for i := range out {
		var all []axis
		for _, axes := range in {
			if len(axes) == len(out) { // not a scalar
				all = append(all, axes[i])
			}
		}
		out[i] = unify(all...)
	}
	if out == nil {
		out = []axis{}
	}
	return out
}

func reduced(in []axis, axes []int, keep bool) []axis {
	out := []axis{}
	for i, a := range in {
		if !slices.Contains(axes, i) {
			out = append(out, a)
			continue
		}
		mingle(a)
		if keep {
			out = append(out, nil)
		}
	}
	return out
}

// replaced has an axis of another size, which does not follow anything.
func replaced(in []axis, at, size int) []axis { return exchanged(in, at, fixedAxis(size)) }

func exchanged(in []axis, at int, a axis) []axis {
	out := slices.Clone(in)
	out[at] = a
	return out
}

// apart are the axes of operands that go together but along one.
func apart(at int, in ...[]axis) []axis {
	others := make([][]axis, len(in))
	for i, axes := range in {
		others[i] = exchanged(axes, at, nil)
	}
	return elementwise(others...)
}

// multiplied are the axes of a product of matrices, the leading axes of which count as rows.
func multiplied(d matMul, a, b []axis) []axis {
	n := len(a) - 1
	if d.transA {
		mingle(elementwise(a[:n], b[:len(b)-1])...)
		return []axis{a[n], b[len(b)-1]}
	}
	inner, cols := b[0], b[1]
	if d.transB {
		inner, cols = cols, inner
	}
	mingle(unify(a[n], inner))
	return append(slices.Clone(a[:n]), cols)
}

// regrouped distributes the factors of axes over a new shape, in their order.
func regrouped(in []axis, shape tensor.Shape) []axis {
	var factors []*dim
	for _, a := range in {
		factors = append(factors, a...)
	}
	out := make([]axis, len(shape))
	for i := 0; i < len(shape); i++ {
		if shape[i] == 1 {
			continue
		}
		got := 1
		for got < shape[i] && len(factors) > 0 && shape[i]%(got*factors[0].declared) == 0 {
			got *= factors[0].declared
			out[i] = append(out[i], factors[0])
			factors = factors[1:]
		}
		if got == shape[i] {
			continue
		}
		// Factors are split or joined in another way: of those up to where both agree again, the first axis
		// may follow a single factor, which is then a whole number of rows.
		rest, first := got, i
		size := shape[i]
		group := append(axis{}, out[i]...)
		for rest != size {
			if rest < size {
				if len(factors) == 0 {
					return nil
				}
				rest *= factors[0].declared
				group = append(group, factors[0])
				factors = factors[1:]
			} else {
				i++
				size *= shape[i]
			}
		}
		for j := first; j <= i; j++ {
			out[j] = fresh(shape[j])
		}
		if len(group) == 1 && shape[first] > 1 {
			row := size / shape[first]
			out[first][0].from, out[first][0].of = group[0], func(n int) int { return n / row }
			fix(out[first+1 : i+1]...)
			mingle(group)
		} else {
			fix(group)
			mingle(group)
			fix(out[first : i+1]...)
		}
	}
	return out
}

// windowed has as many windows as fit into the timesteps.
func (z *sizes) windowed(w windows, n *G.Node, in []axis) []axis {
	shape := n.Shape()
	all, _ := w.infer([]tensor.Shape{shape})
	mingle(in[0])
	out := []axis{fresh(all[0]), in[1], fixedAxis(all[2])}
	if len(out[0]) > 0 && len(in[0]) == 1 {
		d := out[0][0]
		d.from, d.of = in[0][0], func(T int) int {
			of := shape.Clone()
			of[0] = T
			if some, err := w.infer([]tensor.Shape{of}); err == nil {
				return some[0]
			}
			return d.declared // the run will say what is wrong
		}
	}
	return out
}

// scanned follows a recurrence, and into its step: rows are those of the batch there, and what the step
// reads of the outer graph has the axes it has outside.
func (z *sizes) scanned(c scan, in [][]axis) []axis {
	r := c.recurrence
	time, batch := in[0][0], in[0][1]
	for i, axes := range in[:r.capturesAt()] {
		switch {
		case r.timed(i):
			time, batch = unify(time, axes[0]), unify(batch, axes[1])
		default:
			batch = unify(batch, axes[0])
		}
	}
	if r.x != nil {
		z.of[r.x] = []axis{batch, in[0][2]}
	}
	if r.embedding != nil {
		z.of[r.embedding.tokens] = []axis{batch}
	}
	for j, h := range r.prev {
		z.of[h] = []axis{batch, in[r.stateAt()+j][1]}
	}
	for i, outer := range r.captured {
		z.of[r.mirrors[outer]] = in[r.capturesAt()+i]
	}
	z.trace(ancestors(append(G.Nodes{r.y}, r.next...)))
	for _, h := range append(G.Nodes{r.y}, r.next...) {
		batch = unify(batch, z.of[h][0])
	}
	return []axis{time, batch, z.of[r.y][1]}
}
