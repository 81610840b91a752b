package main

import (
	"math"
	"runtime"
	"time"

	"github.com/elman-go/elman/internal/kernel"
)

// peak is the fastest matrix product of float32 seen, on one core and on all of them.
type peak struct{ core, all product }

// product is one that was timed.
type product struct{ flops, seconds float64 }

func (p product) rate() float64 { return p.flops / p.seconds }

// measurePeak tries products of a few shapes for about as long as the budget says, each at least three
// times. It takes the best and not the median: a peak is what nothing disturbed.
func measurePeak(budget time.Duration, cores int) peak {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	shapes := [][3]int{{384, 384, 384}, {240, 1024, 256}, {1600, 512, 128}}
	share := budget / time.Duration(3*len(shapes))
	var p peak
	for _, s := range shapes {
		m, n, k := s[0], s[1], s[2]
		runtime.GOMAXPROCS(1)
		p.core = faster(p.core, fastest(share, m, n, k, general(m, n, k)))
		p.core = faster(p.core, fastest(share, m, n, k, packed(m, n, k)))
		runtime.GOMAXPROCS(cores)
		p.all = faster(p.all, fastest(share, m, n, k, general(m, n, k)))
	}
	if cores == 1 {
		p.all = p.core
	}
	return p
}

// general is kernel.Gemm, on all threads.
func general(m, n, k int) func() {
	a, b, c := ones(m*k), ones(k*n), ones(m*n)
	return func() { kernel.Gemm(0, kernel.View[float32]{}, false, false, m, n, k, a, k, b, n, c, n) }
}

// packed is kernel.GemmPacked, on one.
func packed(m, n, k int) func() {
	a, b, c := ones(m*k), ones(k*n), ones(m*n)
	var p kernel.Packed[float32]
	p.Pack(0, false, k, n, b, n)
	return func() { kernel.GemmPacked(kernel.View[float32]{}, m, a, k, &p, c, n) }
}

func fastest(budget time.Duration, m, n, k int, multiply func()) product {
	best := math.Inf(1)
	for i, start := 0, time.Now(); i < 3 || time.Since(start) < budget; i++ {
		began := time.Now()
		multiply()
		best = min(best, time.Since(began).Seconds())
	}
	return product{2 * float64(m) * float64(n) * float64(k), best}
}

func faster(a, b product) product {
	if a.seconds == 0 || b.rate() > a.rate() {
		return b
	}
	return a
}

func ones(n int) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = 1
	}
	return values
}
