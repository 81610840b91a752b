package graph

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
)

// Every form of the product is gonum's, up to rounding.
func TestProducts(t *testing.T) {
	const m, n, k = 5, 7, 6
	r := rand.New(rand.NewPCG(1, 2))
	draw := func(size int) []float32 {
		list := make([]float32, size)
		for i := range list {
			list[i] = float32(r.NormFloat64())
		}
		return list
	}
	for _, tA := range []blas.Transpose{blas.NoTrans, blas.Trans} {
		for _, tB := range []blas.Transpose{blas.NoTrans, blas.Trans} {
			for _, scales := range [][2]float32{{1, 0}, {1, 1}, {2, 0}, {1, 0.5}} {
				const lda, ldb, ldc = 9, 8, 10
				a, b, c := draw(lda*max(m, k)), draw(ldb*max(k, n)), draw(ldc*m)
				want := append([]float32{}, c...)
				gonum.Implementation{}.Sgemm(tA, tB, m, n, k, scales[0], a, lda, b, ldb, scales[1], want, ldc)
				products{}.Sgemm(tA, tB, m, n, k, scales[0], a, lda, b, ldb, scales[1], c, ldc)
				for i, v := range c {
					if math.Abs(float64(v-want[i])) > 1e-5 {
						t.Fatalf("%c%c %v: element %d is %v, want %v", tA, tB, scales, i, v, want[i])
					}
				}
			}
		}
	}
}

// Gorgonia's own product goes to ours and has its bits.
func TestGorgoniaMultipliesWithOurKernel(t *testing.T) {
	const m, n, k = 9, 8, 300
	store := NewStore(3, tensor.Float32)
	session, err := Build(store, func(s *Scope) *G.Node {
		a, b := s.Param("a", Normal(1), m, k), s.Param("b", Normal(1), k, n)
		s.Output("product", s.Reshape(s.Try(G.Mul(a, b)), m, n))
		return nil
	}, Eval())
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if err := session.Run(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	got, err := session.Output("product")
	if err != nil {
		t.Fatal(err)
	}
	a, b := store.Params()[0].Value.Float32s(), store.Params()[1].Value.Float32s()
	want := make([]float32, m*n)
	kernel.Gemm(0, kernel.View[float32]{}, false, false, m, n, k, a, k, b, n, want, n)
	for i, v := range got.(*tensor.Dense).Float32s() {
		if v != want[i] {
			t.Fatalf("element %d is %v, our kernel says %v", i, v, want[i])
		}
	}
	if _, ok := tensor.WhichBLAS().(products); !ok {
		t.Errorf("tensors are multiplied by %T", tensor.WhichBLAS())
	}
}
