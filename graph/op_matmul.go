package graph

import (
	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
)

// MatMul is the matrix product a·b of a [..., I] and b [I, O]: [..., O].
func (s *Scope) MatMul(a, b *G.Node) *G.Node { return s.product(matMul{}, a, b) }

// MatMulT is a·bᵀ of a [..., I] and b [O, I]: [..., O].
func (s *Scope) MatMulT(a, b *G.Node) *G.Node { return s.product(matMul{transB: true}, a, b) }

// Affine is x·w + b of x [..., I], w [I, O] and b [1, O] or [O]: [..., O]. It is AddBias of a MatMul, in
// one pass over the result.
func (s *Scope) Affine(x, w, b *G.Node) *G.Node {
	s.live()
	if s.b.trace != nil { // where every sum of products is one pass
		return s.AddBias(s.MatMul(x, w), b)
	}
	return s.apply(affine{}, x, w, b)
}

// BatchMatMul is a·b of each pair of matrices of a [..., M, K] and b [..., K, N]: [..., M, N]. The
// leading axes agree.
func (s *Scope) BatchMatMul(a, b *G.Node) *G.Node { return s.apply(batchMatMul{}, a, b) }

// BatchMatMulT is a·bᵀ of each pair of matrices of a [..., M, K] and b [..., N, K]: [..., M, N].
func (s *Scope) BatchMatMulT(a, b *G.Node) *G.Node { return s.apply(batchMatMul{transB: true}, a, b) }

// matMul is a product of two matrices. Leading axes count as rows. transA, whose leading axes are
// summed over, is the gradient of a weight.
type matMul struct{ transA, transB bool }

func (m matMul) String() string { return "matmul" + transposed(m.transA, m.transB) }

func transposed(a, b bool) string {
	switch {
	case a && b:
		return " aᵀbᵀ"
	case a:
		return " aᵀb"
	case b:
		return " abᵀ"
	}
	return ""
}

func (m matMul) infer(in []tensor.Shape) (tensor.Shape, error) {
	a, b := in[0], in[1]
	if len(a) < 2 || len(b) < 2 || !m.transA && len(b) > 2 {
		return nil, errors.New("want [..., I] and a matrix; Reshape a vector to [1, I]")
	}
	_, _, k, kb := m.sizes(a, b)
	if k != kb {
		return nil, errors.Errorf("inner sizes %d and %d differ", k, kb)
	}
	if m.transA {
		return tensor.Shape{a[len(a)-1], b[len(b)-1]}, nil
	}
	out := a.Clone()
	out[len(out)-1] = b[1]
	if m.transB {
		out[len(out)-1] = b[0]
	}
	return out, nil
}

// sizes gives rows, columns and inner sizes of the product of the flattened operands.
func (m matMul) sizes(a, b tensor.Shape) (rows, cols, ka, kb int) {
	ra, ca := flat(a)
	rb, cb := flat(b)
	rows, ka, kb, cols = ra, ca, rb, cb
	if m.transA {
		rows, ka = ca, ra
	}
	if m.transB {
		kb, cols = cb, rb
	}
	return rows, cols, ka, kb
}

// flat counts rows and columns where leading axes are rows.
func flat(shape tensor.Shape) (rows, cols int) {
	cols = shape[len(shape)-1]
	return shape.TotalSize() / cols, cols
}

func (m matMul) run32(t threads, dst []float32, in []operand[float32]) error {
	return matMulRun(t, m, dst, in)
}
func (m matMul) run64(t threads, dst []float64, in []operand[float64]) error {
	return matMulRun(t, m, dst, in)
}

func matMulRun[F float](t threads, m matMul, dst []F, in []operand[F]) error {
	rows, cols, k, _ := m.sizes(in[0].shape, in[1].shape)
	gemm(t, kernel.View[F]{}, m.transA, m.transB, rows, cols, k, in[0].data, in[1].data, dst)
	return nil
}

func (m matMul) diff(s *Scope, in G.Nodes, _, grad *G.Node) G.Nodes {
	a, b := in[0], in[1]
	if m.transB {
		return G.Nodes{s.MatMul(grad, b), s.apply(matMul{transA: true}, grad, a)}
	}
	return G.Nodes{s.MatMulT(grad, b), s.apply(matMul{transA: true}, a, grad)}
}

