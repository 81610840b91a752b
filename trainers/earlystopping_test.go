package trainers_test

import (
	"context"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/metrics"
)

// rising is a schedule that trains well for a while and then spoils what was learned.
type rising struct{}

func (rising) Rate(step int) float64 {
	if step < 6 {
		return 0.1
	}
	return 4
}

func TestEarlyStoppingGivesTheBestBack(t *testing.T) {
	train, held := points(2, 8, 0.1), points(1, 16, 0.1)
	for _, tc := range []struct {
		what  string
		stop  *trainers.EarlyStopping
		hook  func(r *trainers.Run, cancel func()) error
		steps int // 0: all
		fails bool
	}{
		{"at once", &trainers.EarlyStopping{}, nil, 7, false},
		{"with patience", &trainers.EarlyStopping{Patience: 2}, nil, 9, false},
		{"at the end of all steps", &trainers.EarlyStopping{Patience: 100}, nil, 12, false},
		{"interrupted", &trainers.EarlyStopping{Patience: 100}, func(r *trainers.Run, cancel func()) error {
			if r.Step == 8 {
				cancel()
			}
			return nil
		}, 8, false},
		{"after a failure", &trainers.EarlyStopping{Patience: 100}, func(r *trainers.Run, _ func()) error {
			if r.Step == 8 {
				return errors.New("no space left")
			}
			return nil
		}, 8, true},
	} {
		t.Run(tc.what, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			m := newRegression()
			weights := map[int][]float64{}
			e := &trainers.Evaluate{Source: held, Every: 1, Observers: []trainers.Observer{tc.stop}}
			trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: rising{}, Hooks: []trainers.Hook{
				e,
				trainers.Every(1, func(r *trainers.Run) error {
					weights[r.Step] = values(m)
					if tc.hook == nil {
						return nil
					}
					return tc.hook(r, cancel)
				}),
			}}
			report, err := trainer.Fit(ctx, m, train, 12)
			if (err != nil) != tc.fails {
				t.Fatal(err)
			}
			if report.Steps != tc.steps || (report.Stopped != "") != (tc.steps < 12 && tc.hook == nil) {
				t.Errorf("report %+v, want %d steps", report, tc.steps)
			}
			best := slices.MinFunc(e.History, func(a, b trainers.Evaluation) int {
				return int(math.Copysign(1, a.Loss-b.Loss))
			})
			if tc.stop.Best != best.Loss || tc.stop.BestStep != 6 || best.Step != 6 {
				t.Fatalf("best is %v of step %d in %v, want the one of step 6", tc.stop.Best, tc.stop.BestStep, e.History)
			}
			sameBits(t, "parameters", values(m), weights[best.Step])
			differ(t, "last and best parameters", weights[report.Steps], weights[best.Step])
			got, err := trainers.Loss(context.Background(), m, held)
			if err != nil || got != best.Loss {
				t.Errorf("loss afterwards is %v (%v), want %v", got, err, best.Loss)
			}
		})
	}
}

func TestEarlyStoppingReason(t *testing.T) {
	m := newRegression()
	report := fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0), Hooks: []trainers.Hook{
		&trainers.Evaluate{Source: points(1, 4, 0), Every: 5, Observers: []trainers.Observer{&trainers.EarlyStopping{Patience: 1}}},
	}}, m, points(1, 4, 0), 100)
	if want := "validation loss 0.7073 of step 0 did not improve in 2 evaluations"; report.Stopped != want || report.Steps != 10 {
		t.Errorf("stopped at %d: %s, want at 10: %s", report.Steps, report.Stopped, want)
	}
}

func TestEarlyStoppingWithoutEvaluation(t *testing.T) {
	// Interrupted before there was one, training keeps what it has learned.
	ctx, cancel := context.WithCancel(context.Background())
	m := newRegression()
	var last []float64
	trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{
		trainers.Every(3, func(*trainers.Run) error { last = values(m); cancel(); return nil }),
		&trainers.Evaluate{Source: points(1, 4, 0), Observers: []trainers.Observer{&trainers.EarlyStopping{}}},
	}}
	if _, err := trainer.Fit(ctx, m, points(1, 4, 0), 100); err != nil {
		t.Fatal(err)
	}
	sameBits(t, "parameters", values(m), last)
}

