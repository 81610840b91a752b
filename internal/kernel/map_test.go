package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// operands is how many of a, b and c an operation reads.
func (op Op) operands() int {
	switch {
	case op == Fill:
		return 0
	case op < Add:
		return 1
	case op < MulAdd:
		return 2
	}
	return 3
}

// tolerance is how many units in the last place a path may differ from the portable form: none where
// each number is rounded once in both.
func (op Op) tolerance() float64 {
	switch op {
	case Exp, Sigmoid, Tanh:
		return 4
	case GELU:
		return 5
	case TanhGrad, MulAdd, GELUGrad: // fused, or a difference
		return math.Inf(1)
	}
	return 0
}

func mapNames() (ops []Op) {
	for op := Copy; op <= MulAdd; op++ {
		ops = append(ops, op)
	}
	return ops
}

// near says whether got is want but for some units in the last place of a float32.
func near(got, want float32, ulps float64) bool {
	return sameBits(got, want) || ulpsOff(got, float64(want)) <= ulps
}

// fused is the portable form of what the paths fuse, rounded once where they do.
func fused(op Op, a, b, c float32) (want, bound float64) {
	x, y, z := float64(a), float64(b), float64(c)
	switch op {
	case MulAdd:
		return x*y + z, 1e-7 * math.Abs(x*y+z)
	case GELUGrad:
		return y * geluSlope(x), math.Abs(y) * slopeBound(x)
	}
	return y * (1 - x*x), 2e-7 * math.Abs(y*(1-x*x))
}

// slopeBound is 4 units in the last place of the greater of the two terms of geluSlope, whose difference is 0
// at -0.75.
func slopeBound(x float64) float64 {
	p := normalCDF(x)
	return 4.0 / (1 << 23) * max(p, math.Abs(geluSlope(x)-p))
}

func checkMap(t *testing.T, op Op, k float32, rows, cols, pad int, x [3][]float32) {
	t.Helper()
	var in [3]field[float32]
	var v [3]View[float32]
	for i := range op.operands() {
		in[i] = fence(rows, cols, pad+i, x[i])
		v[i] = in[i].View
	}
	want := fence(rows, cols, 0, make([]float32, rows*cols))
	on(portable, func() { Map(op, k, rows, cols, want.View, v[0], v[1], v[2]) })
	wants := want.take(t)
	check := func(form string, got []float32) {
		t.Helper()
		for i := range got {
			ok := near(got[i], wants[i], op.tolerance())
			if op.tolerance() > 5 && !sameBits(got[i], wants[i]) {
				w, bound := fused(op, x[0][i], x[1][i], at3(x[2], i))
				ok = active == portable || math.Abs(float64(got[i])-w) <= bound+1e-45
			}
			if !ok {
				t.Fatalf("op %d of %d×%d, pad %d, %s: element %d of %v %v %v k=%v is %v, want %v", op, rows, cols, pad, form, i,
					at3(x[0], i), at3(x[1], i), at3(x[2], i), k, got[i], wants[i])
			}
		}
	}
	out := fence(rows, cols, pad, make([]float32, rows*cols))
	Map(op, k, rows, cols, out.View, v[0], v[1], v[2])
	check("apart", out.take(t))
	for i := range op.operands() {
		in[i].take(t)
		own := fence(rows, cols, pad+i, x[i])
		w := v
		w[i] = own.View
		Map(op, k, rows, cols, own.View, w[0], w[1], w[2])
		check(fmt.Sprintf("in place of operand %d", i), own.take(t))
	}
}

func at3(s []float32, i int) float32 {
	if s == nil {
		return 0
	}
	return s[i]
}

func TestMap(t *testing.T) {
	paths(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, op := range mapNames() {
			for cols := range 70 {
				rows := 1 + cols%3
				n := rows * (cols + 1)
				checkMap(t, op, float32(r.NormFloat64()), rows, cols+1, r.IntN(4), [3][]float32{random[float32](r, n), random[float32](r, n), random[float32](r, n)})
			}
		}
	})
}

