package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// paths runs a test on every path that the processor has.
func paths(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	for _, p := range available() {
		t.Run(string(p), func(t *testing.T) {
			on(p, func() { f(t) })
		})
	}
}

// on runs f on a path.
func on(p path, f func()) {
	before := active
	defer func() { active = before }()
	active = p
	f()
}

func TestChoose(t *testing.T) {
	all := []path{avx512, avx2, portable}
	for _, tc := range []struct {
		wanted path
		from   []path
		want   path
	}{
		{"", all, avx512},
		{avx2, all, avx2},
		{portable, all, portable},
		{avx512, all[1:], avx2},
		{avx2, all[2:], portable},
		{"another", all, avx512},
	} {
		if got := choose(tc.wanted, tc.from); got != tc.want {
			t.Errorf("%q of %q: got %q, want %q", tc.wanted, tc.from, got, tc.want)
		}
	}
	if !slices.Contains(available(), path(Path())) {
		t.Errorf("runs on %q, of %q", Path(), available())
	}
}

func random[F Float](r *rand.Rand, n int) []F {
	s := make([]F, n)
	for i := range s {
		s[i] = F(r.NormFloat64())
	}
	return s
}

func nan[F Float]() F { return F(math.NaN()) }

// A field is a matrix amid NaNs, which must be neither read nor written.
type field[F Float] struct {
	View[F]
	all        []F
	rows, cols int
}

const margin = 40

// fence copies a matrix into a field, its rows pad further apart.
func fence[F Float](rows, cols, pad int, from []F) field[F] {
	stride := max(1, cols+pad)
	f := field[F]{all: make([]F, rows*stride+2*margin), rows: rows, cols: cols}
	for i := range f.all {
		f.all[i] = nan[F]()
	}
	f.View = View[F]{f.all[margin : margin+max(0, (rows-1)*stride+cols)], stride}
	for r := range rows {
		copy(f.Row(r, cols), from[r*cols:])
	}
	return f
}

// take gets the matrix back.
func (f field[F]) take(t *testing.T) []F {
	t.Helper()
	got := make([]F, 0, f.rows*f.cols)
	for i, x := range f.all {
		r, c := (i-margin)/f.Stride, (i-margin)%f.Stride
		switch {
		case i >= margin && r < f.rows && c < f.cols:
			got = append(got, x)
		case x == x:
			t.Fatalf("%v written beside a matrix of %d×%d with stride %d, at row %d and column %d", x, f.rows, f.cols, f.Stride, r, c)
		}
	}
	return got
}

func sameBits[F Float](a, b F) bool {
	return math.Float64bits(float64(a)) == math.Float64bits(float64(b)) || a != a && b != b
}

func firstDifference[F Float](a, b []F) int {
	for i := range a {
		if !sameBits(a[i], b[i]) {
			return i
		}
	}
	return -1
}
