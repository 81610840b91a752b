package trainers_test

import (
	"context"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/metrics"
)

// background is the context of what is not interrupted.
var background = context.Background()

// leavesNoTrace holds training to what it would have been without a rehearsal, before it and in its middle.
func leavesNoTrace(t *testing.T, rehearse func(trainer *trainers.Trainer, m trainers.Model)) {
	t.Helper()
	var seen []float64 // the state of an observer at each evaluation
	var states [][]float64
	settings := func() (*trainers.Trainer, *trainers.Evaluate) {
		seen = nil
		plateau, other := &trainers.ReduceOnPlateau{Initial: 0.05, Factor: 0.5}, &trainers.ReduceOnPlateau{Initial: 1}
		average := &trainers.EMA{}
		e := &trainers.Evaluate{Source: tokens(t, 2), Every: 2, Average: average, Observers: []trainers.Observer{
			trainers.ObserverFunc(plateau.Observe), other,
			trainers.ObserverFunc(func(*trainers.Run, trainers.Evaluation) error {
				for _, name := range []string{"best", "step", "bad", "cuts"} {
					seen = append(seen, other.State()[name].Float64s()[0])
				}
				return nil
			}),
		}}
		return &trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: plateau, Hooks: []trainers.Hook{average, e}}, e
	}
	run := func(between func(*trainers.Trainer, trainers.Model)) ([]float64, []trainers.Evaluation) {
		trainer, e := settings()
		m := newRecurrence(tensor.Float32)
		between(trainer, m)
		trainer.From = fit(t, *trainer, m, tokens(t, 1), 6).Position
		between(trainer, m)
		seen = nil
		fit(t, *trainer, m, tokens(t, 1), 12)
		states = append(states, seen)
		return values(m), e.History
	}
	want, history := run(func(*trainers.Trainer, trainers.Model) {})
	got, after := run(rehearse)
	sameBits(t, "parameters", got, want)
	sameBits(t, "states", states[1], states[0])
	if !reflect.DeepEqual(history, after) {
		t.Errorf("history %v, want %v", after, history)
	}
}

func TestFindRate(t *testing.T) {
	// The gradient is about 2·(w - best), so that gradient descent is best at a rate of 0.5 and stable below 1.
	// The smoothed loss is late by some steps of a factor of 1.2.
	src := points(50, 64, 0.1)
	m := newRegression()
	trainer := trainers.Trainer{Optimizer: &trainers.SGD{}}
	curve, err := trainer.FindRate(background, m, src, 1e-4, 1e3, 80)
	if err != nil {
		t.Fatal(err)
	}
	n := len(curve.Rates)
	if !curve.Diverged || n == 80 || len(curve.Losses) != n || curve.Rates[0] != 1e-4 {
		t.Fatalf("%+v", curve)
	}
	for i := 1; i < n; i++ {
		graphtest.Equal(t, "factor", curve.Rates[i]/curve.Rates[i-1], math.Pow(1e7, 1/79.), 1e-9)
	}
	if curve.Suggested < 0.05 || curve.Suggested > 0.5 {
		t.Errorf("suggested is %v, want less than 0.5 and not much less", curve.Suggested)
	}
	// The first loss is not smoothed, the second with weights 0.9 and 1.
	var losses []float64
	trainer.Schedule = trainers.Exponential{Base: 1e-4, Gamma: math.Pow(1e7, 1/79.)}
	trainer.Hooks = []trainers.Hook{trainers.Every(1, func(r *trainers.Run) error { losses = append(losses, r.Loss); return nil })}
	fit(t, trainer, newRegression(), src, 2)
	graphtest.Equal(t, "smoothed", curve.Losses[:2], []float64{losses[0], (0.9*losses[0] + losses[1]) / 1.9}, 1e-12)

	leavesNoTrace(t, func(trainer *trainers.Trainer, m trainers.Model) {
		if _, err := trainer.FindRate(background, m, tokens(t, 1), 1e-4, 1, 20); err != nil {
			t.Error(err)
		}
	})
}

func TestFindRateToNaN(t *testing.T) {
	src := points(4, 16, 0.1)
	src[3]["y"].(*tensor.Dense).Float64s()[0] = math.NaN()
	trainer := trainers.Trainer{Optimizer: &trainers.SGD{}}
	m := newRegression()
	curve, err := trainer.FindRate(background, m, src, 0.01, 0.1, 10)
	if err != nil || !curve.Diverged || len(curve.Rates) != 3 {
		t.Errorf("%+v, %v", curve, err)
	}
	if loss, err := trainers.Loss(background, m, points(1, 2, 0)); err != nil || math.IsNaN(loss) {
		t.Errorf("loss afterwards is %v (%v)", loss, err)
	}
}

