package trainers_test

import (
	"context"
	"iter"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/internal/kernel"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
)

func TestFitLearns(t *testing.T) {
	m := newRegression()
	trainer := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.1)}
	report := fit(t, trainer, m, points(5, 8, 0), 303)
	graphtest.Equal(t, "w", values(m), []float64{2, -1}, 1e-4)
	if report.Steps != 303 || report.Epochs != 61 || report.Interrupted || report.Stopped != "" || !(report.Seconds > 0) || !(report.Loss < 1e-6) {
		t.Errorf("report %+v", report)
	}
	if at := report.Position; at.Step != 303 || at.Epoch != 60 || at.Batch != 3 || at.Runs != 303 {
		t.Errorf("position %+v", at)
	}
}

func TestFitFeeds(t *testing.T) {
	src := points(1, 4, 0)
	src[0]["unread"] = dense([]float64{1}, 1)
	trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1)}
	fit(t, trainer, newRegression(), src, 1)

	lacking := append(points(1, 4, 0), data.Batch{"x": src[0]["x"], "z": src[0]["y"]})
	_, err := trainer.Fit(context.Background(), newRegression(), lacking, 2)
	if err == nil || err.Error() != `train step 2: the model reads "y"; the batch has x, z` {
		t.Errorf("error is %v", err)
	}
}

// train trains the recurrence with dropout, carried state and clipping.
func train(t *testing.T, dt tensor.Dtype, hooks ...trainers.Hook) []float64 {
	t.Helper()
	m := newRecurrence(dt)
	fit(t, trainers.Trainer{
		Optimizer: &trainers.Adam{}, Schedule: trainers.Cosine{Peak: 0.03, Warmup: 2, Steps: 25}, ClipNorm: 0.5, Hooks: hooks,
	}, m, tokens(t, 1), 25)
	return values(m)
}

func TestFitIsDeterministic(t *testing.T) {
	defer kernel.Eager()()
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		want := train(t, dt)
		for _, threads := range []int{1, 2, 4} {
			before := runtime.GOMAXPROCS(threads)
			got := train(t, dt)
			runtime.GOMAXPROCS(before)
			sameBits(t, "parameters", got, want)
		}
	}
}

func TestFitGoesOnFromPosition(t *testing.T) {
	for _, accumulate := range []int{1, 3} {
		trainer := func() trainers.Trainer {
			return trainers.Trainer{
				Optimizer: &trainers.Adam{}, Schedule: trainers.Cosine{Peak: 0.03, Steps: 20}, Accumulate: accumulate,
			}
		}
		whole := newRecurrence(tensor.Float32)
		want := fit(t, trainer(), whole, tokens(t, 1), 20)

		half := newRecurrence(tensor.Float32)
		before := trainer()
		report := fit(t, before, half, tokens(t, 1), 10)
		half = recurrence{half.store.Snapshot()}
		after := trainer()
		after.From = report.Position
		if err := after.Optimizer.SetState(before.Optimizer.State()); err != nil {
			t.Fatal(err)
		}
		got := fit(t, after, half, tokens(t, 1), 20)
		sameBits(t, "10 + 10 steps", values(half), values(whole))
		if got.Loss != want.Loss || got.Epochs != want.Epochs || got.Position.Runs != want.Position.Runs || got.Position.Batch != want.Position.Batch {
			t.Errorf("report %+v, want %+v", got, want)
		}
	}
}

func TestRunPosition(t *testing.T) {
	var saved trainers.Position
	m := newRecurrence(tensor.Float64)
	report := fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{
		trainers.Every(0, func(r *trainers.Run) error { saved = r.Position(); return nil }),
	}}, m, tokens(t, 1), 12)
	graphtest.Equal(t, "carried", saved.Carried["h"], report.Position.Carried["h"], 0)
	differ(t, "carried", saved.Carried["h"].Float64s(), make([]float64, 24))
	if saved.Step != 12 || saved.Epoch != 1 || saved.Batch != 2 || saved.Runs != 12 {
		t.Errorf("position %+v", saved)
	}
}