// specials are numbers at which functions like to go wrong.
var specials = []float32{
	0, float32(math.Copysign(0, -1)), 1, -1, 0.5, -2, 1e-45, -1e-45, 1e-38, -1e-38, math.MaxFloat32, -math.MaxFloat32, 88.7, -88.7, 89, -104, -87.4,
	float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()),
}

// TestMapSpecials pairs all special numbers.
func TestMapSpecials(t *testing.T) {
	paths(t, func(t *testing.T) {
		var x [3][]float32
		for _, a := range specials {
			for _, b := range specials {
				x[0], x[1] = append(x[0], a), append(x[1], b)
				x[2] = append(x[2], 0)
			}
		}
		for _, op := range mapNames() {
			if op != TanhGrad && op != MulAdd && op != GELUGrad {
				checkMap(t, op, 0.5, 1, len(x[0]), 0, x)
			}
		}
	})
}

// TestMapBroadcast repeats one row of an operand.
func TestMapBroadcast(t *testing.T) {
	paths(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		for _, cols := range []int{1, 7, 16, 37} {
			row, a := random[float32](r, cols), random[float32](r, 3*cols)
			want := make([]float32, 3*cols)
			for i := range want {
				want[i] = a[i] - row[i%cols]
			}
			out := fence(3, cols, 2, make([]float32, 3*cols))
			Map(Sub, 0, 3, cols, out.View, View[float32]{a, cols}, fence(1, cols, 0, row).repeated(), View[float32]{})
			if i := firstDifference(out.take(t), want); i >= 0 {
				t.Fatalf("%d columns differ at %d", cols, i)
			}
		}
	})
}

func (f field[F]) repeated() View[F] { return View[F]{Data: f.Data} }

func TestMapEmpty(t *testing.T) {
	paths(t, func(t *testing.T) {
		Map(Add, 0, 0, 5, View[float32]{}, View[float32]{}, View[float32]{}, View[float32]{})
		Map(Add, 0, 5, 0, View[float32]{}, View[float32]{}, View[float32]{}, View[float32]{})
	})
}

func TestMapShortSlices(t *testing.T) {
	paths(t, func(t *testing.T) {
		for short := range 3 {
			var v [3]View[float32]
			for i := range v {
				v[i] = View[float32]{make([]float32, 40), 20}
			}
			v[short].Data = slices.Clip(v[short].Data[:39])
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("view %d lacks an element, without a panic", short)
					}
				}()
				Map(Add, 0, 2, 20, v[0], v[1], v[2], View[float32]{})
			}()
		}
	})
}

func TestMapAllocations(t *testing.T) {
	paths(t, func(t *testing.T) {
		v := View[float32]{make([]float32, 200), 20}
		if n := testing.AllocsPerRun(100, func() { Map(MulAdd, 0, 10, 20, v, v, v, v) }); n > 0 {
			t.Errorf("%v allocations", n)
		}
	})
}

// curves are the functions that are approximated.
var curves = []struct {
	name string
	op   Op
	f    func(float64) float64
}{{"exp", Exp, math.Exp}, {"sigmoid", Sigmoid, logistic}, {"tanh", Tanh, math.Tanh}, {"gelu", GELU, gelu}}

// ulpsOff is the distance in units in the last place that want has as a float32.
func ulpsOff(got float32, want float64) float64 {
	w := float32(want)
	switch {
	case math.IsNaN(want):
		if got != got {
			return 0
		}
		return math.Inf(1)
	case math.IsInf(float64(w), 0):
		if got == w {
			return 0
		}
		w = math.Nextafter32(w, 0)
		want = float64(w) // one beyond the greatest counts as the greatest
	}
	if want == 0 {
		if sameBits(got, w) {
			return 0
		}
		return math.Abs(float64(got)) / math.SmallestNonzeroFloat32
	}
	w = float32(math.Abs(float64(w)))
	unit := float64(math.Nextafter32(w, float32(math.Inf(1)))) - float64(w)
	return math.Abs(float64(got)-want) / unit
}

