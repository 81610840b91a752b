package graph_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

func initial(init graph.Init, shape ...int) []float64 {
	return init(rand.New(rand.NewPCG(1, 2)), shape)
}

func TestInitConstants(t *testing.T) {
	for name, tc := range map[string]struct {
		init graph.Init
		want float64
	}{"zeros": {graph.Zeros, 0}, "ones": {graph.Ones, 1}, "constant": {graph.Constant(-2.5), -2.5}} {
		graphtest.Equal(t, name, initial(tc.init, 1, 3), []float64{tc.want, tc.want, tc.want}, 0)
	}
}

func TestInitStatistics(t *testing.T) {
	const in, out = 200, 300
	for _, tc := range []struct {
		name     string
		init     graph.Init
		variance float64
		limit    float64 // no element is further from 0
		fourth   float64 // fourth moment over the variance squared: 9/5 uniform, 3 normal
	}{
		{"uniform", graph.Uniform(0.5), 0.25 / 3, 0.5, 1.8},
		{"normal", graph.Normal(0.5), 0.25, math.Inf(1), 3},
		{"Glorot", graph.Glorot, 2. / (in + out), math.Sqrt(6. / (in + out)), 1.8},
		{"He", graph.He, 2. / in, math.Inf(1), 3},
	} {
		values := initial(tc.init, in, out)
		var mean, second, fourth, furthest float64
		n := float64(len(values))
		for _, v := range values {
			mean += v / n
			second += v * v / n
			fourth += v * v * v * v / n
			furthest = max(furthest, math.Abs(v))
		}
		deviation := math.Sqrt(tc.variance)
		// Five standard deviations of each estimate.
		if room := 5 * deviation / math.Sqrt(n); math.Abs(mean) > room {
			t.Errorf("%s: mean %v, want 0 within %v", tc.name, mean, room)
		}
		if room := 5 * tc.variance * math.Sqrt((tc.fourth-1)/n); math.Abs(second-tc.variance) > room {
			t.Errorf("%s: variance %v, want %v within %v", tc.name, second, tc.variance, room)
		}
		if got := fourth / second / second; math.Abs(got-tc.fourth) > 0.2 {
			t.Errorf("%s: fourth moment %v, want %v", tc.name, got, tc.fourth)
		}
		if furthest > tc.limit || furthest < 0.99*min(tc.limit, 3*deviation) {
			t.Errorf("%s: the furthest element is at %v, the limit at %v", tc.name, furthest, tc.limit)
		}
	}
}

func TestOrthogonal(t *testing.T) {
	for _, shape := range []tensor.Shape{{4, 4}, {5, 3}, {3, 5}, {1, 4}, {4, 1}, {1, 1}, {6}, {2, 3, 4}} {
		values := initial(graph.Orthogonal, shape...)
		cols := shape[len(shape)-1]
		rows := len(values) / cols
		dot := func(i, j int) (sum float64) { // of columns where there are fewer of them, else of rows
			for k := range max(rows, cols) {
				if rows >= cols {
					sum += values[k*cols+i] * values[k*cols+j]
				} else {
					sum += values[i*cols+k] * values[j*cols+k]
				}
			}
			return sum
		}
		for i := range min(rows, cols) {
			for j := range min(rows, cols) {
				if want := flag(i == j); math.Abs(dot(i, j)-want) > 1e-12 {
					t.Errorf("%v: product of %d and %d is %v, want %v", shape, i, j, dot(i, j), want)
				}
			}
		}
	}
	// Uniform among them: both signs of the only 1×1 matrix come up.
	r := rand.New(rand.NewPCG(1, 2))
	sum := 0.
	for range 100 {
		sum += graph.Orthogonal(r, tensor.Shape{1, 1})[0]
	}
	if math.Abs(sum) > 50 {
		t.Errorf("100 matrices of one element sum up to %v", sum)
	}
}

