package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// A problem is a product with its operands, as they lie in memory without gaps.
type problem[F Float] struct {
	start
	transA, transB bool
	m, n, k        int
	a, b, c        []F
}

// start says what a product is added to.
type start int

const (
	toNothing start = iota
	toItself
	toRow // the first of c, everywhere
	starts
)

func (s start) String() string { return [starts]string{"", "to itself ", "to a row "}[s] }

// forms are all ways to lay out a product of a size.
func forms[F Float](r *rand.Rand, m, n, k int, f func(problem[F])) {
	for form := range 4 * starts {
		f(newProblem[F](r, form/4, form&1 != 0, form&2 != 0, m, n, k))
	}
}

func newProblem[F Float](r *rand.Rand, from start, transA, transB bool, m, n, k int) problem[F] {
	return problem[F]{from, transA, transB, m, n, k, random[F](r, m*k), random[F](r, k*n), random[F](r, m*n)}
}

// from is what the product is added to, where c is of the rows from row on.
func (p problem[F]) from(c field[F], row int) View[F] {
	switch {
	case p.start == toItself:
		return View[F]{c.Data[row*c.Stride:], c.Stride}
	case p.start == toRow:
		return View[F]{p.c[:min(p.n, len(p.c))], 0}
	}
	return View[F]{}
}

func (p problem[F]) String() string {
	return fmt.Sprintf("%d×%d×%d %vtransA %v transB %v", p.m, p.n, p.k, p.start, p.transA, p.transB)
}

// fences puts the operands amid NaNs, their rows pad further apart.
func (p problem[F]) fences(pad int) (a, b, c field[F]) {
	a, b, c = fence(p.m, p.k, pad, p.a), fence(p.k, p.n, pad, p.b), fence(p.m, p.n, pad, p.c)
	if p.transA {
		a = fence(p.k, p.m, pad, p.a)
	}
	if p.transB {
		b = fence(p.n, p.k, pad, p.b)
	}
	return a, b, c
}

// want is the product in float64, and how far one in F may be off.
func (p problem[F]) want() (values, bounds []float64) {
	a, b := matrix[F]{p.a, p.k, p.transA}, matrix[F]{p.b, p.n, p.transB}
	if p.transA {
		a.ld = p.m
	}
	if p.transB {
		b.ld = p.k
	}
	unit := 1.2e-7
	if _, ok := any(p.c).([]float64); ok {
		unit = 2.3e-16
	}
	for i := range p.m {
		for j := range p.n {
			var sum, size float64
			switch p.start {
			case toItself:
				sum = float64(p.c[i*p.n+j])
			case toRow:
				sum = float64(p.c[j])
			}
			size = math.Abs(sum)
			for q := range p.k {
				x := float64(a.data[a.at(i, q)]) * float64(b.data[b.at(q, j)])
				sum += x
				size += math.Abs(x)
			}
			values, bounds = append(values, sum), append(bounds, unit*float64(p.k+2)*size)
		}
	}
	return values, bounds
}

// A way is one of the functions that compute a product, nil where it cannot.
type way[F Float] struct {
	name string
	run  func(p problem[F], a, b, c field[F])
}

func ways[F Float]() []way[F] {
	return []way[F]{
		{"Gemm", func(p problem[F], a, b, c field[F]) {
			Gemm(0, p.from(c, 0), p.transA, p.transB, p.m, p.n, p.k, a.Data, a.Stride, b.Data, b.Stride, c.Data, c.Stride)
		}},
		{"GemmPacked", func(p problem[F], a, b, c field[F]) {
			var packed Packed[F]
			packed.Pack(0, p.transB, p.k, p.n, b.Data, b.Stride)
			GemmPacked(p.from(c, 0), p.m, a.Data, a.Stride, &packed, c.Data, c.Stride)
		}},
		{"GemmPacked row by row", func(p problem[F], a, b, c field[F]) {
			var packed Packed[F]
			packed.Pack(0, p.transB, p.k, p.n, b.Data, b.Stride)
			for i := 0; i < p.m; {
				rows := min(1+i%5, p.m-i)
				GemmPacked(p.from(c, i), rows, a.Data[i*a.Stride:], a.Stride, &packed, c.Data[i*c.Stride:], c.Stride)
				i += rows
			}
		}},
		{"GemmDirect", func(p problem[F], a, b, c field[F]) {
			GemmDirect(p.from(c, 0), p.transB, p.m, p.n, p.k, a.Data, a.Stride, b.Data, b.Stride, c.Data, c.Stride)
		}},
	}
}

// check compares all ways with the reference, and with each other bit for bit.
func (p problem[F]) check(t *testing.T, pad int) {
	t.Helper()
	want, bounds := p.want()
	var first []F
	for _, w := range ways[F]() {
		if p.transA && w.name != "Gemm" {
			continue
		}
		a, b, c := p.fences(pad)
		w.run(p, a, b, c)
		got := c.take(t)
		for i, v := range got {
			if !(math.Abs(float64(v)-want[i]) <= bounds[i]) {
				t.Fatalf("%s of %v, pad %d: element %d is %v, want %v", w.name, p, pad, i, v, want[i])
			}
		}
		if first == nil {
			first = got
		}
		if i := firstDifference(first, got); i >= 0 {
			t.Fatalf("%s of %v, pad %d: element %d is %v, by Gemm %v", w.name, p, pad, i, got[i], first[i])
		}
	}
}

