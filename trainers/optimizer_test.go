package trainers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/trainers"
)

// goldenSettings are PyTorch's keyword arguments; those that are missing are zero, which means its
// default here too.
type goldenSettings struct {
	LR          float64
	Momentum    float64
	Nesterov    bool
	WeightDecay float64 `json:"weight_decay"`
	Betas       [2]float64
	Eps         float64
	AMSGrad     bool
	Alpha       float64
	Rho         float64
}

// UnmarshalJSON refuses a setting that it does not know.
func (s *goldenSettings) UnmarshalJSON(text []byte) error {
	type plain goldenSettings
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode((*plain)(s))
}

func (s goldenSettings) optimizer(name string) trainers.Optimizer {
	kind, _, _ := strings.Cut(name, "_")
	switch kind {
	case "sgd":
		return &trainers.SGD{Momentum: s.Momentum, Nesterov: s.Nesterov, WeightDecay: s.WeightDecay}
	case "adam":
		return &trainers.Adam{Beta1: s.Betas[0], Beta2: s.Betas[1], Epsilon: s.Eps, WeightDecay: s.WeightDecay, AMSGrad: s.AMSGrad}
	case "adamw":
		return &trainers.AdamW{Beta1: s.Betas[0], Beta2: s.Betas[1], Epsilon: s.Eps, WeightDecay: s.WeightDecay}
	case "rmsprop":
		return &trainers.RMSProp{Decay: s.Alpha, Momentum: s.Momentum, Epsilon: s.Eps}
	case "adagrad":
		return &trainers.AdaGrad{Epsilon: s.Eps}
	case "adadelta":
		return &trainers.Adadelta{Decay: s.Rho, Epsilon: s.Eps}
	}
	return nil
}

type goldenOptimizer struct {
	Optimizer string
	Settings  goldenSettings
	Initial   graphtest.Tensor
	Gradients []graphtest.Tensor
	Values    []graphtest.Tensor

	// of clip_grad_norm
	MaxNorm float64 `json:"max_norm"`
	Norm    float64
	Clipped []graphtest.Tensor
}

func TestOptimizersGolden(t *testing.T) {
	for _, tc := range graphtest.Golden[goldenOptimizer](t, "optimizers") {
		if tc.Optimizer == "clip_grad_norm" {
			continue // TestClipByNormGolden
		}
		t.Run(tc.Optimizer, func(t *testing.T) {
			o := tc.Settings.optimizer(tc.Optimizer)
			if o == nil {
				t.Fatalf("no optimiser %q", tc.Optimizer)
			}
			if len(tc.Gradients) == 0 || len(tc.Gradients) != len(tc.Values) {
				t.Fatalf("%d gradients, %d values", len(tc.Gradients), len(tc.Values))
			}
			p := &graph.Param{Path: "w", Value: tc.Initial.Dense()}
			for i, g := range tc.Gradients {
				if err := o.Step(tc.Settings.LR, []graph.Gradient{{Param: p, Grad: g.Dense()}}); err != nil {
					t.Fatal(err)
				}
				graphtest.Equal(t, fmt.Sprintf("value after step %d", i+1), p.Value, tc.Values[i].Dense(), 1e-9)
			}
		})
	}
}

// optimizers are all of them, with each option.
var optimizers = map[string]func() trainers.Optimizer{
	"sgd":              func() trainers.Optimizer { return &trainers.SGD{WeightDecay: 0.1} },
	"momentum":         func() trainers.Optimizer { return &trainers.SGD{Momentum: 0.9} },
	"nesterov":         func() trainers.Optimizer { return &trainers.SGD{Momentum: 0.9, Nesterov: true} },
	"rmsprop":          func() trainers.Optimizer { return &trainers.RMSProp{} },
	"rmsprop momentum": func() trainers.Optimizer { return &trainers.RMSProp{Momentum: 0.9} },
	"adagrad":          func() trainers.Optimizer { return &trainers.AdaGrad{} },
	"adadelta":         func() trainers.Optimizer { return &trainers.Adadelta{} },
	"adam":             func() trainers.Optimizer { return &trainers.Adam{WeightDecay: 0.1} },
	"amsgrad":          func() trainers.Optimizer { return &trainers.Adam{AMSGrad: true} },
	"adamw":            func() trainers.Optimizer { return &trainers.AdamW{} },
}

// wrappers are the optimisers of optimisers. They allocate a little more.
var wrappers = map[string]func() trainers.Optimizer{
	"noise":  func() trainers.Optimizer { return &trainers.GradientNoise{Optimizer: &trainers.Adam{}} },
	"groups": func() trainers.Optimizer { return adamAndMomentum() },
	"noise in groups in noise": func() trainers.Optimizer {
		groups := adamAndMomentum()
		groups[1].Optimizer = &trainers.GradientNoise{Optimizer: groups[1].Optimizer, Seed: 2}
		return &trainers.GradientNoise{Optimizer: groups, Eta: 1}
	},
}

