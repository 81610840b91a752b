package trainers_test

import (
	"context"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
)

// bad is a batch whose first input is v.
func bad(v float64) data.Batch {
	return data.Batch{"x": dense([]float64{v, 0, 0, 0}, 2, 2), "y": dense([]float64{0, 0}, 2, 1)}
}

// A batch with NaN is left out, at half the learning rate from there on, and everything else is as if it
// had not been there.
func TestRecoverySkips(t *testing.T) {
	good := points(6, 2, 0)
	var with batches
	with = append(with, good[:3]...)
	with = append(with, bad(math.NaN()))
	with = append(with, good[3:]...)
	m, n := newRegression(), newRegression()
	report := fit(t, trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.1), Recovery: trainers.Recovery{Skips: 1}}, m, with, 6)
	if report.Skipped != 1 || report.Steps != 6 {
		t.Errorf("%+v, want one batch left out of 6 steps", report)
	}
	fit(t, trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Step{Base: 0.1, Every: 3, Gamma: 0.5}}, n, good, 6)
	sameBits(t, "parameters", values(m), values(n))

	trainer := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.1), Recovery: trainers.Recovery{Skips: 1}}
	_, err := trainer.Fit(context.Background(), newRegression(), with, 12) // it comes again in the second epoch
	want := `after 1 batches that were left out: train step 10: loss is NaN, first input "x" at (0, 0); batch 3 of epoch 1; `
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error is %v, want %s", err, want)
	}
}

// The state that is carried is that from before the batch.
func TestRecoveryKeepsTheCarriedState(t *testing.T) {
	m := newRecurrence(tensor.Float64)
	var head []float64
	var healthy float64
	poison := trainers.Every(1, func(r *trainers.Run) error {
		if p, _ := m.Store().Param("wh"); r.Step == 3 {
			head = p.Value.Float64s()
			healthy, head[0] = head[0], math.NaN() // for the next step
		}
		return nil
	})
	listen := &listenerFunc{func(r *trainers.Run, e trainers.Event) {
		if e.Name != "skipped" {
			return
		}
		head[0] = healthy
		for name, v := range r.Session.Carried() {
			for _, x := range v.Float64s() {
				if math.IsNaN(x) {
					t.Fatalf("%s holds NaN", name)
				}
			}
		}
	}}
	report := fit(t, trainers.Trainer{
		Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Recovery: trainers.Recovery{Skips: 1}, Hooks: []trainers.Hook{poison, listen},
	}, m, tokens(t, 1), 8)
	if report.Skipped != 1 {
		t.Errorf("%+v", report)
	}
}

type listenerFunc struct {
	f func(*trainers.Run, trainers.Event)
}

func (listenerFunc) Step(*trainers.Run) error { return nil }
func (l listenerFunc) Event(r *trainers.Run, e trainers.Event) error {
	l.f(r, e)
	return nil
}

// Behind a leap of the loss training goes back to the newest checkpoint and leaves the batch out, and a run
// that was interrupted in between ends with the same bits.
func TestRecoveryGoesBack(t *testing.T) {
	src := points(40, 2, 0.1)
	src[17] = bad(1e4)
	train := func(dir string, hooks ...trainers.Hook) ([]float64, trainers.Report) {
		m := newRegression()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		for _, h := range hooks {
			if k, ok := h.(*interrupter); ok {
				k.cancel = cancel
			}
		}
		trainer := trainers.Trainer{
			Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.05), Hooks: hooks,
			Checkpoints: trainers.Checkpoints{Dir: dir, Every: 5, Resume: true},
			Recovery:    trainers.Recovery{Skips: 2, Spike: 20, Factor: 0.8},
		}
		report, err := trainer.Fit(ctx, m, src, 39)
		if err != nil {
			t.Fatal(err)
		}
		return values(m), report
	}
	var texts []string
	listen := &listenerFunc{func(_ *trainers.Run, e trainers.Event) {
		if text, ok := e.Value.(string); ok && e.Name == "skipped" {
			texts = append(texts, text)
		}
	}}
	want, report := train(t.TempDir(), listen)
	if report.Skipped != 1 || report.Steps != 39 {
		t.Errorf("%+v, want one batch left out of 39 steps", report)
	}
	if len(texts) != 1 || !strings.HasPrefix(texts[0], "train step 18: loss is ") || !strings.HasSuffix(texts[0], "left out, went back to step 15, learning rate times 0.8") {
		t.Errorf("told %q", texts)
	}
	dir := t.TempDir()
	train(dir, &interrupter{after: 25})
	got, report := train(dir)
	sameBits(t, "parameters", got, want)
	if report.Skipped != 1 {
		t.Errorf("resumed: %+v", report)
	}
}

// below is a regression whose loss is below 0.
type below struct{ regression }

func (m below) Loss(s *graph.Scope, spec data.Spec) *G.Node {
	return s.Shift(m.regression.Loss(s, spec), -10)
}

// Of losses below 0 none is a multiple of the others.
func TestNoLeapBelowZero(t *testing.T) {
	trainer := trainers.Trainer{
		Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.01), Checkpoints: trainers.Checkpoints{Dir: t.TempDir(), Every: 5},
		Recovery: trainers.Recovery{Skips: 3, Spike: 3},
	}
	if report := fit(t, trainer, below{newRegression()}, points(40, 2, 0.1), 39); report.Skipped != 0 {
		t.Errorf("%d were left out", report.Skipped)
	}
}

// A batch that was left out stays so when a leap behind it goes back to before it.
func TestLeftOutOnce(t *testing.T) {
	src := points(40, 2, 0.1)
	src[16], src[18] = bad(math.NaN()), bad(1e4)
	trainer := trainers.Trainer{
		Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.05), Checkpoints: trainers.Checkpoints{Dir: t.TempDir(), Every: 5},
		Recovery: trainers.Recovery{Skips: 2, Spike: 20, Factor: 0.8},
	}
	if report := fit(t, trainer, newRegression(), src, 37); report.Skipped != 2 {
		t.Errorf("%d were left out, want 2", report.Skipped)
	}
}