func TestFindRateRefuses(t *testing.T) {
	trainer := trainers.Trainer{Optimizer: &trainers.SGD{}}
	src := points(4, 16, 0.1)
	find := func(trainer trainers.Trainer, low, high float64, steps int) error {
		_, err := trainer.FindRate(background, newRegression(), src, low, high, steps)
		return err
	}
	cancelled, cancel := context.WithCancel(background)
	cancel()
	_, interrupted := trainer.FindRate(cancelled, newRegression(), src, 1e-3, 1, 10)
	for want, err := range map[string]error{
		"find rate: from 0 to 1 in 10 steps, want 0 < low < high and 2 steps or more": find(trainer, 0, 1, 10),
		"find rate: from 1 to 1 in 10 steps":                                          find(trainer, 1, 1, 10),
		"find rate: from 1 to +Inf in 10 steps":                                       find(trainer, 1, math.Inf(1), 10),
		"find rate: from 0.1 to 1 in 1 steps":                                         find(trainer, 0.1, 1, 1),
		"find rate: train: no Optimizer":                                              find(trainers.Trainer{}, 0.1, 1, 10),
		"find rate: context canceled":                                                 interrupted,
		"find rate: in ":                                                              find(trainer, 1e3, 1e4, 10),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error is %v, want %s ...", err, want)
		}
	}
}

// drifting is a source whose targets are others in each epoch.
type drifting struct{ batches }

func (s drifting) Batches(epoch, from int) iter.Seq2[data.Batch, error] {
	return func(yield func(data.Batch, error) bool) {
		for b, err := range s.batches.Batches(epoch, from) {
			y := b["y"].Clone().(*tensor.Dense)
			for i := range y.Float64s() {
				y.Float64s()[i] *= float64(1 - epoch)
			}
			if !yield(data.Batch{"x": b["x"], "y": y}, err) {
				return
			}
		}
	}
}

// dropping is a regression that drops half of what it reads.
type dropping struct{ regression }

func (m dropping) Loss(s *graph.Scope, spec data.Spec) *G.Node {
	x := s.Dropout(s.Input("x", spec["x"].Shape...), 0.5)
	w := s.Param("w", graph.Glorot, x.Shape()[1], 1)
	return s.Mean(s.Square(s.Sub(s.MatMul(x, w), s.Input("y", spec["y"].Shape...))))
}

func TestOverfit(t *testing.T) {
	adam := func(rate float64) trainers.Trainer {
		return trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(rate)}
	}
	clipped := adam(0.001)
	clipped.ClipNorm = 1e-9
	half := newRegression()
	if _, err := trainers.Loss(background, half, points(1, 8, 0)); err != nil {
		t.Fatal(err)
	}
	// The target depends on what the model does not read.
	blind := points(1, 8, 0)
	blind[0]["x"].(*tensor.Dense).Zero()
	mixed := func(s *graph.Scope) *G.Node {
		a, b := s.Param("a", graph.Ones, 1), s.Param("b", graph.Ones, 1)
		idle := s.Param("idle", graph.Ones, 1)
		return s.Add(s.Sum(s.Square(s.Add(a, s.Scale(b, 0)))), s.Sum(s.Add(s.Scale(s.StopGradient(idle), 0), s.Full(1, 1))))
	}
	for _, tc := range []struct {
		name    string
		trainer trainers.Trainer
		m       trainers.Model
		src     data.Source
		steps   int
		share   float64
		want    []string // nil: OK
	}{
		{"plane", adam(0.1), newRegression(), points(5, 8, 1), 300, 0.5, nil},
		{"carried state", adam(0.1), newRecurrence(tensor.Float64), tokens(t, 1), 300, 0.5, nil},
		{"other targets in each epoch", adam(0.1), newRegression(), drifting{points(5, 8, 0)}, 300, 0.1, nil},
		{"dropout", adam(0.01), dropping{newRegression()}, points(5, 64, 0), 1000, 0.001, []string{"the loss in training was "}},
		{"too short", adam(1e-4), newRegression(), points(5, 8, 0), 5, 0.1, []string{"the loss falls too slowly"}},
		{"no rate", adam(0), newRegression(), points(5, 8, 0), 5, 0.1, []string{"the learning rate was 0 at every step"}},
		{"too fast", adam(1000), newRegression(), points(5, 8, 0), 5, 0.1, []string{"the loss rose: the learning rate may be too high"}},
		{"clipped", clipped, newRegression(), points(5, 8, 0), 5, 0.1, []string{"the gradient was clipped at every step", "the loss falls too slowly"}},
		{"blind", adam(0.1), newRegression(), blind, 5, 0.1, []string{"no gradient reaches w", "the loss falls too slowly"}},
		{"parts", adam(0.1), declared{newRegression(), mixed}, points(1, 2, 0), 100, 0.1, []string{"no gradient reaches b, idle", "the loss falls too slowly"}},
		{"overflow", trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(1e200)}, newRegression(), points(5, 8, 0), 5, 0.1,
			[]string{"train step 2: loss is +Inf"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := tc.trainer.Overfit(background, tc.m, tc.src, tc.steps, tc.share)
			if err != nil {
				t.Fatal(err)
			}
			if got.OK != (tc.want == nil) || len(got.Wrong) != len(tc.want) || got.OK != (got.After <= tc.share*got.Before) {
				t.Fatalf("%+v, want %q", got, tc.want)
			}
			for i, want := range tc.want {
				if !strings.HasPrefix(got.Wrong[i], want) {
					t.Errorf("%q, want %q ...", got.Wrong[i], want)
				}
			}
			if text := got.String(); strings.HasPrefix(text, "the batch was learned: loss ") != got.OK || strings.Count(text, "\n") != len(tc.want) {
				t.Errorf("it says %s", text)
			}
			first, err := trainers.Loss(background, tc.m, data.First(tc.src, 1))
			if err != nil || first != got.Before {
				t.Errorf("loss afterwards is %v (%v), before it was %v", first, err, got.Before)
			}
		})
	}

	half.store.Params()[0].Frozen = true
	trainer := adam(0.1)
	if _, err := trainer.Overfit(background, half, points(1, 8, 0), 5, 0.1); err == nil || !strings.HasPrefix(err.Error(), "overfit: train: the loss depends on no parameter that is not frozen") {
		t.Errorf("all frozen: %v", err)
	}
	leavesNoTrace(t, func(trainer *trainers.Trainer, m trainers.Model) {
		if _, err := trainer.Overfit(background, m, tokens(t, 1), 5, 0.1); err != nil {
			t.Error(err)
		}
	})
	cancelled, cancel := context.WithCancel(background)
	cancel()
	_, interrupted := trainer.Overfit(cancelled, newRegression(), points(1, 8, 0), 5, 0.1)
	_, share := trainer.Overfit(background, newRegression(), points(1, 8, 0), 5, 1)
	_, steps := trainer.Overfit(background, newRegression(), points(1, 8, 0), 0, 0.1)
	for want, err := range map[string]error{
		"overfit: evaluate: run: context canceled": interrupted,
		"overfit: share is 1, want 0 < share < 1":  share,
		"overfit: 0 steps, want 1 or more":         steps,
	} {
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error is %v, want %s ...", err, want)
		}
	}
}

