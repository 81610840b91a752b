package trainers_test

import (
	"bytes"
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/trainers"
)

// rewinding is a hook that notes the steps it sees.
type rewinding struct{ steps *[]int }

func (w rewinding) Step(r *trainers.Run) error { *w.steps = append(*w.steps, r.Step); return nil }
func (w rewinding) Rewind(r *trainers.Run) error {
	*w.steps = slices.DeleteFunc(*w.steps, func(s int) bool { return s > r.Step })
	return nil
}

func (w rewinding) Observe(*trainers.Run, trainers.Evaluation) error { return nil }

// Training is resumed at step 7 and goes back to step 5 after a leap of the loss: whatever counts steps shows those
// that happened.
func TestGoingBackIsNoticed(t *testing.T) {
	src := points(40, 2, 0.1)
	src[17] = bad(1e4)
	dir := t.TempDir()
	var progress, log bytes.Buffer
	var steps, observer []int
	l := &listener{}
	var e *trainers.Evaluate
	train := func(until int) trainers.Report {
		e = &trainers.Evaluate{Source: points(1, 4, 0.1), Every: 3, EveryRows: 2, Observers: []trainers.Observer{rewinding{&observer}}}
		e.History = []trainers.Evaluation{{Step: 100}} // of an earlier training
		trainer := trainers.Trainer{
			Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.05),
			Hooks: []trainers.Hook{
				&trainers.Evaluate{Name: "end", Source: points(1, 4, 0.1)}, // its best would be saved
				&trainers.UpdateRatio{Every: 1}, &trainers.Histograms{Every: 2}, e, rewinding{&steps},
				trainers.Progress(&progress), trainers.Log(&log, 1), l,
			},
			Checkpoints: trainers.Checkpoints{Dir: dir, Every: 15, Resume: true},
			Recovery:    trainers.Recovery{Skips: 2, Spike: 20, Factor: 0.8},
		}
		report, err := trainer.Fit(context.Background(), newRegression(), sharded{src}, until)
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	train(16)
	report := train(30)
	if report.Skipped != 1 || report.Steps != 30 || report.Before != 16 {
		t.Errorf("report %+v", report)
	}
	var want []int
	for step := 1; step <= 30; step++ {
		want = append(want, step)
	}
	if !slices.Equal(steps, want) {
		t.Errorf("a Rewinder has seen the steps %v", steps)
	}
	var evaluated []int
	for _, at := range e.History[1:] {
		evaluated = append(evaluated, at.Step)
	}
	if e.History[0].Step != 100 || !slices.IsSorted(evaluated) || len(slices.Compact(slices.Clone(evaluated))) != len(evaluated) || evaluated[len(evaluated)-1] != 30 {
		t.Errorf("evaluated at %v", e.History)
	}
	// What a step changed is measured against the step before, not against one that was undone.
	for _, event := range l.events {
		if v, ok := event.Value.(float64); ok && strings.HasPrefix(event.Name, "update_ratio/") && event.Step == 16 && v > 1 {
			t.Errorf("update ratio %v of step %d", v, event.Step)
		}
	}
	if !strings.Contains(progress.String(), "went back from step 17\n") || !strings.Contains(log.String(), "step 30  ") {
		t.Errorf("progress\n%s\nlog\n%s", progress.String(), log.String())
	}
}

// The first step after going back is measured against where it went back to.
func TestUpdateRatioAfterGoingBack(t *testing.T) {
	src := points(40, 2, 0.1)
	src[17] = bad(1e4)
	ratios := func(spike float64) (list []float64) {
		l := &listener{}
		data := src
		if spike == 0 {
			data = slices.Delete(slices.Clone(src), 17, 18)
		}
		trainer := trainers.Trainer{
			Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.01), Hooks: []trainers.Hook{&trainers.UpdateRatio{Every: 1}, l},
			Checkpoints: trainers.Checkpoints{Dir: t.TempDir(), Every: 15},
			Recovery:    trainers.Recovery{Skips: 2, Spike: spike, Factor: 1},
		}
		if spike == 0 {
			trainer.Recovery = trainers.Recovery{}
		}
		fit(t, trainer, newRegression(), data, 30)
		for _, e := range l.events {
			if strings.HasPrefix(e.Name, "update_ratio/") && e.Step >= 16 {
				list = append(list, e.Value.(float64))
			}
		}
		return list
	}
	want, got := ratios(0), ratios(20)
	if got = got[len(got)-len(want):]; !reflect.DeepEqual(got, want) {
		t.Errorf("ratios\n%v after going back, want\n%v as if the batch had not been there", got, want)
	}
}

