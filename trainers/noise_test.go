package trainers_test

import (
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/trainers"
)

// noiseOf is what is added to the n elements of a gradient in each of the steps.
func noiseOf(t *testing.T, o trainers.GradientNoise, path string, n, steps int) [][]float64 {
	t.Helper()
	o.Optimizer = &trainers.SGD{}
	var all [][]float64
	for range steps {
		g := graph.Gradient{Param: &graph.Param{Path: path, Value: dense(make([]float64, n), n)}, Grad: dense(make([]float64, n), n)}
		if err := o.Step(1, []graph.Gradient{g}); err != nil {
			t.Fatal(err)
		}
		sameBits(t, "what was stepped along", scaled(g.Grad.Float64s(), -1), g.Value.Float64s())
		all = append(all, g.Grad.Float64s())
	}
	return all
}

func scaled(values []float64, factor float64) []float64 {
	var all []float64
	for _, v := range values {
		all = append(all, factor*v)
	}
	return all
}

func TestGradientNoiseIsNormal(t *testing.T) {
	const n, steps = 40000, 4
	for i, o := range []trainers.GradientNoise{{}, {Eta: 1, Gamma: 2}} {
		for k, noise := range noiseOf(t, o, "w", n, steps) {
			want := []float64{0.01 / math.Pow(1+float64(k), 0.55), 1 / math.Pow(1+float64(k), 2)}[i]
			var mean, square, within float64
			for _, v := range noise {
				mean += v / n
				square += v * v / n
				if math.Abs(v) < math.Sqrt(want) {
					within += 1. / n
				}
			}
			// Five standard errors of each.
			graphtest.Equal(t, "mean", mean/math.Sqrt(want), 0., 5/math.Sqrt(n))
			graphtest.Equal(t, "variance", square/want, 1., 5*math.Sqrt(2./n))
			graphtest.Equal(t, "share within one deviation", within, 0.6827, 5*math.Sqrt(0.6827*0.3173/n))
		}
	}
}

func TestGradientNoiseDependsOnSeedPathAndStep(t *testing.T) {
	base := noiseOf(t, trainers.GradientNoise{Seed: 1, Gamma: 1e-9}, "w", 5, 2)
	sameBits(t, "again", noiseOf(t, trainers.GradientNoise{Seed: 1, Gamma: 1e-9}, "w", 5, 1)[0], base[0])
	if ratio := base[1][1] / base[0][1] * base[0][0] / base[1][0]; math.Abs(ratio-1) < 1e-6 {
		t.Error("the second step draws what the first did")
	}
	differ(t, "seeds", noiseOf(t, trainers.GradientNoise{Seed: 2, Gamma: 1e-9}, "w", 5, 1)[0], base[0])
	differ(t, "paths", noiseOf(t, trainers.GradientNoise{Seed: 1, Gamma: 1e-9}, "v", 5, 1)[0], base[0])
}

// Rows that a batch does not name stay zero in the gradient, which the session takes for granted.
func TestGradientNoiseOfRows(t *testing.T) {
	session, err := graph.Build(graph.NewStore(1, tensor.Float32), func(s *graph.Scope) *G.Node {
		return s.Sum(s.Gather(s.Param("table", graph.Zeros, 4, 2), s.Indices("index", 1)))
	})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if err := session.Run(t.Context(), graph.Feed{"index": tensor.New(tensor.WithShape(1), tensor.WithBacking([]int{2}))}); err != nil {
		t.Fatal(err)
	}
	g := session.Gradients()
	if err := (&trainers.GradientNoise{Optimizer: &trainers.SGD{}}).Step(1, g); err != nil {
		t.Fatal(err)
	}
	for i, v := range g[0].Grad.Float32s() {
		if noisy := i/2 == 2; noisy != (v != 0 && v != 1) {
			t.Errorf("element %d of the gradient is %v", i, v)
		}
	}
}

func TestGradientNoiseRefuses(t *testing.T) {
	step := func(o *trainers.GradientNoise) error {
		grads := twoParams(tensor.Float64)
		before := flat(grads)
		err := o.Step(0.1, grads)
		sameBits(t, "parameters after an error", flat(grads), before)
		return err
	}
	adam := &trainers.Adam{}
	steps(t, adam, twoParams(tensor.Float64), 0, 1)
	for want, err := range map[string]error{
		"gradient noise: no Optimizer":                             step(&trainers.GradientNoise{}),
		"gradient noise: Eta is -1":                                step(&trainers.GradientNoise{Optimizer: &trainers.Adam{}, Eta: -1}),
		"gradient noise: Gamma is NaN":                             step(&trainers.GradientNoise{Optimizer: &trainers.Adam{}, Gamma: math.NaN()}),
		"adam: Beta1 is 1":                                         step(&trainers.GradientNoise{Optimizer: &trainers.Adam{Beta1: 1}}),
		"will not":                                                 step(&trainers.GradientNoise{Optimizer: &stubborn{}}),
		`gradient noise: state "noise": want one float64`:          (&trainers.GradientNoise{Optimizer: &trainers.Adam{}}).SetState(adam.State()),
		`adam: state "x": want a parameter's path and one of step`: (&trainers.GradientNoise{Optimizer: &trainers.Adam{}}).SetState(map[string]*tensor.Dense{"noise": dense([]float64{1}, 1), "x": dense([]float64{1}, 1)}),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error is %v, want %s ...", err, want)
		}
	}
}
