package graph

import (
	"slices"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
)

// A value is what one instruction of a compiled step computes, or what it is given. Values stand
// between the step's graph and its program: they say what is computed, and plan decides where and when.
type value struct {
	kind  valueKind
	in    []*value
	shape tensor.Shape
	width int  // elements of a row; all, where rows is not set
	rows  bool // one row for each of the batch, computed from that row alone
	ints  bool // indices

	index    int // of a capture, or of a tensor of the state
	fn       kernel.Op
	k        float64
	products []product
	node     *G.Node // what is called
	drop     dropout
	offset   int   // of a view: its first column
	offsets  []int // of parts: the first column of each
	flag     flag
	before   *value // summed: in[0], to which the rest is added where it lies

	level  int
	parent *value // where it lies in; nil: in a buffer of its own
	column int    // of parent, or of the buffer's row
	at     ref
}

type valueKind uint8

const (
	given      valueKind = iota // x, tokens, or the gradient of y
	captured                    // of the outer graph, the same at every timestep
	ofState                     // a tensor of the state
	viewed                      // columns of in[0], where they are
	sideBySide                  // in side by side, written where they belong
	mapped                      // fn of up to three operands
	summed                      // the sum of in and of products
	spread                      // a column repeated
	dropping                    // drop of in[0]
	looked                      // the rows of in[1] that tokens in[0] name
	flagged                     // by row: in[0] where flag is set, in[1] or zero elsewhere
	called                      // any other operation: its own Do
)

// A product is a [B, K] times a captured matrix [K, N], or its transpose.
type product struct {
	a, w  *value
	trans bool
	pack  int
}

// A flag is a condition on a row at a timestep.
type flag uint8

const (
	inLength flag = iota // the row has not ended
	isReset
)

// operands lists all that v is computed from.
func (v *value) operands() []*value {
	if len(v.products) == 0 {
		return v.in
	}
	all := slices.Clone(v.in)
	for _, p := range v.products {
		all = append(all, p.a, p.w)
	}
	return all
}

// A lowering turns the nodes of a step, then those of its gradient, into values.
type lowering struct {
	r      *recurrence
	uses   map[*G.Node]int
	of     map[*G.Node]*value
	values []*value
	whole  bool // rows see one another: the batch cannot be cut
}

func (l *lowering) add(v *value) *value {
	l.values = append(l.values, v)
	return v
}

// rowValue makes a value of one row for each of the batch.
func (l *lowering) rowValue(kind valueKind, shape tensor.Shape, in ...*value) *value {
	return l.add(&value{kind: kind, in: in, shape: shape, width: shape.TotalSize() / l.r.B, rows: true})
}

// valueOf is the value of a node; operands come before it.
func (l *lowering) valueOf(n *G.Node) *value {
	v, ok := l.of[n]
	if ok {
		return v
	}
	if n.Op() != nil {
		v = l.lowerNode(n)
	} else {
		i, ok := l.r.captureIndex(n)
		if !ok {
			panic(failure{errors.Errorf("scan: the step reads %v, which is of neither it nor what is around it", n)})
		}
		v = l.add(&value{kind: captured, index: i, shape: n.Shape(), width: n.Shape().TotalSize(), ints: dtypeOf(n.Type()) == tensor.Int})
	}
	l.of[n] = v
	return v
}

func (l *lowering) lowerNode(n *G.Node) *value {
	var in []*value
	children := operandsOf(n)
	for _, c := range children {
		in = append(in, l.valueOf(c))
	}
	o, ours := n.Op().(*op)
	if !ours {
		return l.call(n, in)
	}
	shape := n.Shape()
	switch d := o.definition.(type) {
	case keep:
		if in[0].rows {
			return l.view(in[0], 0, shape)
		}
	case reshape:
		if in[0].rows && shape.Dims() > 0 && shape[0] == l.r.B {
			return l.view(in[0], 0, shape)
		}
	case slice:
		if inner, ok := columnsOf(in[0], d.axis); ok {
			return l.view(in[0], d.start*inner, shape)
		}
	case put:
		if v := l.put(d, in, shape); v != nil {
			return v
		}
	case concat:
		if v := l.concat(d, in, shape); v != nil {
			return v
		}
	case addAll:
		return l.sum(n, children, in)
	case binary:
		return l.binary(d, n, children, in)
	case matMul:
		if p, ok := productOf(d, in); ok {
			v := l.rowValue(summed, shape)
			v.products = []product{p}
			return v
		}
	case unary:
		if in[0].rows {
			if fn, ok := d.kernel(); ok {
				return l.mapped(fn, d.a, shape, in[0])
			}
		}
	case unaryGrad:
		if v := l.unaryGrad(d, shape, in); v != nil {
			return v
		}
	case gather:
		if v := l.looked(in, shape); v != nil {
			return v
		}
	case dropout:
		if x := l.fit(in[0], shape); x != nil {
			v := l.rowValue(dropping, shape, x)
			v.drop = d
			return v
		}
	}
	return l.call(n, in)
}

