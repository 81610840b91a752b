package trainers_test

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/trainers"
)

// listener keeps what it hears, and fails at the event of the given name.
type listener struct {
	events []trainers.Event
	fail   string
	steps  int
}

func (l *listener) Step(*trainers.Run) error { l.steps++; return nil }

func (l *listener) Event(r *trainers.Run, e trainers.Event) error {
	if e.Name == l.fail {
		return errors.New("no space left")
	}
	if e.Step != r.Step || e.Epoch != r.Epoch || e.Elapsed != r.Elapsed {
		return errors.Errorf("event %+v of step %d, epoch %d, %v", e, r.Step, r.Epoch, r.Elapsed)
	}
	l.events = append(l.events, e)
	return nil
}

func (l *listener) names() string {
	var names []string
	for _, e := range l.events {
		names = append(names, fmt.Sprint(e.Step, ":", e.Name))
	}
	return strings.Join(names, " ")
}

func TestEventsComeInOrder(t *testing.T) {
	first, last := &listener{}, &listener{}
	curves := trainers.Curves{X: "month", Lines: []trainers.Curve{{Name: "truth", Y: []float64{1, 2}}}}
	fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{
		first,
		&trainers.Evaluate{Source: points(1, 4, 1), Every: 2},
		trainers.Every(0, func(r *trainers.Run) error {
			r.Text("sample", "abc")
			r.Histogram("values", []float64{1, 2})
			r.Curves("forecast", curves)
			return nil
		}),
		last,
	}}, newRegression(), points(2, 2, 0), 3)
	want := "1:loss 1:rate 1:grad_norm 2:loss 2:rate 2:grad_norm 2:validation/loss" +
		" 3:loss 3:rate 3:grad_norm 3:validation/loss 3:sample 3:values 3:forecast"
	for _, l := range []*listener{first, last} {
		if got := l.names(); got != want {
			t.Errorf("events\n%s, want\n%s", got, want)
		}
	}
	events := last.events
	rate, _ := events[1].Value.(float64)
	text, _ := events[11].Value.(string)
	histogram, _ := events[12].Value.(trainers.Histogram)
	got, _ := events[13].Value.(trainers.Curves)
	if rate != 0.1 || text != "abc" || histogram.Count() != 2 || !reflect.DeepEqual(got, curves) {
		t.Errorf("events %+v", events)
	}
}

// The place of a Listener among the hooks does not matter.
func TestListenersStartFirstAndEndLast(t *testing.T) {
	const step = " listener:loss listener:rate listener:grad_norm hook:1 listener:1 "
	var calls []string
	l, hook := listening{recorder{"listener", &calls}}, recorder{"hook", &calls}
	for _, tc := range []struct {
		hooks []trainers.Hook
		want  string
	}{
		{[]trainers.Hook{l, talker{}, hook}, "listener:start listener:settings hook:start" + step + "listener:summary hook:end listener:end"},
		{[]trainers.Hook{hook, talker{}, l}, "listener:start hook:start listener:settings" + step + "hook:end listener:summary listener:end"},
	} {
		calls = nil
		fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: tc.hooks}, newRegression(), points(2, 2, 0), 1)
		if got := strings.Join(calls, " "); got != tc.want {
			t.Errorf("calls\n%s, want\n%s", got, tc.want)
		}
	}
}

// listening is a recorder that is a Listener.
type listening struct{ recorder }

func (l listening) Event(_ *trainers.Run, e trainers.Event) error { l.note(e.Name); return nil }

func TestListenerFails(t *testing.T) {
	for fail, want := range map[string]string{
		"rate":            "train step 1: *trainers_test.listener: rate: no space left",
		"validation/loss": "train step 1: *trainers_test.listener: validation/loss: no space left",
		"summary":         "train: end: *trainers_test.listener: summary: no space left",
		"settings":        "train: start: *trainers_test.listener: settings: no space left",
	} {
		l, heard := &listener{fail: fail}, &listener{}
		trainer := trainers.Trainer{
			Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1),
			Hooks: []trainers.Hook{talker{}, &trainers.Evaluate{Source: points(1, 4, 1), Every: 1}, l, heard},
		}
		_, err := trainer.Fit(context.Background(), newRegression(), points(2, 2, 0), 5)
		if err == nil || err.Error() != want {
			t.Errorf("error is %v, want %s", err, want)
		}
		if fail != "summary" && l.steps != 0 {
			t.Errorf("%s: %d steps after the failure", fail, l.steps)
		}
		if strings.Contains(heard.names(), fail) {
			t.Errorf("%s: heard %s", fail, heard.names())
		}
	}
}

// talker emits before the first step and after the last.
type talker struct{}

func (talker) Start(r *trainers.Run) error { r.Text("settings", "x"); return nil }
func (talker) Step(*trainers.Run) error    { return nil }
func (talker) End(r *trainers.Run) error   { r.Text("summary", "x"); return nil }