// everyOptimizer is optimizers and wrappers.
func everyOptimizer() map[string]func() trainers.Optimizer {
	all := maps.Clone(optimizers)
	maps.Copy(all, wrappers)
	return all
}

// adamAndMomentum trains a/w with Adam, and all else with SGD at a tenth of the rate.
func adamAndMomentum() trainers.Groups {
	return trainers.Groups{
		{Pattern: "*/w", Optimizer: &trainers.Adam{}},
		{Pattern: "**", Optimizer: &trainers.SGD{Momentum: 0.9}, Rate: 0.1},
	}
}

// twoParams are w [3, 2] and b [1], all ones, with gradients of zero.
func twoParams(dt tensor.Dtype) []graph.Gradient {
	var grads []graph.Gradient
	for _, p := range []graph.Param{{Path: "a/w", Value: tensor.Ones(dt, 3, 2)}, {Path: "a/b", Value: tensor.Ones(dt, 1)}} {
		grads = append(grads, graph.Gradient{Param: &p, Grad: tensor.New(tensor.WithShape(p.Value.Shape()...), tensor.Of(dt))})
	}
	return grads
}

// steps takes steps from, from+1, ... to-1 with gradients that depend on the number of the step.
func steps(t testing.TB, o trainers.Optimizer, grads []graph.Gradient, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		r := rand.New(rand.NewPCG(uint64(n), 0))
		for _, g := range grads {
			for i := range g.Grad.Size() {
				if g.Grad.Dtype() == tensor.Float32 {
					g.Grad.Float32s()[i] = float32(r.NormFloat64())
				} else {
					g.Grad.Float64s()[i] = r.NormFloat64()
				}
			}
		}
		if err := o.Step(0.1, grads); err != nil {
			t.Fatal(err)
		}
	}
}

// flat copies the parameters.
func flat(grads []graph.Gradient) []float64 {
	var all []float64
	for _, g := range grads {
		for i := range g.Value.Size() {
			if g.Value.Dtype() == tensor.Float32 {
				all = append(all, float64(g.Value.Float32s()[i]))
			} else {
				all = append(all, g.Value.Float64s()[i])
			}
		}
	}
	return all
}

func TestOptimizerResumes(t *testing.T) {
	for name, optimizer := range everyOptimizer() {
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			t.Run(fmt.Sprint(name, " ", dt), func(t *testing.T) {
				whole := twoParams(dt)
				steps(t, optimizer(), whole, 0, 10)

				halves, first, second := twoParams(dt), optimizer(), optimizer()
				steps(t, first, halves, 0, 5)
				if err := second.SetState(first.State()); err != nil {
					t.Fatal(err)
				}
				steps(t, first, twoParams(dt), 5, 6) // the state was copied
				steps(t, second, halves, 5, 10)
				sameBits(t, "5 + 5 steps", flat(halves), flat(whole))

				if name != "sgd" { // the only one without memory
					forgot := twoParams(dt)
					steps(t, optimizer(), forgot, 0, 5)
					steps(t, optimizer(), forgot, 5, 10)
					differ(t, "5 + 5 steps without the state", flat(forgot), flat(whole))
				}
			})
		}
	}
}

func TestOptimizerTypesAgree(t *testing.T) {
	for name, optimizer := range everyOptimizer() {
		narrow, wide := twoParams(tensor.Float32), twoParams(tensor.Float64)
		steps(t, optimizer(), narrow, 0, 10)
		steps(t, optimizer(), wide, 0, 10)
		// 10 updates of size 0.1, each rounded at 6e-8; Adadelta divides by numbers near its epsilon.
		graphtest.Equal(t, name, flat(narrow), flat(wide), 1e-5)
	}
}

// What shares an update among threads is allocated once for each parameter, of any size.
func TestOptimizerAllocations(t *testing.T) {
	for name, optimizer := range optimizers {
		grads, o := twoParams(tensor.Float32), optimizer()
		if err := o.Step(0.1, grads); err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(10, func() { _ = o.Step(0.1, grads) }); n > float64(len(grads)) {
			t.Errorf("%s: %v allocations a step, want at most one for each of %d parameters", name, n, len(grads))
		}
	}
}