func TestEarlyStoppingBeginsAnew(t *testing.T) {
	m := newRegression()
	e := &trainers.Evaluate{Source: points(1, 4, 0), Every: 1, Observers: []trainers.Observer{&trainers.EarlyStopping{Patience: 100}}}
	trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{e}}
	fit(t, trainer, m, points(1, 4, 0), 5)
	copy(m.store.Params()[0].Value.Float64s(), []float64{50, 50}) // far worse than the best of before
	trainer.Schedule = trainers.Constant(0)
	fit(t, trainer, m, points(1, 4, 0), 5)
	sameBits(t, "parameters", values(m), []float64{50, 50})
}

// stopsOn trains at rates that spoil what was learned, and stops on a metric that has the loss in it.
func stopsOn(stop *trainers.EarlyStopping, better metrics.Direction, sign float64) trainers.Trainer {
	metric := metrics.Metric{Name: "score", Better: better, Sums: func(b metrics.Outcome) ([]float64, error) {
		return []float64{sign * b.Loss, 1}, nil
	}}
	return trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: rising{}, Hooks: []trainers.Hook{
		&trainers.Evaluate{Source: points(1, 16, 0.1), Every: 1, Metrics: []metrics.Metric{metric}, Observers: []trainers.Observer{stop}},
	}}
}

func TestEarlyStoppingOnAMetric(t *testing.T) {
	for _, tc := range []struct {
		better metrics.Direction
		sign   float64
		best   int // step
		steps  int
	}{
		{metrics.Lower, 1, 6, 9},
		{metrics.Higher, -1, 6, 9},
		{metrics.Higher, 1, 12, 12}, // the worse the model, the better: the first is not improved on for long
	} {
		stop := &trainers.EarlyStopping{Metric: "score", Patience: 2}
		if tc.steps == 12 {
			stop.Patience = 100
		}
		report := fit(t, stopsOn(stop, tc.better, tc.sign), newRegression(), points(2, 8, 0.1), 12)
		if stop.BestStep != tc.best || report.Steps != tc.steps {
			t.Errorf("%+v: best is step %d, stopped at %d: %s", tc, stop.BestStep, report.Steps, report.Stopped)
		}
		if tc.steps == 9 && !strings.HasPrefix(report.Stopped, "validation score ") {
			t.Errorf("reason is %s", report.Stopped)
		}
	}
}

// Taken up again in the middle, it stops where it would have and gives the same parameters back.
func TestEarlyStoppingResumes(t *testing.T) {
	whole := newRegression()
	stop := &trainers.EarlyStopping{Metric: "score", Patience: 3}
	want := fit(t, stopsOn(stop, metrics.Lower, 1), whole, points(2, 8, 0.1), 12)

	m := newRegression()
	first, second := &trainers.EarlyStopping{Metric: "score", Patience: 3}, &trainers.EarlyStopping{Metric: "score", Patience: 3}
	trainer := stopsOn(first, metrics.Lower, 1)
	var state, weights map[string]*tensor.Dense
	trainer.Hooks = append(trainer.Hooks, trainers.Every(1, func(r *trainers.Run) error {
		if r.Step == 8 {
			first.State()["weights/w"].Zero() // a copy
			state, weights = first.State(), map[string]*tensor.Dense{"w": m.store.Params()[0].Value.Clone().(*tensor.Dense)}
			r.Stop("saved")
		}
		return nil
	}))
	report := fit(t, trainer, m, points(2, 8, 0.1), 12)
	if len(first.State()) != 0 {
		t.Error("there is a state after the end")
	}
	if err := m.store.SetValues(weights); err != nil {
		t.Fatal(err)
	}
	if err := second.SetState(state); err != nil {
		t.Fatal(err)
	}
	state["weights/w"].Zero()
	after := stopsOn(second, metrics.Lower, 1)
	after.From = report.Position
	got := fit(t, after, m, points(2, 8, 0.1), 12)
	if got.Steps != want.Steps || got.Stopped != want.Stopped || want.Steps != 10 || !reflect.DeepEqual(second, stop) {
		t.Errorf("stopped at %d: %s; %+v\nwant    at %d: %s; %+v", got.Steps, got.Stopped, second, want.Steps, want.Stopped, stop)
	}
	sameBits(t, "parameters", values(m), values(whole))
}

