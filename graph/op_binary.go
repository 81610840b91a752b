package graph

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
)

// Add is a+b. Here and in the operations below operands have equal rank, and sizes of 1 are broadcast;
// a scalar goes with any shape.
func (s *Scope) Add(a, b *G.Node) *G.Node { return s.apply(binary(add), a, b) }

// Sub is a-b.
func (s *Scope) Sub(a, b *G.Node) *G.Node { return s.apply(binary(sub), a, b) }

// Mul is the elementwise product a⊙b.
func (s *Scope) Mul(a, b *G.Node) *G.Node { return s.apply(binary(mul), a, b) }

// Div is the elementwise quotient a/b.
func (s *Scope) Div(a, b *G.Node) *G.Node { return s.apply(binary(div), a, b) }

// Maximum is the greater of a and b; where they are equal, each gets half of the gradient.
func (s *Scope) Maximum(a, b *G.Node) *G.Node { return s.apply(binary(maximum), a, b) }

// Minimum is the lesser of a and b; where they are equal, each gets half of the gradient.
func (s *Scope) Minimum(a, b *G.Node) *G.Node { return s.apply(binary(minimum), a, b) }

// Less is 1 where a < b and 0 elsewhere. Comparisons have no gradient.
func (s *Scope) Less(a, b *G.Node) *G.Node { return s.apply(binary(less), a, b) }

// LessEqual is 1 where a ≤ b and 0 elsewhere.
func (s *Scope) LessEqual(a, b *G.Node) *G.Node { return s.apply(binary(lessEqual), a, b) }

// Greater is 1 where a > b and 0 elsewhere.
func (s *Scope) Greater(a, b *G.Node) *G.Node { return s.Less(b, a) }

// GreaterEqual is 1 where a ≥ b and 0 elsewhere.
func (s *Scope) GreaterEqual(a, b *G.Node) *G.Node { return s.LessEqual(b, a) }

// Equal is 1 where a = b and 0 elsewhere.
func (s *Scope) Equal(a, b *G.Node) *G.Node { return s.apply(binary(equal), a, b) }

// AddBias adds b [1, n] or [n] to every row of x [..., n].
func (s *Scope) AddBias(x, b *G.Node) *G.Node {
	s.bring("add bias", []*G.Node{x, b})
	dims := x.Shape().Dims()
	n := b.Shape().Dims()
	if dims == 0 || n == 0 || b.Shape().TotalSize() != x.Shape()[dims-1] || b.Shape()[n-1] != x.Shape()[dims-1] {
		s.Fail("add bias %s: want [..., n] and [1, n]", shapesOf([]*G.Node{x, b}))
	}
	row := make([]int, dims)
	for i := range row {
		row[i] = 1
	}
	row[dims-1] = x.Shape()[dims-1]
	if !sameShape(b.Shape(), row) {
		b = s.Reshape(b, row...)
	}
	return s.Add(x, b)
}

// binary is an elementwise operation of two operands.
type binary uint8

const (
	add binary = iota
	sub
	mul
	div
	maximum
	minimum
	less
	lessEqual
	equal
)

func (b binary) String() string {
	return [...]string{"add", "sub", "mul", "div", "maximum", "minimum", "less", "less or equal", "equal"}[b]
}

func (b binary) infer(in []tensor.Shape) (tensor.Shape, error) { return broadcastShape(in) }

func (b binary) run32(t threads, dst []float32, in []operand[float32]) error {
	return binaryRun(t, b, dst, in)
}
func (b binary) run64(t threads, dst []float64, in []operand[float64]) error {
	return binaryRun(t, b, dst, in)
}

