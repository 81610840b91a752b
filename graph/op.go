package graph

import (
	"fmt"
	"hash"
	"hash/fnv"
	"io"
	"slices"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A definition is one of our operations: its settings, the shape of its result, and its kernels.
// Settings are the fields of the type, so a value of the type is the operation's whole identity.
// One that has a gradient is differentiable too.
type definition interface {
	// String names the operation and every setting that changes its result.
	String() string
	// infer checks the shapes of the operands and gives that of the result.
	infer(in []tensor.Shape) (tensor.Shape, error)
}

// A differentiable definition declares the gradient of each of its inputs, nil for one that has none.
// s fails fast, like any Scope, and names the operation that is being differentiated.
type differentiable interface {
	diff(s *Scope, in G.Nodes, out, grad *G.Node) G.Nodes
}

// floatKernel computes a float result. dst holds the result of the run before and is to be
// overwritten whole.
type floatKernel interface {
	run32(t threads, dst []float32, in []operand[float32]) error
	run64(t threads, dst []float64, in []operand[float64]) error
}

// intKernel computes a result of indices.
type intKernel interface {
	runInt(dst []int, in []operand[int]) error
}

// typed definitions choose the type of their result. Of the others it is that of their first float
// operand, or int where all are indices.
type typed interface {
	result(store tensor.Dtype) tensor.Dtype
}

// indexed definitions take indices: operand number of them, which may be of floats instead unless it is
// strictly of int. Of all other definitions the operands are either floats or indices.
type indexed interface {
	indices() (operand int, strictly bool)
}

// mixed definitions take floats and indices side by side.
type mixed interface{ mixed() }

// A borrower's result lies in memory that another operation has written.
type borrower interface{ borrow() any }

// An overwriter computes each element or row of its result from that of an operand, and may write it in its
// place, once nobody else reads the operand.
type overwriter interface{ overwrites() (operand int) }

// An operand is the value of one input, in row-major order. Of data and index the one that fits its
// type is set; floats of another type than the result (only Cast takes them) are in other. Its shape is
// that of the run under way, which may have fewer rows than was declared.
type operand[E number] struct {
	shape tensor.Shape
	data  []E
	index []int
	other any
}

// op makes a definition a gorgonia.Op. It owns the buffer of its result (but for overwrite), so nothing is
// allocated from run to run, and never returns one of its inputs, so that nothing that Gorgonia writes in
// place can reach another node. It belongs to one node of one graph.
type op struct {
	definition
	scope   *Scope // where it was declared
	salt    string // sets apart equal definitions in one graph, and the same graph built anew
	in      []hm.Type
	shapes  []tensor.Shape // as declared: no run has more rows
	dtype   tensor.Dtype
	shape   tensor.Shape
	axes    []axis // of the result
	foreign bool   // an operand comes from an operation of Gorgonia's own, which may change how it lies
	instead *op    // whose buffer the result is written to; nil: its own

	buffer any          // []float32, []float64 or []int
	value  G.Value      // what lies in buffer
	active tensor.Shape // of value: shape, or fewer rows

	// Of the operands, kept between runs.
	seen  []G.Value
	given []tensor.Shape // theirs
	args  any            // []operand
}

var _ G.SDOp = (*op)(nil)

func (o *op) Arity() int            { return len(o.shapes) }
func (o *op) ReturnsPtr() bool      { return false }
func (o *op) CallsExtern() bool     { return false }
func (o *op) OverwritesInput() int  { return -1 }
func (o *op) WriteHash(h hash.Hash) { io.WriteString(h, o.salt+o.String()) }

func (o *op) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

// Type gives a new value on each call: Gorgonia hands it to a pool after use.
func (o *op) Type() hm.Type {
	types := append(make([]hm.Type, 0, len(o.in)+1), o.in...)
	if o.shape.IsScalar() {
		return hm.NewFnType(append(types, o.dtype)...)
	}
	return hm.NewFnType(append(types, G.TensorType{Dims: o.shape.Dims(), Of: o.dtype})...)
}

func (o *op) InferShape(...G.DimSizer) (tensor.Shape, error) { return o.shape.Clone(), nil }

func (o *op) DiffWRT(inputs int) []bool {
	wrt := make([]bool, inputs)
	_, one := o.definition.(differentiable)
	if _, several := o.definition.(outputs); one || several {
		for i, t := range o.in {
			wrt[i] = dtypeOf(t) != tensor.Int
		}
	}
	return wrt
}

func (o *op) SymDiff(in G.Nodes, out, grad *G.Node) (grads G.Nodes, err error) {
	d, ok := o.definition.(differentiable)
	if !ok {
		return make(G.Nodes, len(in)), nil
	}
	err = guard(func() { grads = d.diff(o.scope, in, out, grad) })
	return grads, errors.Wrapf(err, "%sgradient of %v", o.scope.where(), o)
}

// Do computes the node's value. It may run on a goroutine of the tape machine's, where a panic would end
// the process, so none leaves it.
func (o *op) Do(values ...G.Value) (result G.Value, err error) {
	failed := guard(func() { result, err = o.do(values) })
	if err == nil {
		err = failed
	}
	if err != nil {
		err = errors.Errorf("%s%v %v: %v", o.scope.where(), o, shapesIn(values, o.shapes), err)
		o.scope.b.fault = err
		return nil, err
	}
	return result, nil
}

func (o *op) do(values []G.Value) (G.Value, error) {
	if o.buffer == nil {
		switch b, borrows := o.definition.(borrower); {
		case borrows:
			o.buffer = b.borrow()
		case o.instead != nil:
			o.buffer = o.instead.buffer
		default:
			o.buffer = zeros(o.dtype, o.shape.TotalSize())
		}
	}
	switch buffer := o.buffer.(type) {
	case []float32:
		in, err := operands[float32](o, values)
		if err != nil {
			return nil, err
		}
		if err := o.definition.(floatKernel).run32(o.scope.b.threads, buffer[:o.active.TotalSize()], in); err != nil {
			return nil, err
		}
	case []float64:
		in, err := operands[float64](o, values)
		if err != nil {
			return nil, err
		}
		if err := o.definition.(floatKernel).run64(o.scope.b.threads, buffer[:o.active.TotalSize()], in); err != nil {
			return nil, err
		}
	case []int:
		in, err := operands[int](o, values)
		if err != nil {
			return nil, err
		}
		if err := o.definition.(intKernel).runInt(buffer[:o.active.TotalSize()], in); err != nil {
			return nil, err
		}
	}
	return o.value, nil
}

// operands reads the values of the inputs. What is as it was in the run before is not read again.
func operands[E number](o *op, values []G.Value) ([]operand[E], error) {
	in, ok := o.args.([]operand[E])
	if !ok {
		in = make([]operand[E], len(values))
		o.args, o.seen, o.given = in, make([]G.Value, len(values)), make([]tensor.Shape, len(values))
	}
	read, resized := false, o.active == nil
	for i, v := range values {
		shape := v.Shape()
		same := o.given[i] != nil && sameShape(shape, o.given[i])
		if same && v == o.seen[i] && !o.foreign {
			continue
		}
		o.seen[i], o.given[i] = nil, nil // should it fail
		if err := in[i].read(v); err != nil {
			return nil, errors.Wrapf(err, "operand %d", i)
		}
		if !same {
			resized, shape = true, shape.Clone()
		}
		read, o.seen[i], o.given[i] = true, v, shape
	}
	if resized {
		o.active = nil // should it fail
		shapes, active, err := o.fit()
		if err != nil {
			return nil, err
		}
		for i := range in {
			in[i].shape = shapes[i]
		}
		o.setActive(active)
	}
	for i := range in {
		if (read || resized) && !in[i].cut() {
			o.seen[i], o.given[i] = nil, nil
			return nil, errors.Errorf("operand %d does not have the %d elements of %v", i, in[i].shape.TotalSize(), in[i].shape)
		}
	}
	return in, nil
}

// setActive makes value the result in the given shape.
func (o *op) setActive(shape tensor.Shape) {
	o.active = shape
	switch b := o.buffer.(type) {
	case []float32:
		if o.value = (*G.F32)(&b[0]); !shape.IsScalar() {
			o.value = denseOf(shape, b[:shape.TotalSize()])
		}
	case []float64:
		if o.value = (*G.F64)(&b[0]); !shape.IsScalar() {
			o.value = denseOf(shape, b[:shape.TotalSize()])
		}
	case []int:
		if o.value = (*G.I)(&b[0]); !shape.IsScalar() {
			o.value = denseOf(shape, b[:shape.TotalSize()])
		}
	}
}

// read takes the data of a value.
func (x *operand[E]) read(v G.Value) error {
	data, err := memoryOf(v)
	if err != nil {
		return err
	}
	x.data, x.index, x.other = nil, nil, nil
	switch d := data.(type) {
	case []E:
		x.data = d
		x.index, _ = data.([]int)
	case []int:
		x.index = d
	case []float32, []float64:
		x.other = d
	}
	return nil
}

// cut leaves the elements of the operand's shape, and reports whether there are as many.
func (x *operand[E]) cut() bool {
	n := x.shape.TotalSize()
	fits := n <= max(cap(x.data), cap(x.index))
	switch d := x.other.(type) {
	case []float32:
		if fits = n <= cap(d); fits && n != len(d) {
			x.other = d[:n]
		}
	case []float64:
		if fits = n <= cap(d); fits && n != len(d) {
			x.other = d[:n]
		}
	}
	if !fits {
		return false
	}
	if x.data != nil {
		x.data = x.data[:n]
	}
	if x.index != nil {
		x.index = x.index[:n]
	}
	return true
}

// dtypeOf gives the element type of a node's type.
func dtypeOf(t hm.Type) tensor.Dtype {
	switch t := t.(type) {
	case G.TensorType:
		return dtypeOf(t.Of)
	case tensor.Dtype:
		return t
	}
	return tensor.Dtype{}
}

// apply declares a node that computes d from in.
func (s *Scope) apply(d definition, in ...*G.Node) *G.Node {
	s.bring(d.String(), in)
	in = s.b.traced(d, in)
	o := &op{definition: d, scope: s, salt: s.b.identity()}
	dtype := tensor.Int
	for _, n := range in {
		t := dtypeOf(n.Type())
		if t == tensor.Float32 || t == tensor.Float64 {
			if _, casts := d.(typed); dtype != tensor.Int && t != dtype && !casts {
				s.Fail("%v %s: operands of %v and %v; Cast one", d, shapesOf(in), dtype, t)
			}
			dtype = t
		}
		o.in = append(o.in, n.Type())
		o.shapes = append(o.shapes, n.Shape().Clone())
	}
	s.checkIndices(d, in)
	if t, ok := d.(typed); ok {
		dtype = t.result(s.b.store.dtype)
	}
	o.dtype = dtype
	_, floats := d.(floatKernel)
	_, ints := d.(intKernel)
	if dtype == tensor.Int && !ints || dtype != tensor.Int && !floats {
		s.Fail("%v %s: not defined for operands of %v; Cast them", d, shapesOf(in), dtype)
	}
	var err error
	if o.shape, err = d.infer(o.shapes); err != nil {
		s.Fail("%v %s: %v", d, shapesOf(in), err)
	}
	for _, shape := range append(slices.Clone(o.shapes), o.shape) {
		if len(shape) > maxAxes {
			s.Fail("%v %s: %d axes, at most %d are supported", d, shapesOf(in), len(shape), maxAxes)
		}
	}
	if o.shape.TotalSize() <= 0 {
		s.Fail("%v %s: result has shape %v; every size must be at least 1", d, shapesOf(in), o.shape)
	}
	if len(o.shape) > 0 {
		if err := allocatable(o.shape, 4); err != nil {
			s.Fail("%v %s: result: %v", d, shapesOf(in), err)
		}
	}
	n := s.node(func() (*G.Node, error) { return G.ApplyOp(o, in...) }, fmt.Sprint(d), in)
	// Gorgonia takes nodes of equal hash for the same without looking at their operands.
	if n.Op() != G.Op(o) {
		panic(failure{collision{n, n}})
	}
	return n
}

// checkIndices holds the operands to be indices where the definition wants them, and floats elsewhere.
func (s *Scope) checkIndices(d definition, in []*G.Node) {
	place, strictly := -1, false
	if x, ok := d.(indexed); ok {
		place, strictly = x.indices()
	}
	if _, ok := d.(mixed); ok {
		return
	}
	floats, ints := false, false
	for i, n := range in {
		isInt := dtypeOf(n.Type()) == tensor.Int
		switch {
		case i != place:
			floats, ints = floats || !isInt, ints || isInt
		case strictly && !isInt:
			s.Fail("%v %s: operand %d is of %v, want indices of int", d, shapesOf(in), i, dtypeOf(n.Type()))
		}
	}
	if floats && ints {
		s.Fail("%v %s: operands of floats and of int; Cast one", d, shapesOf(in))
	}
}