// affine is a product of two matrices, added to a row.
type affine struct{}

func (affine) String() string { return "affine" }

func (affine) infer(in []tensor.Shape) (tensor.Shape, error) {
	out, err := matMul{}.infer(in[:2])
	if err != nil {
		return nil, err
	}
	if n := len(in[2]); n == 0 || in[2].TotalSize() != in[1][1] || in[2][n-1] != in[1][1] {
		return nil, errors.New("want [..., I], [I, O] and [1, O]")
	}
	return out, nil
}

func (affine) run32(t threads, dst []float32, in []operand[float32]) error {
	return affineRun(t, dst, in)
}
func (affine) run64(t threads, dst []float64, in []operand[float64]) error {
	return affineRun(t, dst, in)
}

func affineRun[F float](t threads, dst []F, in []operand[F]) error {
	rows, cols, k, _ := matMul{}.sizes(in[0].shape, in[1].shape)
	gemm(t, kernel.View[F]{Data: in[2].data}, false, false, rows, cols, k, in[0].data, in[1].data, dst)
	return nil
}

func (affine) diff(s *Scope, in G.Nodes, out, grad *G.Node) G.Nodes {
	row := make(tensor.Shape, out.Dims())
	for i := range row {
		row[i] = 1
	}
	row[len(row)-1] = out.Shape()[len(row)-1]
	db := s.sumTo(grad, row)
	if b := in[2].Shape(); !sameShape(row, b) {
		db = s.Reshape(db, b...)
	}
	return append(matMul{}.diff(s, in[:2], out, grad), db)
}

// batchMatMul is a product of each pair of matrices.
type batchMatMul struct{ transA, transB bool }

func (m batchMatMul) String() string { return "batch matmul" + transposed(m.transA, m.transB) }

func (m batchMatMul) infer(in []tensor.Shape) (tensor.Shape, error) {
	a, b := in[0], in[1]
	n := len(a) - 2
	if n < 1 || len(b) != len(a) || !sameShape(a[:n], b[:n]) {
		return nil, errors.New("want [..., M, K] and [..., K, N] with the same leading axes")
	}
	rows, cols, ka, kb := matMul(m).sizes(a[n:], b[n:])
	if ka != kb {
		return nil, errors.Errorf("inner sizes %d and %d differ", ka, kb)
	}
	return append(a[:n].Clone(), rows, cols), nil
}

func (m batchMatMul) run32(t threads, dst []float32, in []operand[float32]) error {
	return batchMatMulRun(t, m, dst, in)
}

func (m batchMatMul) run64(t threads, dst []float64, in []operand[float64]) error {
	return batchMatMulRun(t, m, dst, in)
}

func batchMatMulRun[F float](t threads, m batchMatMul, dst []F, in []operand[F]) error {
	n := len(in[0].shape) - 2
	rows, cols, k, _ := matMul(m).sizes(in[0].shape[n:], in[1].shape[n:])
	for i := range len(dst) / (rows * cols) {
		gemm(t, kernel.View[F]{}, m.transA, m.transB, rows, cols, k, in[0].data[i*rows*k:][:rows*k], in[1].data[i*k*cols:][:k*cols], dst[i*rows*cols:][:rows*cols])
	}
	return nil
}

func (m batchMatMul) diff(s *Scope, in G.Nodes, _, grad *G.Node) G.Nodes {
	a, b := in[0], in[1]
	product := func(transA, transB bool, x, y *G.Node) *G.Node {
		return s.apply(batchMatMul{transA, transB}, x, y)
	}
	var da, db *G.Node
	if m.transA {
		da = product(m.transB, true, b, grad)
	} else {
		da = product(false, !m.transB, grad, b)
	}
	if m.transB {
		db = product(true, m.transA, grad, a)
	} else {
		db = product(!m.transA, false, a, grad)
	}
	return G.Nodes{da, db}
}

// gemm sets c [m, n] to the product of a [m, k] and b [k, n], each laid out the other way round where
// trans says so, added to from.
func gemm[F float](t threads, from kernel.View[F], transA, transB bool, m, n, k int, a, b, c []F) {
	lda, ldb := k, n
	if transA {
		lda = m
	}
	if transB {
		ldb = k
	}
	kernel.Gemm(t, from, transA, transB, m, n, k, a, lda, b, ldb, c, n)
}
