package trainers_test

import (
	"context"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/trainers"
)

// averageOf is the averages of a model of one parameter.
func averageOf(t *testing.T, a *trainers.EMA) []float64 {
	t.Helper()
	values := a.Values()
	if len(values) != 1 {
		t.Fatalf("%d averages, want 1", len(values))
	}
	return values["w"].Float64s()
}

func TestEMA(t *testing.T) {
	for _, decay := range []float64{0, 0.2} { // the second is above the warm-up after two steps
		m, average := newRegression(), &trainers.EMA{Decay: decay}
		var want []float64
		n := 0.
		fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{
			average,
			starter{func(*trainers.Run) error { want = values(m); return nil }},
			trainers.Every(1, func(*trainers.Run) error {
				d := min((1+n)/(10+n), 0.999)
				if decay > 0 {
					d = min(d, decay)
				}
				for i, v := range values(m) {
					want[i] = d*want[i] + (1-d)*v
				}
				n++
				graphtest.Equal(t, "average", averageOf(t, average), want, 1e-12)
				return nil
			}),
		}}, m, points(2, 8, 0.1), 6)
		differ(t, "average and parameters", averageOf(t, average), values(m))
	}
}

// starter is a Hook of its start only.
type starter struct{ start func(*trainers.Run) error }

func (s starter) Start(r *trainers.Run) error { return s.start(r) }
func (starter) Step(*trainers.Run) error      { return nil }

func TestEMAResumes(t *testing.T) {
	trainer := func(a *trainers.EMA) trainers.Trainer {
		return trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{a}}
	}
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		flatten := func(a *trainers.EMA) []float64 {
			st := newRecurrence(dt)
			if _, err := trainers.Loss(context.Background(), st, tokens(t, 1)); err != nil {
				t.Fatal(err)
			}
			if err := st.store.SetValues(a.Values()); err != nil {
				t.Fatal(err)
			}
			return values(st)
		}
		whole := &trainers.EMA{}
		fit(t, trainer(whole), newRecurrence(dt), tokens(t, 1), 10)

		m, first, second := newRecurrence(dt), &trainers.EMA{}, &trainers.EMA{}
		report := fit(t, trainer(first), m, tokens(t, 1), 5)
		state := first.State()
		if err := second.SetState(state); err != nil {
			t.Fatal(err)
		}
		after := trainer(second)
		after.From = report.Position
		fit(t, after, m, tokens(t, 1), 10)
		sameBits(t, "5 + 5 steps", flatten(second), flatten(whole))
		graphtest.Equal(t, "what State gave", state["average/b"], first.Values()["b"], 0)
	}
}

// The average is what is measured, what observers see and what early stopping gives back; training does
// not notice.
func TestEvaluateAverage(t *testing.T) {
	train, held := points(2, 8, 0.1), points(1, 16, 0.1)
	run := func(average *trainers.EMA, hooks ...trainers.Hook) (regression, trainers.Report) {
		m := newRegression()
		if average != nil {
			hooks = append([]trainers.Hook{average}, hooks...)
		}
		return m, fit(t, trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.1), Hooks: hooks}, m, train, 6)
	}
	plain, _ := run(nil)

	average := &trainers.EMA{}
	var seen [][]float64
	var m trainers.Model
	watch := trainers.ObserverFunc(func(r *trainers.Run, _ trainers.Evaluation) error {
		m = r.Model
		sameBits(t, "parameters that an observer sees", values(r.Model), averageOf(t, average))
		seen = append(seen, values(r.Model))
		return nil
	})
	e := &trainers.Evaluate{Source: held, Every: 2, Average: average, Observers: []trainers.Observer{watch}}
	averaged, _ := run(average, e)
	sameBits(t, "parameters", values(averaged), values(plain))
	if len(seen) != 3 {
		t.Fatalf("%d evaluations, want 3", len(seen))
	}
	if err := average.Use(m.Store(), func() error {
		loss, err := trainers.Loss(context.Background(), m, held)
		graphtest.Equal(t, "loss of the average", e.History[2].Loss, loss, 0)
		return err
	}); err != nil {
		t.Fatal(err)
	}

	average = &trainers.EMA{}
	best := &trainers.EarlyStopping{Patience: 100}
	stopped, _ := run(average, &trainers.Evaluate{Source: held, Every: 2, Average: average, Observers: []trainers.Observer{best}})
	sameBits(t, "parameters given back", values(stopped), seen[best.BestStep/2-1])
}