var binaryKernels = map[binary]kernel.Op{
	add: kernel.Add, sub: kernel.Sub, mul: kernel.Mul, div: kernel.Div, maximum: kernel.Max, minimum: kernel.Min,
}

func (l *lowering) mapped(fn kernel.Op, k float64, shape tensor.Shape, in ...*value) *value {
	v := l.rowValue(mapped, shape, in...)
	v.fn, v.k = fn, k
	return v
}

func (l *lowering) view(of *value, offset int, shape tensor.Shape) *value {
	v := l.rowValue(viewed, shape, of)
	v.offset, v.ints = offset, of.ints
	return v
}

// columnsOf reports whether cutting an axis of v cuts each row once, and how many columns one element
// of that axis has.
func columnsOf(v *value, axis int) (inner int, ok bool) {
	if !v.rows || v.ints || axis < 1 {
		return 0, false
	}
	outer, inner := around(v.shape, axis)
	return inner, outer == v.shape[0]
}

// put is the gradient of slices: parts that do not overlap are sideBySide.
func (l *lowering) put(d put, in []*value, shape tensor.Shape) *value {
	if shape.Dims() < 2 || shape[0] != l.r.B || d.axis < 1 {
		return nil
	}
	outer, inner := around(shape, d.axis)
	if outer != shape[0] {
		return nil
	}
	taken := make([]bool, shape[d.axis])
	var offsets []int
	for i, p := range d.parts {
		if !in[i].rows {
			return nil
		}
		for c := p.start; c < p.end; c++ {
			if taken[c] {
				return nil
			}
			taken[c] = true
		}
		offsets = append(offsets, p.start*inner)
	}
	v := l.rowValue(sideBySide, shape, in[:len(d.parts)]...)
	v.offsets = offsets
	return v
}

func (l *lowering) concat(d concat, in []*value, shape tensor.Shape) *value {
	if d.stack || d.axis < 1 {
		return nil
	}
	var offsets []int
	at := 0
	for _, p := range in {
		if _, ok := columnsOf(p, d.axis); !ok {
			return nil
		}
		offsets = append(offsets, at)
		at += p.width
	}
	v := l.rowValue(sideBySide, shape, in...)
	v.offsets = offsets
	return v
}

func productOf(d matMul, in []*value) (product, bool) {
	a, w := in[0], in[1]
	ok := !d.transA && a.rows && !a.ints && a.shape.Dims() == 2 && w.kind == captured
	return product{a: a, w: w, trans: d.transB}, ok
}

func (l *lowering) binary(d binary, n *G.Node, children G.Nodes, in []*value) *value {
	fn, ok := binaryKernels[d]
	a, b := l.fit(in[0], n.Shape()), l.fit(in[1], n.Shape())
	if !ok || a == nil || b == nil || !a.rows && !b.rows {
		return l.call(n, in)
	}
	if d == add {
		return l.sum(n, children, []*value{a, b})
	}
	return l.mapped(fn, 0, n.Shape(), a, b)
}

// fit makes an operand of an elementwise operation one that its kernel can read: a row for each of the
// batch, or a capture that plan spreads to one; nil if there is none.
func (l *lowering) fit(v *value, shape tensor.Shape) *value {
	switch {
	case v.ints || shape.Dims() == 0 || shape[0] != l.r.B:
		return nil
	case v.kind == captured:
		return l.add(&value{kind: captured, index: v.index, shape: shape, width: shape.TotalSize() / l.r.B, rows: true, offset: spreadCapture})
	case !v.rows:
		return nil
	case sameShape(v.shape, shape):
		return v
	case v.width == 1 && v.shape.Dims() == shape.Dims():
		return l.rowValue(spread, shape, v)
	}
	return nil
}

// spreadCapture marks a capture that is read as rows of a shape it is broadcast to.
const spreadCapture = 1

// sum joins trees of additions, so that products can be added up where they are computed. What only
// this sum reads becomes a part of it.
func (l *lowering) sum(n *G.Node, children G.Nodes, in []*value) *value {
	for _, v := range in {
		if !v.rows || v.ints {
			return l.call(n, in)
		}
	}
	if len(in) == 2 {
		for i, v := range in {
			if v.kind == mapped && v.fn == kernel.Mul && l.uses[children[i]] == 1 && in[1-i].kind != summed {
				l.remove(v)
				return l.mapped(kernel.MulAdd, 0, n.Shape(), v.in[0], v.in[1], in[1-i])
			}
		}
	}
	s := l.rowValue(summed, n.Shape())
	for i, v := range in {
		if v.kind == summed && l.uses[children[i]] == 1 && v.shape.Dims() == 2 {
			s.in = append(s.in, v.in...)
			s.products = append(s.products, v.products...)
			l.remove(v)
			continue
		}
		s.in = append(s.in, v)
	}
	return s
}