// counting counts the calls of a hook.
type counting struct{ starts, steps, ends int }

func (c *counting) Start(*trainers.Run) error { c.starts++; return nil }
func (c *counting) End(*trainers.Run) error   { c.ends++; return nil }
func (c *counting) Step(r *trainers.Run) error {
	if r.Step == r.Steps {
		c.steps++
	}
	return nil
}

func TestSmoke(t *testing.T) {
	var c counting
	observed := 0
	e := &trainers.Evaluate{Source: tokens(t, 2), Every: 1000, Log: io.Discard, Observers: []trainers.Observer{
		trainers.ObserverFunc(func(*trainers.Run, trainers.Evaluation) error { observed++; return nil }),
		&trainers.EarlyStopping{},
	}}
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	trainer := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.01), Hooks: []trainers.Hook{e, &c}}
	trainer.Checkpoints = trainers.Checkpoints{Dir: filepath.Join(dir, "real"), Resume: true}
	report, err := trainer.Smoke(background, newRecurrence(tensor.Float32), tokens(t, 1))
	if err != nil || report.Steps != 2 || c != (counting{1, 1, 1}) || observed != 1 || len(e.History) != 0 {
		t.Errorf("report %+v, %v; hook %+v; %d evaluations, history %v", report, err, c, observed, e.History)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v is left (%v)", left, err)
	}
	leavesNoTrace(t, func(trainer *trainers.Trainer, m trainers.Model) {
		if _, err := trainer.Smoke(background, m, tokens(t, 1)); err != nil {
			t.Error(err)
		}
	})
}

// undescribed is a model whose description fails, which a checkpoint finds.
type undescribed struct{ regression }

func (undescribed) Describe() (map[string][]byte, error) { return nil, errors.New("no words") }

func TestSmokeFindsMistakes(t *testing.T) {
	src := points(2, 4, 0)
	smoke := func(m trainers.Model, change func(*trainers.Trainer)) error {
		trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1)}
		change(&trainer)
		_, err := trainer.Smoke(background, m, src)
		return err
	}
	for want, err := range map[string]error{
		"smoke: train: no Model": smoke(nil, func(*trainers.Trainer) {}),
		"smoke: train step 2: hook 0 (trainers.every): no ink": smoke(newRegression(), func(t *trainers.Trainer) {
			t.Hooks = []trainers.Hook{trainers.Every(1000, func(*trainers.Run) error { return errors.New("no ink") })}
		}),
		"smoke: train: start: hook 0 (*trainers.Evaluate): evaluate: no Source": smoke(newRegression(), func(t *trainers.Trainer) {
			t.Hooks = []trainers.Hook{&trainers.Evaluate{}}
		}),
		"smoke: train: checkpoint: no words": smoke(undescribed{newRegression()}, func(tr *trainers.Trainer) {
			tr.Checkpoints.Dir = filepath.Join(t.TempDir(), "run")
		}),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error is %v, want %s ...", err, want)
		}
	}
}