// EarlyStopping and the best checkpoint may be those of the model that training began with.
func TestInitialModelMayBeTheBest(t *testing.T) {
	for _, resume := range []bool{false, true} {
		m, dir := newRegression(), t.TempDir()
		if _, err := trainers.Loss(background, m, points(1, 4, 0)); err != nil {
			t.Fatal(err)
		}
		copy(m.store.Params()[0].Value.Float64s(), []float64{2, -1}) // exact
		initial := values(m)
		run := func(m regression, until int) (*trainers.EarlyStopping, *trainers.Evaluate, []int) {
			var told []int
			stop := &trainers.EarlyStopping{Patience: 100}
			e := &trainers.Evaluate{Source: points(1, 4, 0), EveryRows: 6, Observers: []trainers.Observer{stop,
				trainers.ObserverFunc(func(_ *trainers.Run, e trainers.Evaluation) error { told = append(told, e.Step); return nil })}}
			fit(t, trainers.Trainer{
				Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(1.5), Hooks: []trainers.Hook{e,
					trainers.Every(1, func(r *trainers.Run) error {
						if r.Step == until {
							r.Stop("halfway")
						}
						return nil
					})},
				Checkpoints: trainers.Checkpoints{Dir: dir, Resume: resume},
			}, m, sharded{points(4, 2, 0.1)}, 7)
			return stop, e, told
		}
		if resume {
			run(m, 2)
			if m = newRegression(); len(values(m)) != 0 {
				t.Fatal("parameters before the resume")
			}
		}
		stop, e, told := run(m, 7)
		if stop.BestStep != 0 || stop.Best != 0 {
			t.Errorf("resumed %v: best %v of step %d, want 0 of step 0", resume, stop.Best, stop.BestStep)
		}
		sameBits(t, "parameters", values(m), initial)
		var steps []int
		for _, at := range e.History {
			steps = append(steps, at.Step)
		}
		want := []int{0, 3, 6, 7} // 6 rows are three steps
		if resume {
			want = want[1:]
		}
		if !slices.Equal(steps, want) || slices.Contains(told, 0) {
			t.Errorf("resumed %v: evaluated at %v, want %v; another observer was told of %v", resume, steps, want, told)
		}
		if best, err := trainers.BestCheckpoint(dir); err != nil || stepIn(t, best) != 0 {
			t.Errorf("best checkpoint %s (%v), want that of step 0", best, err)
		}
	}
}

// Looking at the model before the first step changes no bit of training.
func TestInitialEvaluationDoesNotDisturbTraining(t *testing.T) {
	e := &trainers.Evaluate{Source: tokens(t, 2), Every: 3, Initial: true}
	sameBits(t, "parameters", train(t, tensor.Float32, e), train(t, tensor.Float32))
	if len(e.History) != 10 || e.History[0].Step != 0 {
		t.Errorf("history %v, want 0, 3, 6, ... 24, 25", e.History)
	}
}

func TestEveryRowsNeedsRows(t *testing.T) {
	trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{
		&trainers.Evaluate{Source: points(1, 4, 0), EveryRows: 5}}}
	if _, err := trainer.Fit(background, newRegression(), points(1, 4, 0), 3); err == nil || !strings.Contains(err.Error(), "data.Sharder") {
		t.Errorf("error is %v", err)
	}
}