func TestNewHistogram(t *testing.T) {
	inf := math.Inf(1)
	var even []float64
	for i := range 60 {
		even = append(even, float64(i))
	}
	for _, tc := range []struct {
		name     string
		values   []float64
		min, max float64
		counts   []int
	}{
		{"none", nil, 0, 0, nil},
		{"not finite", []float64{math.NaN(), inf, -inf}, 0, 0, nil},
		{"one", []float64{3, math.NaN()}, 3, 3, []int{1}},
		{"equal", []float64{-2, -2, -2}, -2, -2, []int{3}},
		{"even", even, 0, 59, slices.Repeat([]int{2}, 30)},
		{"largest", []float64{-math.MaxFloat64, math.MaxFloat64}, -math.MaxFloat64, math.MaxFloat64,
			slices.Concat([]int{1}, make([]int, 28), []int{1})},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := trainers.NewHistogram(tc.values)
			if h.Min != tc.min || h.Max != tc.max || !slices.Equal(h.Counts, tc.counts) {
				t.Errorf("histogram %+v, want from %v to %v %v", h, tc.min, tc.max, tc.counts)
			}
			if h.Edge(0) != tc.min || h.Edge(len(h.Counts)) != tc.max {
				t.Errorf("edges %v, %v, want %v, %v", h.Edge(0), h.Edge(len(h.Counts)), tc.min, tc.max)
			}
		})
	}
	if h := trainers.NewHistogram([]float64{1, -2, 4}); h.Sum != 3 || h.SumSquares != 21 || h.Count() != 3 || h.Edge(15) != 1 {
		t.Errorf("histogram %+v", h)
	}
}

func TestHistogramsAndUpdateRatio(t *testing.T) {
	const rate = 0.05
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		l, m := &listener{}, newRecurrence(dt)
		norms := map[string]float64{} // of the weights before the step
		note := func(r *trainers.Run) {
			for _, p := range m.Store().Params() {
				norms[p.Path] = norm(elements(p.Value))
			}
		}
		check := checker{start: note, step: func(r *trainers.Run) {
			got := map[string]float64{}
			for _, e := range l.events {
				if path, ok := strings.CutPrefix(e.Name, "update_ratio/"); ok && e.Step == r.Step {
					got[path] = e.Value.(float64)
				}
			}
			if due := r.Step == 2 || r.Step == 4 || r.Step == 5; due != (len(got) > 0) {
				t.Errorf("%v: %d ratios after step %d", dt, len(got), r.Step)
			} else if due {
				for _, g := range r.Session.Gradients() {
					want := rate * norm(elements(g.Grad)) / norms[g.Path]
					if math.Abs(got[g.Path]/want-1) > 1e-4 { // float32 loses digits of the small difference
						t.Errorf("%v: step %d: update ratio of %s is %v, want %v", dt, r.Step, g.Path, got[g.Path], want)
					}
				}
			}
			note(r)
		}}
		fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(rate), Hooks: []trainers.Hook{
			&trainers.UpdateRatio{Every: 2}, &trainers.Histograms{Every: 3}, l, check,
		}}, m, tokens(t, 1), 5)
		if got := l.names(); !strings.Contains(got, "3:weights/wh 3:gradients/wh") || !strings.Contains(got, "5:weights/head") || strings.Contains(got, "4:weights") {
			t.Errorf("events %s", got)
		}
		last := l.events[len(l.events)-2] // the weights of the last parameter
		p, _ := m.Store().Param(strings.TrimPrefix(last.Name, "weights/"))
		if h := last.Value.(trainers.Histogram); h.Count() != p.Value.Size() || h.Max != slices.Max(elements(p.Value)) {
			t.Errorf("%v: %s: histogram %+v", dt, last.Name, h)
		}
		if h := l.events[len(l.events)-1].Value.(trainers.Histogram); h.Count() != p.Value.Size() {
			t.Errorf("%v: histogram %+v of the gradient, want %d values", dt, h, p.Value.Size())
		}
	}
}

// A parameter of zeros has no ratio until it has moved.
func TestUpdateRatioOfZeros(t *testing.T) {
	l := &listener{}
	fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{
		&trainers.UpdateRatio{Every: 1}, l,
	}}, newRecurrence(tensor.Float64), tokens(t, 1), 2)
	if got := l.names(); strings.Contains(got, "1:update_ratio/b") || !strings.Contains(got, "1:update_ratio/wh") || !strings.Contains(got, "2:update_ratio/b") {
		t.Errorf("events %s", got)
	}
}

// Watching changes nothing.
func TestListenersLeaveTrainingAsItIs(t *testing.T) {
	want := train(t, tensor.Float32)
	got := train(t, tensor.Float32, &trainers.UpdateRatio{Every: 1}, &trainers.Histograms{Every: 1}, &listener{})
	sameBits(t, "parameters", got, want)
}

func TestEmittingToNobodyIsFree(t *testing.T) {
	r, values := &trainers.Run{Loss: 1.5}, []float64{1, 2}
	if n := testing.AllocsPerRun(100, func() {
		r.Scalar("loss", r.Loss)
		r.Text("sample", "abc")
		r.Histogram("values", values)
		r.Curves("forecast", trainers.Curves{})
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

type checker struct{ start, step func(*trainers.Run) }

func (c checker) Start(r *trainers.Run) error { c.start(r); return nil }
func (c checker) Step(r *trainers.Run) error  { c.step(r); return nil }

func elements(t *tensor.Dense) (list []float64) {
	if t.Dtype() == tensor.Float64 {
		return slices.Clone(t.Float64s())
	}
	for _, v := range t.Float32s() {
		list = append(list, float64(v))
	}
	return list
}

func norm(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v * v
	}
	return math.Sqrt(sum)
}
