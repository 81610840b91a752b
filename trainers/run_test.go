package trainers_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers"
)

// recorder notes the calls that it gets.
type recorder struct {
	name  string
	calls *[]string
}

func (c recorder) note(what any)              { *c.calls = append(*c.calls, fmt.Sprint(c.name, ":", what)) }
func (c recorder) Start(*trainers.Run) error  { c.note("start"); return nil }
func (c recorder) Step(r *trainers.Run) error { c.note(r.Step); return nil }
func (c recorder) End(*trainers.Run) error    { c.note("end"); return nil }
func failAt(n int, message string) trainers.Hook {
	return trainers.Every(n, func(*trainers.Run) error { return errors.New(message) })
}

func TestHooksOrder(t *testing.T) {
	var calls []string
	stop := trainers.Every(2, func(r *trainers.Run) error { r.Stop("enough"); r.Stop("more than enough"); return nil })
	report := fit(t, trainers.Trainer{
		Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1),
		Hooks: []trainers.Hook{recorder{"a", &calls}, stop, recorder{"b", &calls}},
	}, newRegression(), points(2, 2, 0), 100)
	if got, want := strings.Join(calls, " "), "a:start b:start a:1 b:1 a:2 b:2 a:end b:end"; got != want {
		t.Errorf("calls %s, want %s", got, want)
	}
	if report.Stopped != "enough" || report.Steps != 2 || report.Interrupted {
		t.Errorf("report %+v", report)
	}
}

func TestHookFails(t *testing.T) {
	var calls []string
	trainer := trainers.Trainer{
		Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1),
		Hooks: []trainers.Hook{recorder{"a", &calls}, failAt(2, "no space left"), recorder{"b", &calls}},
	}
	report, err := trainer.Fit(context.Background(), newRegression(), points(2, 2, 0), 100)
	if err == nil || err.Error() != "train step 2: hook 1 (trainers.every): no space left" {
		t.Errorf("error is %v", err)
	}
	if got, want := strings.Join(calls, " "), "a:start b:start a:1 b:1 a:2 a:end b:end"; got != want {
		t.Errorf("calls %s, want %s", got, want)
	}
	if report.Steps != 2 {
		t.Errorf("report %+v", report)
	}

	// That training was interrupted as well makes it no less a failure.
	ctx, cancel := context.WithCancel(context.Background())
	trainer.Hooks = []trainers.Hook{trainers.Every(1, func(*trainers.Run) error { cancel(); return errors.New("no space left") })}
	if _, err := trainer.Fit(ctx, newRegression(), points(2, 2, 0), 100); err == nil {
		t.Error("no error")
	}
}

func TestEvery(t *testing.T) {
	for n, want := range map[int]string{1: "[1 2 3 4 5 6 7]", 3: "[3 6 7]", 7: "[7]", 100: "[7]", 0: "[7]", -1: "[7]"} {
		var at []int
		fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{
			trainers.Every(n, func(r *trainers.Run) error { at = append(at, r.Step); return nil }),
		}}, newRegression(), points(2, 2, 0), 7)
		if got := fmt.Sprint(at); got != want {
			t.Errorf("every %d of 7: %s, want %s", n, got, want)
		}
	}
}

func TestRunShowsTheStep(t *testing.T) {
	m := newRegression()
	fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Exponential{Base: 0.1, Gamma: 0.5}, Hooks: []trainers.Hook{
		trainers.Every(1, func(r *trainers.Run) error {
			if r.Model != trainers.Model(m) || r.Steps != 3 || r.Epoch != (r.Step-1)/2 || r.Loss != r.Session.Cost() || !(r.GradNorm > 0) || !(r.Elapsed > 0) {
				t.Errorf("run %+v", r)
			}
			if want := 0.1 / float64(int(1)<<(r.Step-1)); r.Rate != want {
				t.Errorf("rate %v at step %d, want %v", r.Rate, r.Step, want)
			}
			return nil
		}),
	}}, m, points(2, 2, 1), 3)
}