// remove takes out a value that has become a part of its only user.
func (l *lowering) remove(v *value) {
	l.values = slices.DeleteFunc(l.values, func(o *value) bool { return o == v })
}

func (l *lowering) unaryGrad(d unaryGrad, shape tensor.Shape, in []*value) *value {
	for _, v := range in {
		if !v.rows {
			return nil
		}
	}
	x, y, dy := in[0], in[1], in[2]
	switch d.function {
	case neg:
		return l.mapped(kernel.Neg, 0, shape, dy)
	case scale:
		return l.mapped(kernel.Scale, d.a, shape, dy)
	case shift:
		return l.view(dy, 0, shape)
	case exp:
		return l.mapped(kernel.Mul, 0, shape, y, dy)
	case square:
		return l.mapped(kernel.Scale, 2, shape, l.mapped(kernel.Mul, 0, shape, x, dy))
	case sigmoid:
		return l.mapped(kernel.SigmoidGrad, 0, shape, y, dy)
	case tanh:
		return l.mapped(kernel.TanhGrad, 0, shape, y, dy)
	case relu:
		return l.mapped(kernel.ReLUGrad, 0, shape, x, dy)
	case gelu:
		return l.mapped(kernel.GELUGrad, 0, shape, x, dy)
	}
	return nil
}

// call makes the value of any operation, which does itself what no kernel does.
func (l *lowering) call(n *G.Node, in []*value) *value {
	o, ours := n.Op().(*op)
	switch dt := dtypeOf(n.Type()); {
	case dt == tensor.Int && !ours:
		panic(failure{errors.Errorf("scan: %v gives int; in a step only operations of Scope's may", n.Op())})
	case dt != tensor.Int && dt != l.r.dtype:
		panic(failure{errors.Errorf("scan: %v gives %v; a step computes in %v, or is to be unrolled", n.Op(), dt, l.r.dtype)})
	}
	v := l.add(&value{kind: called, in: in, node: n, shape: n.Shape(), width: n.Shape().TotalSize(), ints: dtypeOf(n.Type()) == tensor.Int})
	if ours && byRow(o.definition, in, n.Shape(), l.r.B) {
		v.rows, v.width = true, v.width/l.r.B
		return v
	}
	l.whole = true
	if v.shape.Dims() > 0 && v.shape[0] == l.r.B {
		v.rows, v.width = true, v.width/l.r.B
	}
	return v
}

// byRow reports whether an operation computes each row of its result from the same row of its operands,
// so that it can be run on some rows alone.
func byRow(d definition, in []*value, out tensor.Shape, B int) bool {
	if out.Dims() == 0 || out[0] != B {
		return false
	}
	some := false
	for i, v := range in {
		aligned := v.rows || v.kind == captured && (v.shape.Dims() == 0 || v.shape[0] == 1 || v.shape[0] == B) || readsWhole(d, i)
		if !aligned || v.rows && readsWhole(d, i) {
			return false
		}
		some = some || v.rows
	}
	if !some {
		return false
	}
	switch d := d.(type) {
	case unary, unaryGrad, binary, choose, addAll, keep, reshape, cast, like, crossEntropy, batchMatMul:
		return true
	case matMul:
		return !d.transA
	case slice:
		return d.axis > 0
	case concat:
		return !d.stack && d.axis > 0
	case sum:
		return !slices.Contains(d.axes, 0)
	case expand:
		return !slices.Contains(d.axes, 0)
	case greatest:
		return !slices.Contains(d.axes, 0)
	case transpose:
		return d.perm[0] == 0
	case logSumExp:
		return d.from > 0
	case logSumExpGrad:
		return d.from > 0
	case cumSum:
		return d.axis > 0
	case takeAlong:
		return d.axis > 0
	case takeAlongGrad:
		return d.axis > 0
	case gather, oneHot:
		return true
	case softmax, softmaxGrad, normalize, normalizeGrad, argMax, topK, sorting, sortGrad:
		return in[0].shape.Dims() > 1
	}
	return false
}

// readsWhole reports whether operand i is read as a whole whatever row is computed.
func readsWhole(d definition, i int) bool {
	switch d.(type) {
	case matMul:
		return i == 1
	case gather:
		return i == 0
	}
	return false
}
