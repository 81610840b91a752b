package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// paths runs a test on every path that the processor has.
func paths(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	before := active
	defer func() { active = before }()
	for _, p := range available() {
		t.Run(string(p), func(t *testing.T) {
			active = p
			f(t)
		})
	}
}

func random(r *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(r.NormFloat64())
	}
	return s
}

func TestGemm(t *testing.T) {
	paths(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 1))
		for range 300 {
			m, n, k := 1+r.IntN(40), 1+r.IntN(70), 1+r.IntN(40)
			if r.IntN(20) == 0 {
				m, n, k = 1+r.IntN(100), 1+r.IntN(1100), 1+r.IntN(600)
			}
			ta, tb, acc := r.IntN(2) == 0, r.IntN(2) == 0, r.IntN(2) == 0
			ra, ca, rb, cb := m, k, k, n
			if ta {
				ra, ca = k, m
			}
			if tb {
				rb, cb = n, k
			}
			lda, ldb, ldc := ca+r.IntN(3), cb+r.IntN(3), n+r.IntN(3)
			a, b := random(r, ra*lda), random(r, rb*ldb)
			c := random(r, m*ldc)
			want := make([]float32, len(c))
			copy(want, c)
			for i := range m {
				for j := range n {
					var s float64
					if acc {
						s = float64(c[i*ldc+j])
					}
					for p := range k {
						x := matrix[float32]{a, lda, ta}
						y := matrix[float32]{b, ldb, tb}
						s += float64(a[x.at(i, p)]) * float64(b[y.at(p, j)])
					}
					want[i*ldc+j] = float32(s)
				}
			}
			got := append([]float32(nil), c...)
			Gemm(acc, ta, tb, m, n, k, a, lda, b, ldb, got, ldc)
			for i := range got {
				if math.Abs(float64(got[i]-want[i])) > 1e-6*float64(k+10) || i%ldc >= n && got[i] != c[i] {
					t.Fatalf("gemm %v %v %v m=%d n=%d k=%d at %d: got %v want %v", acc, ta, tb, m, n, k, i, got[i], want[i])
				}
			}
			if ta {
				continue
			}
			var p Packed[float32]
			p.Pack(tb, k, n, b, ldb)
			for _, f := range []func(c []float32){
				func(c []float32) { GemmPacked(acc, m, a, lda, &p, c, ldc) },
				func(c []float32) {
					cut := r.IntN(m + 1)
					GemmPacked(acc, cut, a, lda, &p, c, ldc)
					if cut < m {
						GemmPacked(acc, m-cut, a[cut*lda:], lda, &p, c[cut*ldc:], ldc)
					}
				},
				func(c []float32) { GemmDirect(acc, tb, m, n, k, a, lda, b, ldb, c, ldc) },
			} {
				other := append([]float32(nil), c...)
				f(other)
				for i := range got {
					if got[i] != other[i] {
						t.Fatalf("other bits: %v %v m=%d n=%d k=%d at %d: %v, %v", acc, tb, m, n, k, i, got[i], other[i])
					}
				}
			}
		}
	})
}

func ulps(got float32, want float64) float64 {
	w := float32(want)
	if got == w || math.IsNaN(want) && got != got {
		return 0
	}
	if math.IsInf(want, 0) || math.IsInf(float64(w), 0) {
		if math.IsInf(float64(got), 0) && (got > 0) == (want > 0) {
			return 0
		}
		return math.Inf(1)
	}
	next := math.Nextafter32(float32(math.Abs(float64(w))), float32(math.Inf(1)))
	unit := float64(next) - math.Abs(float64(w))
	return math.Abs(float64(got)-want) / unit
}

