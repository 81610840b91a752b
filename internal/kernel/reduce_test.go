package kernel

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
)

// sizes are all small ones and some at which sums are cut.
func sizes() (n []int) {
	for i := range 130 {
		n = append(n, i+1)
	}
	return append(n, chunk-1, chunk, chunk+33, 1<<15, 3<<15+17)
}

// onThreads has f give the same on any number of threads, however little there is to compute.
func onThreads[T comparable](t *testing.T, f func() T) {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer Eager()()
	want := f()
	for _, n := range []int{2, 3} {
		runtime.GOMAXPROCS(n)
		if got := f(); got != want {
			t.Fatalf("%v on %d threads, %v on one", got, n, want)
		}
	}
}

func TestSumSquares(t *testing.T) {
	paths(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, n := range sizes() {
			f := fence(1, n, 0, random[float32](r, n))
			var want float64
			for _, v := range f.Data {
				want += float64(v) * float64(v)
			}
			if got := SumSquares(0, f.Data); math.Abs(got-want) > 1e-12*want {
				t.Fatalf("of %d: %v, want %v", n, got, want)
			}
			onThreads(t, func() float64 { return SumSquares(0, f.Data) })
		}
		if got := SumSquares(0, []float32(nil)); got != 0 {
			t.Errorf("of none: %v", got)
		}
		huge := make([]float32, 70) // their squares are beyond a float32
		for i := range huge {
			huge[i] = 1e30
		}
		if got := SumSquares(0, huge); !(math.Abs(got-70e60) < 1e55) {
			t.Errorf("of huge numbers: %v", got)
		}
	})
}

func TestSumColumns(t *testing.T) {
	paths(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		check := func(rows, cols int) {
			t.Helper()
			x, start := fence(rows, cols, cols%3, random[float32](r, rows*cols)), random[float32](r, cols)
			// In float32 from the first row to the last, as the portable form does.
			want := append([]float32(nil), start...)
			for i := range rows {
				for j, v := range x.Row(i, cols) {
					want[j] += v
				}
			}
			onThreads(t, func() int {
				dst := fence(1, cols, 0, start)
				SumColumns(0, rows, cols, dst.Data, x.View)
				return firstDifference(dst.take(t), want)
			})
			dst := fence(1, cols, 0, start)
			SumColumns(0, rows, cols, dst.Data, x.View)
			if i := firstDifference(dst.take(t), want); i >= 0 {
				t.Fatalf("%d×%d differs at %d", rows, cols, i)
			}
		}
		for cols := range 140 {
			check(cols%4, cols+1)
		}
		check(300, 500)
		check(5000, 7)
	})
}

func TestLogSumExp(t *testing.T) {
	inf := float32(math.Inf(1))
	paths(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 6))
		for _, n := range sizes() {
			f := fence(1, n, 0, random[float32](r, n))
			for i := range f.Data {
				f.Data[i] = 20*f.Data[i] - 300 // e^-300 is 0 in float32
			}
			wide := make([]float64, n)
			for i, v := range f.Data {
				wide[i] = float64(v)
			}
			if got, want := LogSumExp(f.Data), LogSumExp(wide); !(math.Abs(got-want) <= 1e-6) {
				t.Fatalf("of %d: %v, want %v", n, got, want)
			}
			// The greatest alone, wherever it is.
			i := r.IntN(n)
			for j := range f.Data {
				f.Data[j] = -inf
			}
			f.Data[i] = -3
			if got := LogSumExp(f.Data); got != -3 {
				t.Fatalf("of -3 among %d times -Inf: %v", n-1, got)
			}
			f.Data[i] = nan[float32]()
			if got := LogSumExp(f.Data); got == got {
				t.Fatalf("of NaN among %d: %v", n-1, got)
			}
		}
		same := make([]float32, 50000) // rounded all in one direction
		for i := range same {
			same[i] = 0.1
		}
		if got, want := LogSumExp(same), float64(same[0])+math.Log(50000); math.Abs(got-want) > 1e-6 {
			t.Errorf("of equals: %v, want %v", got, want)
		}
		for _, x := range [][]float32{{-inf}, {-inf, -inf, -inf}, {1, inf, 2}, {nan[float32](), inf}} {
			var want float64
			on(portable, func() { want = LogSumExp(x) })
			if got := LogSumExp(x); !sameBits(got, want) {
				t.Errorf("of %v: %v, want %v", x, got, want)
			}
		}
	})
}

func TestExpShift(t *testing.T) {
	paths(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 8))
		for n := range 70 {
			x := fence(1, n, 0, random[float32](r, n))
			if n > 3 {
				x.Data[n/2] = float32(math.Inf(-1))
				x.Data[n/3] = nan[float32]()
			}
			out := fence(1, n, 0, make([]float32, n))
			ExpShift(out.Data, x.Data, 0.5, 3)
			for i, got := range out.take(t) {
				if want := 3 * math.Exp(float64(x.Data[i]-0.5)); ulpsOff(got, want) > 4 {
					t.Fatalf("element %d of %d, of %v: %v, want %v", i, n, x.Data[i], got, want)
				}
			}
			ExpShift(x.Data, x.Data, 0.5, 3)
			if i := firstDifference(x.Data, out.Data); i >= 0 {
				t.Fatalf("in place, %d of %d differs", i, n)
			}
		}
	})
}