// Nothing is saved of what is only tried, and nothing taken up.
func TestRehearsalsHaveNoCheckpoints(t *testing.T) {
	dir := t.TempDir()
	trainer := trainers.Trainer{
		Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.01),
		Checkpoints: trainers.Checkpoints{Dir: dir, Every: 1, Resume: true},
		Recovery:    trainers.Recovery{Skips: 2, Spike: 20}, Shards: 2,
	}
	m := newRecurrence(tensor.Float32)
	if _, err := trainer.FindRate(background, m, tokens(t, 1), 1e-4, 1, 20); err != nil {
		t.Error(err)
	}
	if _, err := trainer.Overfit(background, m, tokens(t, 1), 5, 0.1); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v is saved (%v)", left, err)
	}
}

// All that remembers at once goes on from a checkpoint to the last bit.
func TestCheckpointOfEverything(t *testing.T) {
	run := func(dir string, m recurrence, from, until int) *trainers.EMA {
		plateau, average := &trainers.ReduceOnPlateau{Initial: 0.5, Factor: 0.5}, &trainers.EMA{}
		stop := &trainers.EarlyStopping{Metric: "accuracy", Patience: 100, MinDelta: 10} // the first stays the best
		groups := trainers.Groups{
			{Pattern: "w*", Optimizer: &trainers.GradientNoise{Optimizer: &trainers.Adam{}, Seed: 3}},
			{Pattern: "**", Optimizer: &trainers.SGD{Momentum: 0.9}, Rate: 0.5},
		}
		trainer := trainers.Trainer{
			Optimizer: groups, Schedule: plateau, Checkpoints: trainers.Checkpoints{Dir: dir, Resume: dir != ""},
			Hooks: []trainers.Hook{average, &trainers.Evaluate{Source: tokens(t, 2), Every: 2, Average: average,
				Metrics: []metrics.Metric{{Name: "accuracy", Better: metrics.Higher, Sums: func(b metrics.Outcome) ([]float64, error) {
					return []float64{-b.Loss, 1}, nil
				}}},
				Observers: []trainers.Observer{plateau, stop}},
				starter{func(r *trainers.Run) error {
					if r.Step != from {
						t.Errorf("training begins after step %d, want %d", r.Step, from)
					}
					return nil
				}},
				trainers.Every(1, func(r *trainers.Run) error {
					if r.Step == until {
						r.Stop("halfway")
					}
					return nil
				})},
		}
		fit(t, trainer, m, tokens(t, 1), 12)
		return average
	}
	whole := newRecurrence(tensor.Float32)
	want := run("", whole, 0, 12)

	dir := t.TempDir()
	run(dir, newRecurrence(tensor.Float32), 0, 5)
	resumed := newRecurrence(tensor.Float32)
	got := run(dir, resumed, 5, 12)
	sameBits(t, "parameters", values(resumed), values(whole))
	for path, v := range want.Values() {
		graphtest.Equal(t, "average of "+path, got.Values()[path], v, 0)
	}
}

// An optimiser that has trained a part of the parameters goes on with more of them, a rehearsal or not.
func TestRehearsalOfMoreParameters(t *testing.T) {
	for name, optimizer := range everyOptimizer() {
		m := newRecurrence(tensor.Float64)
		trainer := trainers.Trainer{Optimizer: optimizer(), Schedule: trainers.Constant(0.01)}
		if groups, ok := trainer.Optimizer.(trainers.Groups); ok {
			groups[0].Pattern = "w*"
		}
		if _, err := trainers.Loss(background, m, tokens(t, 1)); err != nil {
			t.Fatal(err)
		}
		for _, frozen := range []string{"{embedding,b}", "head"} {
			if err := trainers.Unfreeze(m.store, "**"); err != nil {
				t.Fatal(err)
			}
			if err := trainers.Freeze(m.store, frozen); err != nil {
				t.Fatal(err)
			}
			if _, err := trainer.Overfit(background, m, tokens(t, 1), 2, 0.1); err != nil {
				t.Errorf("%s without %s: %v", name, frozen, err)
			}
			if _, err := trainer.Fit(background, m, tokens(t, 1), 2); err != nil {
				t.Errorf("%s without %s: %v", name, frozen, err)
			}
		}
	}
}