func TestAccumulateIsABiggerBatch(t *testing.T) {
	small := points(6, 4, 0.5)
	var big batches // each of three small ones
	for k := 0; k < len(small); k += 3 {
		var x, y []float64
		for _, b := range small[k : k+3] {
			x = append(x, b["x"].Data().([]float64)...)
			y = append(y, b["y"].Data().([]float64)...)
		}
		big = append(big, data.Batch{"x": dense(x, 12, 2), "y": dense(y, 12, 1)})
	}
	var losses [2][]float64
	var weights [2][]float64
	for i, src := range []data.Source{small, big} {
		m := newRegression()
		fit(t, trainers.Trainer{
			Optimizer: &trainers.SGD{Momentum: 0.9}, Schedule: trainers.Constant(0.05), Accumulate: []int{3, 1}[i], ClipNorm: 1,
			Hooks: []trainers.Hook{trainers.Every(1, func(r *trainers.Run) error {
				losses[i] = append(losses[i], r.Loss, r.GradNorm)
				return nil
			})},
		}, m, src, 8)
		weights[i] = values(m)
	}
	graphtest.Equal(t, "losses and norms", losses[0], losses[1], 1e-12)
	graphtest.Equal(t, "w", weights[0], weights[1], 1e-12)
}

func TestFitClips(t *testing.T) {
	src := points(1, 4, 0)
	var norm float64
	m, moved := newRegression(), newRegression()
	fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0), ClipNorm: 1}, m, src, 1)
	fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(1), ClipNorm: 0.01, Hooks: []trainers.Hook{
		trainers.Every(1, func(r *trainers.Run) error { norm = r.GradNorm; return nil }),
	}}, moved, src, 1)
	from, to := values(m), values(moved)
	graphtest.Equal(t, "distance moved at rate 1", math.Hypot(to[0]-from[0], to[1]-from[1]), 0.01, 1e-6)
	if !(norm > 1) {
		t.Errorf("norm before clipping is %v, want more than 1", norm)
	}
}

func TestFitStopsAtNaN(t *testing.T) {
	nan := data.Batch{"x": dense([]float64{math.NaN(), 0, 0, 0}, 2, 2), "y": dense([]float64{0, 0}, 2, 1)}
	huge := data.Batch{"x": dense([]float64{1e150, 0, 0, 0}, 2, 2), "y": dense([]float64{1e10, 0}, 2, 1)}
	for _, tc := range []struct {
		what       string
		src        batches
		accumulate int
		want       string
	}{
		{"loss of the first step", batches{nan}, 1, `train step 1: loss is NaN, first input "x" at (0, 0); batch 0 of epoch 0; no step came before`},
		{"loss", append(points(2, 2, 0), nan), 1, `train step 3: loss is NaN, first input "x" at (0, 0); batch 2 of epoch 0; gradient norms of the steps before: `},
		{"loss of a later batch", append(points(3, 2, 0), nan), 2, `train step 2: loss is NaN, first input "x" at (0, 0); batch 2 of epoch 0, batch 3 of epoch 0; gradient norms of the steps before: `},
		{"gradient norm", append(points(1, 2, 0), huge), 1, "train step 2: gradient norm is +Inf at loss "},
	} {
		t.Run(tc.what, func(t *testing.T) {
			m := newRegression()
			var before []float64
			trainer := trainers.Trainer{
				Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.1), ClipNorm: 1, Accumulate: tc.accumulate,
				Hooks: []trainers.Hook{trainers.Every(1, func(*trainers.Run) error { before = values(m); return nil })},
			}
			report, err := trainer.Fit(context.Background(), m, tc.src, 100)
			if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Fatalf("error is %v, want %s ...", err, tc.want)
			}
			if before == nil { // stopped in the first step
				fresh := newRegression()
				if _, err := trainers.Loss(context.Background(), fresh, tc.src); err != nil {
					t.Fatal(err)
				}
				before = values(fresh)
			}
			sameBits(t, "parameters", values(m), before)
			if len(trainer.Optimizer.State()) != 0 && trainer.Optimizer.State()["w/step"].Float64s()[0] != float64(report.Steps) {
				t.Errorf("the optimiser took a step more than the %d reported", report.Steps)
			}
		})
	}
}

func TestFitIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var calls []string
	trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Accumulate: 2, Hooks: []trainers.Hook{
		trainers.Every(3, func(r *trainers.Run) error {
			cancel()
			return errors.Wrap(r.Context().Err(), "while sampling") // no failure
		}),
		recorder{"second", &calls},
	}}
	m := newRegression()
	report, err := trainer.Fit(ctx, m, points(4, 2, 0), 100)
	if err != nil {
		t.Fatal(err)
	}
	if report.Steps != 3 || !report.Interrupted || report.Position.Batch != 2 {
		t.Errorf("report %+v", report)
	}
	if got := strings.Join(calls, " "); got != "second:start second:1 second:2 second:3 second:end" {
		t.Errorf("calls %s", got)
	}

	// Cancelled beforehand, nothing is touched.
	before := values(m)
	report, err = trainer.Fit(ctx, m, points(4, 2, 0), 100)
	if err != nil || report.Steps != 0 || report.Epochs != 0 || !report.Interrupted || !math.IsNaN(report.Loss) {
		t.Errorf("report %+v, error %v", report, err)
	}
	sameBits(t, "parameters", values(m), before)
}