func TestOptimizerState(t *testing.T) {
	o := &trainers.Adam{}
	if n := len(o.State()); n != 0 {
		t.Errorf("%d tensors before the first step", n)
	}
	steps(t, o, twoParams(tensor.Float32), 0, 3)
	state := o.State()
	if len(state) != 6 {
		t.Errorf("state has %d tensors, want m, v and step of two parameters", len(state))
	}
	if got := state["a/b/step"].Float64s()[0]; got != 3 {
		t.Errorf("step is %v, want 3", got)
	}
	if m := state["a/w/m"]; m == nil || m.Dtype() != tensor.Float32 || m.Dims() != 2 {
		t.Errorf("a/w/m is %v", m)
	}
}

func TestOptimizerStateIsACopy(t *testing.T) {
	o, grads := &trainers.SGD{Momentum: 0.9}, twoParams(tensor.Float64)
	steps(t, o, grads, 0, 1)
	state := o.State()
	before := state["a/w/momentum"].Clone().(*tensor.Dense)
	steps(t, o, grads, 1, 2)
	graphtest.Equal(t, "what State gave, a step later", state["a/w/momentum"], before, 0)

	if err := o.SetState(state); err != nil {
		t.Fatal(err)
	}
	steps(t, o, grads, 1, 2)
	graphtest.Equal(t, "what SetState took, a step later", state["a/w/momentum"], before, 0)
}

func TestOptimizerOfFewerParameters(t *testing.T) {
	// A restored state has to fit once; then a parameter may be frozen, and later another come in.
	first, o := &trainers.Adam{}, &trainers.Adam{}
	grads := twoParams(tensor.Float64)
	steps(t, first, grads, 0, 1)
	if err := o.SetState(first.State()); err != nil {
		t.Fatal(err)
	}
	steps(t, o, grads, 1, 2)
	steps(t, o, grads[:1], 2, 3)
	steps(t, o, append(grads, graph.Gradient{
		Param: &graph.Param{Path: "c", Value: tensor.Ones(tensor.Float64, 2)}, Grad: tensor.Ones(tensor.Float64, 2),
	}), 3, 4)
	state := o.State()
	for path, want := range map[string]float64{"a/w": 4, "a/b": 3, "c": 1} {
		if got := state[path+"/step"].Float64s()[0]; got != want {
			t.Errorf("%s: %v updates, want %v", path, got, want)
		}
	}
}

func TestAdamWeightDecayIsAPenalty(t *testing.T) {
	// The gradient of decay/2·p² is decay·p.
	const decay = 0.1
	got, want := twoParams(tensor.Float64), twoParams(tensor.Float64)
	o, plain := &trainers.Adam{WeightDecay: decay}, &trainers.Adam{}
	for n := range 5 {
		steps(t, o, got, n, n+1)
		for k, g := range want {
			for i := range g.Grad.Float64s() {
				g.Grad.Float64s()[i] = got[k].Grad.Float64s()[i] + decay*g.Value.Float64s()[i]
			}
		}
		if err := plain.Step(0.1, want); err != nil {
			t.Fatal(err)
		}
	}
	graphtest.Equal(t, "parameters", flat(got), flat(want), 1e-12)
}