func binaryRun[F float](t threads, op binary, dst []F, in []operand[F]) error {
	var w walk
	w.begin(in[0].shape)
	w.widen(in[1].shape)
	w.add(in[0].shape, nil)
	w.add(in[1].shape, nil)
	w.join()
	// The two innermost axes are rows and columns of one part; of a part without rows the columns are cut.
	p := &binaryPart[F]{op: op, rows: w.size[1], cols: w.size[0]}
	p.a.step, p.b.step = w.stride[0][0], w.stride[1][0]
	p.a.Stride, p.b.Stride = w.stride[0][1], w.stride[1][1]
	run := p.run
	for ; len(dst) > 0; dst = dst[p.rows*p.cols:] {
		p.dst, p.a.Data, p.b.Data = dst, in[0].data[w.at[0]:], in[1].data[w.at[1]:]
		if p.rows == 1 {
			inParallel(t, p.cols, 1, run)
		} else {
			inParallel(t, p.rows, p.cols, run)
		}
		w.next(2)
	}
	return nil
}

// A binaryPart is rows of equal length.
type binaryPart[F float] struct {
	op         binary
	rows, cols int
	dst        []F
	a, b       rowsOf[F]
}

// rowsOf is an operand's rows, in which elements lie side by side or, with a step of 0, are all the same.
type rowsOf[F float] struct {
	kernel.View[F]
	step int
}

// run computes some rows, or some columns of a single one.
func (p *binaryPart[F]) run(from, to int) {
	if p.rows == 1 {
		elementsOf(p.op, p.dst[from:to], p.a.Data[from*p.a.step:], p.b.Data[from*p.b.step:], p.a.step, p.b.step)
		return
	}
	n := p.cols
	a, b := p.a.Data[from*p.a.Stride:], p.b.Data[from*p.b.Stride:]
	if p.op <= div && p.a.step == 1 && p.b.step == 1 {
		kernel.Map(arithmetic[p.op], 0, to-from, n, kernel.View[F]{Data: p.dst[from*n:], Stride: n},
			kernel.View[F]{Data: a, Stride: p.a.Stride}, kernel.View[F]{Data: b, Stride: p.b.Stride}, kernel.View[F]{})
		return
	}
	for r := range to - from {
		elementsOf(p.op, p.dst[(from+r)*n:][:n], a[r*p.a.Stride:], b[r*p.b.Stride:], p.a.step, p.b.step)
	}
}

var arithmetic = [...]kernel.Op{add: kernel.Add, sub: kernel.Sub, mul: kernel.Mul, div: kernel.Div}

// elementsOf computes a row; i and j are the steps of its operands.
func elementsOf[F float](op binary, y, a, b []F, i, j int) {
	row := func(x []F) kernel.View[F] { return kernel.View[F]{Data: x, Stride: len(y)} }
	switch {
	case op <= div && i == 1 && j == 1:
		kernel.Map(arithmetic[op], 0, 1, len(y), row(y), row(a), row(b), row(nil))
	case op == add && i == 1:
		kernel.Map(kernel.Shift, b[0], 1, len(y), row(y), row(a), row(nil), row(nil))
	case op == add && j == 1:
		kernel.Map(kernel.Shift, a[0], 1, len(y), row(y), row(b), row(nil), row(nil))
	case op == sub && i == 1:
		kernel.Map(kernel.Shift, -b[0], 1, len(y), row(y), row(a), row(nil), row(nil))
	case op == mul && i == 1:
		kernel.Map(kernel.Scale, b[0], 1, len(y), row(y), row(a), row(nil), row(nil))
	case op == mul && j == 1:
		kernel.Map(kernel.Scale, a[0], 1, len(y), row(y), row(b), row(nil), row(nil))
	default:
		elements(op, y, a, b, i, j)
	}
}