// canceller cancels in the middle of an epoch, while a batch is being made.
type canceller struct {
	batches
	cancel func()
}

func (c canceller) Batches(epoch, from int) iter.Seq2[data.Batch, error] {
	c.cancel()
	return c.batches.Batches(epoch, from)
}

func TestFitFinishesTheStepUnderWay(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1)}
	report, err := trainer.Fit(ctx, newRegression(), canceller{points(4, 2, 0), cancel}, 100)
	if err != nil || report.Steps != 1 || !report.Interrupted {
		t.Errorf("report %+v, error %v", report, err)
	}
}

// failing is a Source that breaks off after its first batch.
type failing struct{ batches }

func (f failing) Batches(_, from int) iter.Seq2[data.Batch, error] {
	return func(yield func(data.Batch, error) bool) {
		if yield(f.batches[0], nil) {
			yield(nil, errors.New("disk on fire"))
		}
	}
}

// unbatched is a Source of nothing, from its second epoch on.
type unbatched struct{ batches }

func (u unbatched) Batches(epoch, from int) iter.Seq2[data.Batch, error] {
	if epoch == 0 {
		return u.batches.Batches(epoch, from)
	}
	return func(func(data.Batch, error) bool) {}
}

// declared is a model made of one function.
type declared struct {
	regression
	loss func(*graph.Scope) *G.Node
}

func (d declared) Loss(s *graph.Scope, _ data.Spec) *G.Node { return d.loss(s) }

func TestFitRefuses(t *testing.T) {
	frozen := newRegression()
	if _, err := trainers.Loss(context.Background(), frozen, points(1, 2, 0)); err != nil {
		t.Fatal(err)
	}
	frozen.store.Params()[0].Frozen = true

	good := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1)}
	with := func(change func(*trainers.Trainer)) trainers.Trainer {
		trainer := good
		change(&trainer)
		return trainer
	}
	src := points(2, 2, 0)
	for _, tc := range []struct {
		want    string
		trainer trainers.Trainer
		model   trainers.Model
		src     data.Source
		steps   int
	}{
		{"train: no Model", good, nil, src, 1},
		{"train: no Source", good, newRegression(), nil, 1},
		{"train: no Optimizer", with(func(t *trainers.Trainer) { t.Optimizer = nil }), newRegression(), src, 1},
		{"train: no Schedule", with(func(t *trainers.Trainer) { t.Schedule = nil }), newRegression(), src, 1},
		{"train: 0 steps", good, newRegression(), src, 0},
		{"train: Accumulate is -1", with(func(t *trainers.Trainer) { t.Accumulate = -1 }), newRegression(), src, 1},
		{"train: ClipNorm is NaN", with(func(t *trainers.Trainer) { t.ClipNorm = math.NaN() }), newRegression(), src, 1},
		{"train: build: want a Store", good, regression{}, src, 1},
		{"train: the loss depends on no parameter", good, frozen, src, 1},
		{"train: no such luck", good, declared{newRegression(), func(s *graph.Scope) *G.Node { s.Fail("no such luck"); return nil }}, src, 1},
		{"train: build: the graph computes nothing", good, declared{newRegression(), func(*graph.Scope) *G.Node { return nil }}, src, 1},
		{"train: Trainer.From: carry h: not declared", with(func(t *trainers.Trainer) {
			t.From.Carried = graph.Carried{"h": dense([]float64{1}, 1)}
		}), newRegression(), src, 1},
		{"train step 2: disk on fire", good, newRegression(), failing{src}, 5},
		{"train step 3: epoch 1 has no batch", good, newRegression(), unbatched{src}, 5},
		{"train step 1: sgd: Momentum is 2", with(func(t *trainers.Trainer) { t.Optimizer = &trainers.SGD{Momentum: 2} }), newRegression(), src, 1},
	} {
		_, err := tc.trainer.Fit(context.Background(), tc.model, tc.src, tc.steps)
		if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("error is %v, want %s ...", err, tc.want)
		}
	}
}