func TestEMAUsePutsBack(t *testing.T) {
	m, average := newRegression(), &trainers.EMA{}
	fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{average}}, m, points(2, 8, 0.1), 6)
	before := values(m)
	err := average.Use(m.store, func() error {
		sameBits(t, "parameters in use", values(m), averageOf(t, average))
		return errors.New("no space left")
	})
	if err == nil || err.Error() != "no space left" {
		t.Errorf("error is %v", err)
	}
	sameBits(t, "parameters", values(m), before)
}

func TestEMARefuses(t *testing.T) {
	state := func(change func(map[string]*tensor.Dense)) error {
		first, second := &trainers.EMA{}, &trainers.EMA{}
		trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{first}}
		fit(t, trainer, newRegression(), points(1, 2, 0), 1)
		s := first.State()
		change(s)
		if err := second.SetState(s); err != nil {
			return err
		}
		trainer.Hooks[0] = second
		_, err := trainer.Fit(context.Background(), newRegression(), points(1, 2, 0), 1)
		return err
	}
	late := &trainers.EMA{}
	_, early := (&trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{
		&trainers.Evaluate{Source: points(1, 2, 0), Average: late}, late,
	}}).Fit(context.Background(), newRegression(), points(1, 2, 0), 1)
	_, decay := (&trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{
		&trainers.EMA{Decay: 1},
	}}).Fit(context.Background(), newRegression(), points(1, 2, 0), 1)
	for _, tc := range []struct {
		want string
		err  error
	}{
		{`ema: state "weights/w": want one of step, average/`, state(func(s map[string]*tensor.Dense) { s["weights/w"] = s["average/w"] })},
		{`ema: state "step": want one float64`, state(func(s map[string]*tensor.Dense) { delete(s, "step") })},
		{`ema: state "step": 0.5, want a whole number`, state(func(s map[string]*tensor.Dense) { s["step"] = dense([]float64{0.5}, 1) })},
		{`ema: state "average/w": want a contiguous tensor of floats`, state(func(s map[string]*tensor.Dense) { s["average/w"] = nil })},
		{`train: start: hook 0 (*trainers.EMA): ema: averages of 0 parameters, the model has 1`, state(func(s map[string]*tensor.Dense) { delete(s, "average/w") })},
		{`train: start: hook 0 (*trainers.EMA): ema: no average of "w"`, state(func(s map[string]*tensor.Dense) {
			s["average/v"] = s["average/w"]
			delete(s, "average/w")
		})},
		{`train: start: hook 0 (*trainers.EMA): ema: average of "w": float64 (1, 2), parameter float64 (2, 1)`, state(func(s map[string]*tensor.Dense) {
			s["average/w"] = dense([]float64{1, 2}, 1, 2)
		})},
		{`train: start: hook 0 (*trainers.EMA): ema: Decay is 1, want`, decay},
		{`train: start: hook 0 (*trainers.Evaluate): evaluate: Average has no values; it is to be a hook too, before this one`, early},
		{`ema: nothing was averaged yet`, (&trainers.EMA{}).Use(graph.NewStore(1, tensor.Float64), func() error { return nil })},
	} {
		if tc.err == nil || !strings.HasPrefix(tc.err.Error(), tc.want) {
			t.Errorf("error is %v, want %s ...", tc.err, tc.want)
		}
	}
}