// everywhere are the patterns of all float32s, in steps, and those round all powers of two.
func everywhere() (x []float32) {
	step := 4093
	if testing.Short() {
		step *= 16
	}
	for p := 0; p < 1<<32; p += step {
		x = append(x, math.Float32frombits(uint32(p)))
	}
	for exponent := range 256 {
		for near := -8; near <= 8; near++ {
			for sign := range 2 {
				x = append(x, math.Float32frombits(uint32(sign)<<31|uint32(max(0, exponent<<23+near))))
			}
		}
	}
	for v := float32(-20); v < 20; v += 1. / 1024 { // where most is going on
		x = append(x, v)
	}
	return append(x, specials...)
}

func TestCurves(t *testing.T) {
	x := everywhere()
	y := make([]float32, len(x))
	paths(t, func(t *testing.T) {
		for _, c := range curves {
			Map(c.op, 0, 1, len(x), View[float32]{Data: y}, View[float32]{Data: x}, View[float32]{}, View[float32]{})
			var worst float64
			var at float32
			for i, v := range x {
				if off := ulpsOff(y[i], c.f(float64(v))); off > worst {
					worst, at = off, v
				}
			}
			t.Logf("%s: %.2f ulp at %v", c.name, worst, at)
			if worst >= c.op.tolerance() {
				t.Errorf("%s is %.2f ulp off at %v", c.name, worst, at)
			}
		}
	})
}

// TestSlopes does so with derivatives, to 4 units in the last place of their greater term.
func TestSlopes(t *testing.T) {
	x := everywhere()
	y, dy := make([]float32, len(x)), make([]float32, len(x))
	for i := range dy {
		dy[i] = 1
	}
	paths(t, func(t *testing.T) {
		Map(GELUGrad, 0, 1, len(x), View[float32]{Data: y}, View[float32]{Data: x}, View[float32]{Data: dy}, View[float32]{})
		var worst float64
		var at float32
		for i, v := range x {
			want := geluSlope(float64(v))
			off := math.Abs(float64(y[i])-want) / (slopeBound(float64(v))/4 + 1e-45)
			switch {
			case math.IsNaN(want) && y[i] != y[i]:
				off = 0
			case math.IsNaN(want) || y[i] != y[i]:
				off = math.Inf(1)
			}
			if off > worst {
				worst, at = off, v
			}
		}
		t.Logf("slope of gelu: %.2f ulp at %v", worst, at)
		if worst >= 4 {
			t.Errorf("the slope of gelu is %.2f ulp off at %v", worst, at)
		}
	})
}

// TestCurvesTail computes the same numbers alone as among others.
func TestCurvesTail(t *testing.T) {
	paths(t, func(t *testing.T) {
		x := random[float32](rand.New(rand.NewPCG(5, 6)), 64)
		all, one := make([]float32, 64), make([]float32, 1)
		for _, c := range curves {
			Map(c.op, 0, 1, 64, View[float32]{Data: all}, View[float32]{Data: x}, View[float32]{}, View[float32]{})
			for i := range x {
				Map(c.op, 0, 1, 1, View[float32]{Data: one}, View[float32]{Data: x[i:]}, View[float32]{}, View[float32]{})
				if one[0] != all[i] {
					t.Fatalf("%s of %v is %v alone, %v among others", c.name, x[i], one[0], all[i])
				}
			}
		}
	})
}

func FuzzMap(f *testing.F) {
	f.Add(uint64(1), uint8(Tanh), uint8(2), uint8(33), uint8(1), uint32(0x3f800000))
	f.Fuzz(func(t *testing.T, seed uint64, op, rows, cols, pad uint8, pattern uint32) {
		r := rand.New(rand.NewPCG(seed, 0))
		n := int(rows) * int(cols)
		if Op(op) > MulAdd || n == 0 {
			return
		}
		x := [3][]float32{random[float32](r, n), random[float32](r, n), random[float32](r, n)}
		if Op(op) != TanhGrad && Op(op) != MulAdd && Op(op) != GELUGrad {
			x[0][r.IntN(n)] = math.Float32frombits(pattern)
		}
		for _, path := range available() {
			on(path, func() { checkMap(t, Op(op), float32(seed), int(rows), int(cols), int(pad), x) })
		}
	})
}