func TestUlps(t *testing.T) {
	functions := []struct {
		name string
		op   Op
		f    func(float64) float64
	}{{"exp", Exp, math.Exp}, {"sigmoid", Sigmoid, logistic}, {"tanh", Tanh, math.Tanh}}
	paths(t, func(t *testing.T) {
		for _, f := range functions {
			worst, at := 0., float32(0)
			const n = 1 << 16
			x, y := make([]float32, n), make([]float32, n)
			step := uint32(1 << 12)
			if testing.Short() {
				step = 1 << 15
			}
			pattern := uint32(0)
			for done := false; !done; {
				for i := range x {
					x[i] = math.Float32frombits(pattern)
					if pattern+step < pattern {
						done = true
					}
					pattern += step - 1
				}
				Map(f.op, 0, 1, n, View[float32]{Data: y}, View[float32]{Data: x}, View[float32]{}, View[float32]{})
				for i, v := range x {
					if u := ulps(y[i], f.f(float64(v))); u > worst || u != u {
						worst, at = u, v
					}
				}
			}
			t.Logf("%s: %.3f ulp at %v", f.name, worst, at)
			if !(worst < 4) {
				t.Errorf("%s: %v ulp at %v", f.name, worst, at)
			}
		}
	})
}

var shapes = []struct {
	name    string
	ta, tb  bool
	m, n, k int
}{
	{"1600x512x128", false, false, 1600, 512, 128},
	{"1600x128x512 NT", false, true, 1600, 128, 512},
	{"128x512x1600 TN", true, false, 128, 512, 1600},
	{"700x10000x200", false, false, 700, 10000, 200},
	{"700x200x10000 NT", false, true, 700, 200, 10000},
	{"200x10000x700 TN", true, false, 200, 10000, 700},
	{"6400x2048x512", false, false, 6400, 2048, 512},
	{"6400x512x2048 NT", false, true, 6400, 512, 2048},
	{"512x2048x6400 TN", true, false, 512, 2048, 6400},
}

func BenchmarkGemm(b *testing.B) {
	for _, s := range shapes {
		b.Run(s.name, func(b *testing.B) {
			x, y, z := make([]float32, s.m*s.k), make([]float32, s.n*s.k), make([]float32, s.m*s.n)
			lda, ldb := s.k, s.n
			if s.ta {
				lda = s.m
			}
			if s.tb {
				ldb = s.k
			}
			for b.Loop() {
				Gemm(false, s.ta, s.tb, s.m, s.n, s.k, x, lda, y, ldb, z, s.n)
			}
			b.ReportMetric(2*float64(s.m*s.n*s.k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

func BenchmarkGemmPacked(b *testing.B) {
	for _, s := range []struct{ m, n, k int }{{1, 1024, 256}, {16, 512, 128}, {32, 512, 128}, {16, 1024, 256}, {32, 2048, 512}, {16, 128, 512}} {
		b.Run(shapeName(s.m, s.n, s.k), func(b *testing.B) {
			x, y, z := make([]float32, s.m*s.k), make([]float32, s.n*s.k), make([]float32, s.m*s.n)
			var p Packed[float32]
			p.Pack(false, s.k, s.n, y, s.n)
			for b.Loop() {
				GemmPacked(false, s.m, x, s.k, &p, z, s.n)
			}
			b.ReportMetric(2*float64(s.m*s.n*s.k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

func BenchmarkGemmDirect(b *testing.B) {
	const m, n, k = 1, 1024, 256
	x, y, z := make([]float32, m*k), make([]float32, n*k), make([]float32, m*n)
	for b.Loop() {
		GemmDirect(false, false, m, n, k, x, k, y, n, z, n)
	}
	b.ReportMetric(2*float64(m*n*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

func BenchmarkMap(b *testing.B) {
	const rows, cols = 16, 128
	x, y := make([]float32, rows*cols), make([]float32, rows*cols)
	for name, op := range map[string]Op{"exp": Exp, "sigmoid": Sigmoid, "tanh": Tanh, "add": Add, "muladd": MulAdd} {
		b.Run(name, func(b *testing.B) {
			v := View[float32]{Data: x, Stride: cols}
			for b.Loop() {
				Map(op, 0, rows, cols, View[float32]{Data: y, Stride: cols}, v, v, v)
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/(rows*cols), "ns/element")
		})
	}
}

func shapeName(m, n, k int) string { return fmt.Sprintf("%dx%dx%d", m, n, k) }
