package graph

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
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

func (b binary) run32(dst []float32, in []operand[float32]) error { return binaryRun(b, dst, in) }
func (b binary) run64(dst []float64, in []operand[float64]) error { return binaryRun(b, dst, in) }

func binaryRun[F float](op binary, dst []F, in []operand[F]) error {
	out, err := broadcastShape([]tensor.Shape{in[0].shape, in[1].shape})
	if err != nil {
		return err
	}
	strided(out, []tensor.Shape{out, in[0].shape, in[1].shape}, func(n int, at, step []int) {
		y, a, b, i, j := dst[at[0]:at[0]+n], in[0].data[at[1]:], in[1].data[at[2]:], step[1], step[2]
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
	})
	return nil
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

func (choose) run32(dst []float32, in []operand[float32]) error { return chooseRun(dst, in) }
func (choose) run64(dst []float64, in []operand[float64]) error { return chooseRun(dst, in) }

func chooseRun[F float](dst []F, in []operand[F]) error {
	shapes := []tensor.Shape{in[0].shape, in[1].shape, in[2].shape}
	out, err := broadcastShape(shapes)
	if err != nil {
		return err
	}
	strided(out, append([]tensor.Shape{out}, shapes...), func(n int, at, step []int) {
		a, b := in[1].data[at[2]:], in[2].data[at[3]:]
		for k := range n {
			where := at[1] + k*step[1]
			if in[0].index != nil && in[0].index[where] != 0 || in[0].data != nil && in[0].data[where] != 0 {
				dst[at[0]+k] = a[k*step[2]]
			} else {
				dst[at[0]+k] = b[k*step[3]]
			}
		}
	})
	return nil
}

func (choose) diff(s *Scope, in G.Nodes, _, grad *G.Node) G.Nodes {
	zero := s.Full(0)
	return G.Nodes{
		nil,
		s.sumTo(s.Select(in[0], grad, zero), in[1].Shape()),
		s.sumTo(s.Select(in[0], zero, grad), in[2].Shape()),
	}
}
