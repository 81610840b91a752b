package kernel

import (
	"math/rand/v2"
	"testing"
)

func TestAddToScaleAll(t *testing.T) {
	paths(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, n := range append(sizes(), 0) {
			a, b := random[float32](r, n), random[float32](r, n)
			sum, scaled := make([]float32, n), make([]float32, n)
			for i := range a {
				sum[i], scaled[i] = a[i]+b[i], a[i]*3
			}
			onThreads(t, func() int {
				x := fence(1, n, 0, a)
				AddTo(0, x.Data, fence(1, n, 0, b).Data)
				return firstDifference(x.take(t), sum)
			})
			x := fence(1, n, 0, a)
			AddTo(0, x.Data, b)
			if i := firstDifference(x.take(t), sum); i >= 0 {
				t.Fatalf("sum %d of %d differs", i, n)
			}
			x = fence(1, n, 0, a)
			ScaleAll(0, x.Data, 3)
			if i := firstDifference(x.take(t), scaled); i >= 0 {
				t.Fatalf("product %d of %d differs", i, n)
			}
		}
	})
}