func TestOptimizerRefuses(t *testing.T) {
	adamState := func(change func(map[string]*tensor.Dense)) func() error {
		return func() error {
			first := &trainers.Adam{}
			steps(t, first, twoParams(tensor.Float64), 0, 1)
			state := first.State()
			change(state)
			second := &trainers.Adam{}
			if err := second.SetState(state); err != nil {
				return err
			}
			return second.Step(0.1, twoParams(tensor.Float64))
		}
	}
	stepOf := func(o trainers.Optimizer, rate float64) func() error {
		return func() error { return o.Step(rate, twoParams(tensor.Float64)) }
	}
	for _, tc := range []struct {
		want string
		try  func() error
	}{
		{`adam: state "a/w/x": want a parameter's path and one of step, m, v`, adamState(func(s map[string]*tensor.Dense) { s["a/w/x"] = s["a/w/m"] })},
		{`adam: state "m": want a parameter's path`, adamState(func(s map[string]*tensor.Dense) { s["m"] = s["a/w/m"] })},
		{`adam: state "a/w/m": want a contiguous tensor of floats`, adamState(func(s map[string]*tensor.Dense) { s["a/w/m"] = nil })},
		{`adam: state "a/w/m": want a contiguous tensor of floats`, adamState(func(s map[string]*tensor.Dense) {
			s["a/w/m"] = tensor.New(tensor.WithShape(3, 2), tensor.Of(tensor.Int))
		})},
		{`adam: state "a/w/step": want one float64 of 0 or more`, adamState(func(s map[string]*tensor.Dense) { s["a/w/step"] = dense([]float64{math.NaN()}, 1) })},
		{`adam: state "a/w/step" is missing`, adamState(func(s map[string]*tensor.Dense) { delete(s, "a/w/step") })},
		{`adam: state "a/w/v" is missing`, adamState(func(s map[string]*tensor.Dense) { delete(s, "a/w/v") })},
		{`adam: state "a/w/v": float64 (6, 1), parameter float64 (3, 2)`, adamState(func(s map[string]*tensor.Dense) { s["a/w/v"] = dense(make([]float64, 6), 6, 1) })},
		{`adam: state "a/w/v": float32 (3, 2), parameter float64 (3, 2)`, adamState(func(s map[string]*tensor.Dense) { s["a/w/v"] = tensor.Ones(tensor.Float32, 3, 2) })},
		{`adam: state of "other": no such parameter is trained`, adamState(func(s map[string]*tensor.Dense) {
			s["other/m"], s["other/v"], s["other/step"] = s["a/w/m"], s["a/w/v"], s["a/w/step"]
		})},
		{`adam: state of "a/b" is missing`, adamState(func(s map[string]*tensor.Dense) {
			for _, name := range []string{"m", "v", "step"} {
				delete(s, "a/b/"+name)
			}
		})},
		{"adam: learning rate NaN", stepOf(&trainers.Adam{}, math.NaN())},
		{"adam: learning rate -1", stepOf(&trainers.Adam{}, -1)},
		{"adam: Beta1 is 1, want 0 ≤ Beta1 < 1", stepOf(&trainers.Adam{Beta1: 1}, 0.1)},
		{"adamw: WeightDecay is -1", stepOf(&trainers.AdamW{WeightDecay: -1}, 0.1)},
		{"rmsprop: Decay is 2", stepOf(&trainers.RMSProp{Decay: 2}, 0.1)},
		{"adagrad: Epsilon is +Inf", stepOf(&trainers.AdaGrad{Epsilon: math.Inf(1)}, 0.1)},
		{"adadelta: Epsilon is NaN", stepOf(&trainers.Adadelta{Epsilon: math.NaN()}, 0.1)},
		{"sgd: Nesterov without Momentum", stepOf(&trainers.SGD{Nesterov: true}, 0.1)},
		{"sgd: a/w: gradient float64 (2, 3), parameter float64 (3, 2)", func() error {
			grads := twoParams(tensor.Float64)
			grads[0].Grad = dense(make([]float64, 6), 2, 3)
			return (&trainers.SGD{}).Step(0.1, grads)
		}},
	} {
		if err := tc.try(); err == nil || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("error is %v, want %s ...", err, tc.want)
		}
	}
}

func TestOptimizerOptionChanges(t *testing.T) {
	// An option that needs a moment more cannot be switched on half-way; one fewer is left alone.
	o := &trainers.Adam{}
	steps(t, o, twoParams(tensor.Float64), 0, 1)
	o.AMSGrad = true
	if err := o.Step(0.1, twoParams(tensor.Float64)); err == nil || !strings.Contains(err.Error(), `"a/w/vmax" is missing`) {
		t.Errorf("AMSGrad switched on: %v", err)
	}
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		o = &trainers.Adam{AMSGrad: true}
		got, want := twoParams(dt), twoParams(dt)
		steps(t, o, got, 0, 1)
		o.AMSGrad = false
		steps(t, o, got, 1, 5)
		steps(t, &trainers.Adam{}, want, 0, 5)
		// Without AMSGrad the kernel may round float32 in another order.
		graphtest.Equal(t, "AMSGrad switched off", flat(got), flat(want), map[tensor.Dtype]float64{tensor.Float32: 1e-6}[dt])
	}
}

func BenchmarkAdam(b *testing.B) {
	for _, size := range []int{1 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("params=%d", size), func(b *testing.B) {
			p := &graph.Param{Path: "w", Value: tensor.Ones(tensor.Float32, size)}
			grads := []graph.Gradient{{Param: p, Grad: tensor.Ones(tensor.Float32, size)}}
			o := &trainers.Adam{}
			for b.Loop() {
				if err := o.Step(1e-6, grads); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "params/s")
		})
	}
}

// Another program may count the steps of an optimiser with integers.
func TestOptimizerTakesIntegerSteps(t *testing.T) {
	for _, steps := range []*tensor.Dense{
		tensor.New(tensor.WithShape(1), tensor.WithBacking([]int{7})),
		tensor.New(tensor.FromScalar(7)),
	} {
		o := &trainers.Adam{}
		moment := tensor.New(tensor.WithShape(2), tensor.WithBacking([]float64{1, 2}))
		if err := o.SetState(map[string]*tensor.Dense{"w/step": steps, "w/m": moment, "w/v": moment}); err != nil {
			t.Fatal(err)
		}
		if got := o.State()["w/step"].Float64s()[0]; got != 7 {
			t.Errorf("%v steps", got)
		}
	}
}
