package graph

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/internal/kernel"
)

func init() { G.Use(products{}) }

// products gives Gorgonia's own matrix products our kernel.
type products struct{ gonum.Implementation }

func (p products) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if alpha != 1 || beta != 0 && beta != 1 {
		p.Implementation.Sgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	var from kernel.View[float32]
	if beta == 1 {
		from = kernel.View[float32]{Data: c, Stride: ldc}
	}
	kernel.Gemm(0, from, tA != blas.NoTrans, tB != blas.NoTrans, m, n, k, a, lda, b, ldb, c, ldc)
}
