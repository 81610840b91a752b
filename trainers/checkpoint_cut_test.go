package trainers_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/trainers"
)

// cancelAt is a hook that cancels the context in a step: what hooks behind it do there is cut short.
func cancelAt(step int, cancel func()) trainers.Hook {
	return trainers.Every(1, func(r *trainers.Run) error {
		if r.Step == step {
			cancel()
		}
		return nil
	})
}

// An evaluation that the end of the context cut short is made up for when training is resumed: the
// plateau sees it, and so do those who keep the best.
func TestResumeOfACutEvaluation(t *testing.T) {
	type outcome struct {
		values []float64
		best   int // step
		stop   int
		log    []int // steps of the evaluations
	}
	train := func(c trainers.Checkpoints, at int) outcome {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		m := newRecurrence(tensor.Float32)
		plateau, stop := &trainers.ReduceOnPlateau{Initial: 0.05, Factor: 0.5}, &trainers.EarlyStopping{Patience: 9}
		e := &trainers.Evaluate{Source: tokens(t, 5), Every: 2, Observers: []trainers.Observer{plateau, stop}}
		trainer := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: plateau, Checkpoints: c, Hooks: []trainers.Hook{cancelAt(at, cancel), e}}
		if _, err := trainer.Fit(ctx, m, tokens(t, 1), 30); err != nil {
			t.Fatal(err)
		}
		o := outcome{values: values(m), stop: stop.BestStep}
		for _, evaluation := range e.History {
			o.log = append(o.log, evaluation.Step)
		}
		if best, err := trainers.BestCheckpoint(c.Dir); err == nil {
			o.best = stepIn(t, best)
		}
		return o
	}
	checkpoints := func() trainers.Checkpoints { return trainers.Checkpoints{Dir: t.TempDir(), Every: 4, Resume: true} }
	want := train(checkpoints(), 0)
	for at := 2; at <= 30; at += 2 {
		c := checkpoints()
		first := train(c, at)
		got := train(c, 0)
		if !slices.Equal(got.values, want.values) || got.best != want.best || got.stop != want.stop {
			t.Errorf("cut short in step %d: best checkpoint %d, best %d, want %d, %d; same bits %v",
				at, got.best, got.stop, want.best, want.stop, slices.Equal(got.values, want.values))
		}
		if log := slices.Concat(first.log, got.log); !slices.Equal(log, want.log) {
			t.Errorf("cut short in step %d: evaluations %v, want %v", at, log, want.log)
		}
	}
}

// A leap of the loss goes back to where it would without an interruption, whose own checkpoint is no place
// to go back to.
func TestGoingBackBehindAnInterruption(t *testing.T) {
	for _, keep := range []int{1, 2} {
		src := points(40, 2, 0.1)
		src[17] = bad(1e4)
		train := func(dir string, at int) []float64 {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			m := newRegression()
			trainer := trainers.Trainer{
				Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.05), Hooks: []trainers.Hook{cancelAt(at, cancel)},
				Checkpoints: trainers.Checkpoints{Dir: dir, Every: 5, Keep: keep, Resume: true},
				Recovery:    trainers.Recovery{Skips: 2, Spike: 20, Factor: 0.8},
			}
			if _, err := trainer.Fit(ctx, m, src, 39); err != nil {
				t.Fatal(err)
			}
			return values(m)
		}
		want := train(t.TempDir(), 0)
		for at := 1; at < 39; at++ {
			dir := t.TempDir()
			train(dir, at)
			if got := train(dir, 0); !slices.Equal(got, want) {
				t.Errorf("keep %d, interrupted after step %d: %v, want %v", keep, at, got, want)
			}
		}
	}
}

func stepIn(t *testing.T, dir string) (step int) {
	t.Helper()
	if _, err := fmt.Sscanf(filepath.Base(dir), "step-%d", &step); err != nil {
		t.Fatal(err)
	}
	return step
}