func TestBlocks(t *testing.T) {
	next := 0.
	count := func(_ *rand.Rand, shape tensor.Shape) []float64 {
		values := make([]float64, shape.TotalSize())
		for i := range values {
			next++
			values[i] = next
		}
		return values
	}
	graphtest.Equal(t, "blocks", initial(graph.Blocks(2, count), 2, 6),
		[]float64{1, 2, 3, 7, 8, 9, 4, 5, 6, 10, 11, 12}, 0)

	values := initial(graph.Blocks(2, graph.Orthogonal), 3, 6)
	for b := range 2 {
		for i := range 3 {
			var square float64
			for j := range 3 {
				square += values[i*6+b*3+j] * values[i*6+b*3+j]
			}
			if math.Abs(square-1) > 1e-12 {
				t.Errorf("row %d of block %d has length² %v", i, b, square)
			}
		}
	}
}

func TestForgetBias(t *testing.T) {
	graphtest.Equal(t, "bias", initial(graph.ForgetBias(1, graph.Constant(0.5)), 1, 8),
		[]float64{.5, .5, 1.5, 1.5, .5, .5, .5, .5}, 0)
}

func TestInitRefused(t *testing.T) {
	for want, init := range map[string]graph.Init{
		"cell/w: param: initialiser: 7 columns into 2 equal blocks":      graph.Blocks(2, graph.Zeros),
		"cell/w: param: initialiser: 7 columns into 0 equal blocks":      graph.Blocks(0, graph.Zeros),
		"cell/w: param: initialiser: forget bias of 7 elements, want 4H": graph.ForgetBias(1, graph.Zeros),
		"cell/w: param: initialiser gave 2 values for shape (1, 7)":      func(*rand.Rand, tensor.Shape) []float64 { return []float64{1, 2} },
		"cell/w: param: initialiser is nil":                              nil,
	} {
		wantBuildError(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
			return s.Sum(s.In("cell").Param("w", init, 1, 7))
		}, want)
	}
}

// A parameter's initial values depend on the seed and its path, and on nothing else in the model.
func TestInitDependsOnSeedAndPath(t *testing.T) {
	values := func(seed int64, before func(*graph.Scope), path string) []float64 {
		st := graph.NewStore(seed, tensor.Float64)
		build(t, st, func(s *graph.Scope) *G.Node {
			before(s)
			return s.Sum(s.In("cell").Param(path, graph.Normal(1), 2, 3))
		})
		p, ok := st.Param("cell/" + path)
		if !ok {
			t.Fatal("the Store has no such parameter")
		}
		return p.Value.Float64s()
	}
	nothing := func(*graph.Scope) {}
	more := func(s *graph.Scope) { s.In("embedding").Param("w", graph.Normal(1), 5, 7) }
	first := values(1, nothing, "w")
	if !slices.Equal(first, values(1, nothing, "w")) || !slices.Equal(first, values(1, more, "w")) {
		t.Error("the same seed and path give other values")
	}
	if slices.Equal(first, values(2, nothing, "w")) {
		t.Error("another seed gives the same values")
	}
	if slices.Equal(first, values(1, nothing, "v")) {
		t.Error("another path gives the same values")
	}
}

// Shapes without elements, or with more than memory holds, are refused, not computed with.
func TestInitOfNothing(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	inits := []graph.Init{graph.Zeros, graph.Ones, graph.Uniform(1), graph.Normal(1), graph.Glorot, graph.He, graph.Orthogonal, graph.Identity,
		graph.Blocks(2, graph.Zeros), graph.ForgetBias(1, graph.Zeros)}
	for i, init := range inits {
		for _, shape := range []tensor.Shape{nil, {}, {0}, {-1}, {-2, -4}, {4, 0}, {0, 4}, {1 << 40, 4}, {1 << 32, 1 << 32}, {1 << 62, 4}, {math.MaxInt, 4}} {
			if values := init(draw, shape); values != nil {
				t.Errorf("initialiser %d gives %d values for shape %v", i, len(values), shape)
			}
		}
		if values := init(nil, tensor.Shape{3, 4}); len(values) != 12 {
			t.Errorf("initialiser %d gives %d values without a generator", i, len(values))
		}
	}
}