// Taken up again where it had stopped, training stays there: its last checkpoint is that of its end.
func TestEarlyStoppingStaysStopped(t *testing.T) {
	dir := t.TempDir()
	stopped := func() (trainers.Report, *trainers.EarlyStopping, []float64) {
		m, stop := newRegression(), &trainers.EarlyStopping{Metric: "score", Patience: 2}
		trainer := stopsOn(stop, metrics.Lower, 1)
		trainer.Checkpoints = trainers.Checkpoints{Dir: dir, Resume: true}
		report := fit(t, trainer, m, points(2, 8, 0.1), 12)
		return report, stop, values(m)
	}
	want, first, weights := stopped()
	got, second, again := stopped()
	if want.Steps != 9 || got.Steps != want.Steps || "validation "+got.Stopped != want.Stopped || !reflect.DeepEqual(second, first) {
		t.Errorf("stopped again at %d: %s; %+v\nwant          at %d: %s; %+v", got.Steps, got.Stopped, second, want.Steps, want.Stopped, first)
	}
	sameBits(t, "parameters", again, weights)
}

func TestStatesRefuse(t *testing.T) {
	one := dense([]float64{1}, 1)
	seen := func(change map[string]*tensor.Dense) map[string]*tensor.Dense {
		state := map[string]*tensor.Dense{"best": one, "step": one, "bad": one}
		for key, v := range change {
			if state[key] = v; v == nil {
				delete(state, key)
			}
		}
		return state
	}
	for _, tc := range []struct {
		of    trainers.Stateful
		state map[string]*tensor.Dense
		want  string
	}{
		{&trainers.EarlyStopping{}, seen(map[string]*tensor.Dense{"cuts": one}), `early stopping: state "cuts": want one of best, step, bad, weights/`},
		{&trainers.EarlyStopping{}, seen(map[string]*tensor.Dense{"best": nil}), `early stopping: state "best": want one float64`},
		{&trainers.EarlyStopping{}, seen(map[string]*tensor.Dense{"bad": dense([]float64{1, 2}, 2)}), `early stopping: state "bad": want one float64`},
		{&trainers.EarlyStopping{}, seen(map[string]*tensor.Dense{"step": dense([]float64{-1}, 1)}), `early stopping: state "step": -1, want a whole number of 0 or more`},
		{&trainers.EarlyStopping{}, seen(map[string]*tensor.Dense{"weights/w": tensor.New(tensor.WithShape(1), tensor.Of(tensor.Int))}), `early stopping: state "weights/w": want a contiguous tensor of floats`},
		{&trainers.ReduceOnPlateau{}, seen(nil), `reduce on plateau: state "cuts": want one float64`},
		{&trainers.ReduceOnPlateau{}, seen(map[string]*tensor.Dense{"cuts": one, "x": one}), `reduce on plateau: state "x": want one of best, step, bad, cuts`},
		{&trainers.ReduceOnPlateau{}, seen(map[string]*tensor.Dense{"cuts": one, "bad": nil}), `reduce on plateau: state "bad": want one float64`},
	} {
		err := tc.of.SetState(tc.state)
		if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("error is %v, want %s ...", err, tc.want)
		}
		for name, d := range tc.of.State() {
			if d.Float64s()[0] != 0 {
				t.Errorf("after the error %v there is %q", err, name)
			}
		}
	}
}