func testGemm[F Float](t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	check := func(m, n, k, pad int) {
		forms(r, m, n, k, func(p problem[F]) { p.check(t, pad) })
	}
	step := 1
	if testing.Short() {
		step = 4
	}
	for size := 0; size < 40; size += step { // each size of each side once, with random others
		check(size+1, 1+r.IntN(40), 1+r.IntN(20), r.IntN(3))
		check(1+r.IntN(14), size+1, 1+r.IntN(20), r.IntN(3))
		check(1+r.IntN(14), 1+r.IntN(40), size+1, r.IntN(3))
	}
	for m := range 4 { // few rows have kernels of many columns
		for _, n := range []int{63, 64, 65, 127, 128, 129, 160, 300} {
			check(m+1, n, 7, 1)
		}
	}
	big := [][3]int{{37, 67, 521}, {25, 301, 33}, {131, 41, 97}, {14, 35, 1030}}
	if testing.Short() {
		big = big[:1]
	}
	for _, s := range big {
		check(s[0], s[1], s[2], 3)
	}
	newProblem[F](r, toNothing, false, false, 30, 100, 512).check(t, 0) // rows that collide
	newProblem[F](r, toItself, false, true, 5, 300, 512).check(t, 0)
}

func TestGemm(t *testing.T) {
	paths(t, testGemm[float32])
	t.Run("float64", testGemm[float64])
}

// TestGemmEmpty has nothing to add up, or nowhere to put it.
func TestGemmEmpty(t *testing.T) {
	paths(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, s := range [][3]int{{2, 3, 0}, {0, 3, 2}, {2, 0, 3}, {0, 0, 0}} {
			forms(r, s[0], s[1], s[2], func(p problem[float32]) { p.check(t, 0) })
		}
	})
}

func TestGemmShortSlices(t *testing.T) {
	paths(t, func(t *testing.T) {
		for short := range 3 {
			s := [3][]float32{make([]float32, 20*30), make([]float32, 30*40), make([]float32, 20*40)}
			s[short] = slices.Clip(s[short][:len(s[short])-1])
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("operand %d lacks an element, without a panic", short)
					}
				}()
				Gemm(0, View[float32]{}, false, false, 20, 40, 30, s[0], 30, s[1], 40, s[2], 40)
			}()
		}
	})
}

// TestGemmThreads has the same bits on one thread and on more, of products that are cut.
func TestGemmThreads(t *testing.T) {
	paths(t, func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
		defer Eager()()
		r := rand.New(rand.NewPCG(3, 4))
		for _, s := range [][3]int{{130, 140, 70}, {3, 700, 90}, {301, 33, 600}} {
			forms(r, s[0], s[1], s[2], func(p problem[float32]) {
				var first []float32
				for _, threads := range []int{1, 2, 5} {
					runtime.GOMAXPROCS(threads)
					a, b, c := p.fences(1)
					ways[float32]()[0].run(p, a, b, c)
					got := c.take(t)
					if first == nil {
						first = got
					}
					if i := firstDifference(first, got); i >= 0 {
						t.Fatalf("%v: element %d is %v on %d threads, %v on one", p, i, got[i], threads, first[i])
					}
				}
			})
		}
	})
}

func TestPackReusesMemory(t *testing.T) {
	paths(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 6))
		var packed Packed[float32]
		for _, s := range [][3]int{{3, 65, 40}, {3, 33, 7}, {3, 50, 50}, {3, 70, 45}} { // smaller, then larger
			p := newProblem[float32](r, toNothing, false, false, s[0], s[1], s[2])
			a, b, c := p.fences(0)
			packed.Pack(0, false, p.k, p.n, b.Data, b.Stride)
			GemmPacked(View[float32]{}, p.m, a.Data, a.Stride, &packed, c.Data, c.Stride)
			_, _, direct := p.fences(0)
			GemmDirect(View[float32]{}, false, p.m, p.n, p.k, a.Data, a.Stride, b.Data, b.Stride, direct.Data, direct.Stride)
			if i := firstDifference(c.take(t), direct.take(t)); i >= 0 {
				t.Fatalf("%v differs at %d", p, i)
			}
		}
		x := random[float32](r, 64*64)
		packed.Pack(0, false, 64, 64, x, 64)
		if n := testing.AllocsPerRun(10, func() { packed.Pack(0, true, 64, 64, x, 64) }); n > 1 {
			t.Errorf("%v allocations to pack again", n)
		}
	})
}

func TestGemmAllocations(t *testing.T) {
	paths(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 8))
		p := newProblem[float32](r, toNothing, false, false, 5, 150, 40)
		var packed Packed[float32]
		packed.Pack(0, false, p.k, p.n, p.b, p.n)
		for _, f := range []struct {
			name string
			call func()
		}{
			{"GemmPacked", func() { GemmPacked(View[float32]{}, p.m, p.a, p.k, &packed, p.c, p.n) }},
			{"GemmDirect", func() { GemmDirect(View[float32]{}, false, p.m, p.n, p.k, p.a, p.k, p.b, p.n, p.c, p.n) }},
			{"GemmDirect of one row", func() { GemmDirect(View[float32]{}, false, 1, p.n, p.k, p.a, p.k, p.b, p.n, p.c, p.n) }},
			{"Gemm, small", func() { Gemm(0, View[float32]{}, false, false, p.m, p.n, p.k, p.a, p.k, p.b, p.n, p.c, p.n) }},
		} {
			if n := testing.AllocsPerRun(100, f.call); n > 0 {
				t.Errorf("%s: %v allocations", f.name, n)
			}
		}
	})
}

func FuzzGemm(f *testing.F) {
	f.Add(uint64(1), uint8(7), uint8(5), uint8(40), uint8(9), uint8(2))
	f.Fuzz(func(t *testing.T, seed uint64, form, m, n, k, pad uint8) {
		r := rand.New(rand.NewPCG(seed, 0))
		p := newProblem[float32](r, start(form>>2)%starts, form&1 != 0, form&2 != 0, int(m), int(n), int(k))
		for _, path := range available() {
			on(path, func() { p.check(t, int(pad)) })
		}
	})
}
