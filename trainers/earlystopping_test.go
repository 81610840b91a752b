package trainers_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers"
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
	if want := "validation loss 0.7073 of step 5 did not improve in 2 evaluations"; report.Stopped != want || report.Steps != 15 {
		t.Errorf("stopped at %d: %s, want at 15: %s", report.Steps, report.Stopped, want)
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