func elements[F float](op binary, y, a, b []F, i, j int) {
	switch op {
	case add:
		for k := range y {
			y[k] = a[k*i] + b[k*j]
		}
	case sub:
		for k := range y {
			y[k] = a[k*i] - b[k*j]
		}
	case mul:
		for k := range y {
			y[k] = a[k*i] * b[k*j]
		}
	case div:
		for k := range y {
			y[k] = a[k*i] / b[k*j]
		}
	case maximum:
		for k := range y {
			y[k] = max(a[k*i], b[k*j])
		}
	case minimum:
		for k := range y {
			y[k] = min(a[k*i], b[k*j])
		}
	case less:
		for k := range y {
			y[k] = truth[F](a[k*i] < b[k*j])
		}
	case lessEqual:
		for k := range y {
			y[k] = truth[F](a[k*i] <= b[k*j])
		}
	case equal:
		for k := range y {
			y[k] = truth[F](a[k*i] == b[k*j])
		}
	}
}

func truth[F float](t bool) F {
	if t {
		return 1
	}
	return 0
}

func (b binary) diff(s *Scope, in G.Nodes, out, grad *G.Node) G.Nodes {
	x, y := in[0], in[1]
	dx, dy := grad, grad
	switch b {
	case sub:
		dy = s.Neg(grad)
	case mul:
		dx, dy = s.Mul(grad, y), s.Mul(grad, x)
	case div:
		dx = s.Div(grad, y)
		dy = s.Neg(s.Mul(dx, out))
	case maximum:
		dx, dy = s.Mul(grad, s.share(y, x)), s.Mul(grad, s.share(x, y))
	case minimum:
		dx, dy = s.Mul(grad, s.share(x, y)), s.Mul(grad, s.share(y, x))
	case less, lessEqual, equal:
		return G.Nodes{nil, nil}
	}
	return G.Nodes{s.sumTo(dx, x.Shape()), s.sumTo(dy, y.Shape())}
}

// share is 1 where a < b, ½ where they are equal, 0 elsewhere.
func (s *Scope) share(a, b *G.Node) *G.Node {
	return s.Scale(s.Add(s.Less(a, b), s.LessEqual(a, b)), 0.5)
}

// Select is a where cond is not 0, and b elsewhere. What is not chosen reaches neither the value nor a
// gradient, NaN included. cond holds numbers or indices and has no gradient.
func (s *Scope) Select(cond, a, b *G.Node) *G.Node { return s.apply(choose{}, cond, a, b) }

type choose struct{}

func (choose) String() string { return "select" }

func (choose) indices() (int, bool) { return 0, false }

func (choose) infer(in []tensor.Shape) (tensor.Shape, error) { return broadcastShape(in) }

func (choose) run32(t threads, dst []float32, in []operand[float32]) error { return chooseRun(dst, in) }
func (choose) run64(t threads, dst []float64, in []operand[float64]) error { return chooseRun(dst, in) }

func chooseRun[F float](dst []F, in []operand[F]) error {
	var w walk
	w.begin(in[0].shape)
	for _, x := range in[1:] {
		w.widen(x.shape)
	}
	for _, x := range in {
		w.add(x.shape, nil)
	}
	w.join()
	n, i, j, l := w.size[0], w.stride[0][0], w.stride[1][0], w.stride[2][0]
	for ; len(dst) > 0; dst = dst[n:] {
		a, b := in[1].data[w.at[1]:], in[2].data[w.at[2]:]
		if flags := in[0].index; flags != nil {
			chooseRow(dst[:n], flags[w.at[0]:], a, b, i, j, l)
		} else {
			chooseRow(dst[:n], in[0].data[w.at[0]:], a, b, i, j, l)
		}
		w.next(1)
	}
	return nil
}

func chooseRow[F float, E number](dst []F, flags []E, a, b []F, i, j, l int) {
	for k := range dst {
		if flags[k*i] != 0 {
			dst[k] = a[k*j]
		} else {
			dst[k] = b[k*l]
		}
	}
}

func (choose) diff(s *Scope, in G.Nodes, _, grad *G.Node) G.Nodes {
	zero := s.Full(0)
	return G.Nodes{
		nil,
		s.sumTo(s.Select(in[0], grad, zero), in[1].Shape()),
		s.sumTo(s.Select(in[0], zero, grad), in[2].Shape()),
	}
}
