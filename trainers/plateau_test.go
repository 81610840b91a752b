package trainers_test

import (
	"math"
	"testing"

	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/metrics"
)

func TestReduceOnPlateau(t *testing.T) {
	nan := math.NaN()
	for _, tc := range []struct {
		what     string
		schedule trainers.ReduceOnPlateau
		losses   []float64
		rates    []float64 // after each loss
	}{
		{"at once", trainers.ReduceOnPlateau{Initial: 1}, []float64{3, 2, 2, 1, 1.5}, []float64{1, 1, 0.1, 0.1, 0.01}},
		{"with patience", trainers.ReduceOnPlateau{Initial: 1, Factor: 0.5, Patience: 1}, []float64{3, 3, 3, 3, 3}, []float64{1, 1, 0.5, 0.5, 0.25}},
		{"improved in between", trainers.ReduceOnPlateau{Initial: 1, Factor: 0.5, Patience: 1}, []float64{3, 3, 2, 2, 2}, []float64{1, 1, 1, 1, 0.5}},
		{"improved by too little", trainers.ReduceOnPlateau{Initial: 1, Factor: 0.5, MinDelta: 0.5}, []float64{3, 2.6, 2.4}, []float64{1, 0.5, 0.5}},
		{"floor", trainers.ReduceOnPlateau{Initial: 1, Factor: 0.5, Floor: 0.3}, []float64{3, 3, 3, 3}, []float64{1, 0.5, 0.3, 0.3}},
		{"not a number", trainers.ReduceOnPlateau{Initial: 1, Factor: 0.5}, []float64{nan, 3, nan}, []float64{1, 1, 0.5}},
	} {
		if got := tc.schedule.Rate(0); got != 1 {
			t.Errorf("%s: first rate is %v, want 1", tc.what, got)
		}
		var rates []float64
		for _, loss := range tc.losses {
			if err := tc.schedule.Observe(nil, trainers.Evaluation{Loss: loss}); err != nil {
				t.Fatal(err)
			}
			rates = append(rates, tc.schedule.Rate(0))
		}
		graphtest.Equal(t, tc.what, rates, tc.rates, 1e-12)
	}
	for _, factor := range []float64{-1, 1, nan} {
		s := trainers.ReduceOnPlateau{Initial: 1, Factor: factor}
		if s.Observe(nil, trainers.Evaluation{}) == nil {
			t.Errorf("factor %v: no error", factor)
		}
	}
}

func TestReduceOnPlateauWhileTraining(t *testing.T) {
	// A loss that never improves, as the rate is too high for one that could.
	plateau := &trainers.ReduceOnPlateau{Initial: 1000}
	var rates []float64
	fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: plateau, ClipNorm: 1, Hooks: []trainers.Hook{
		&trainers.Evaluate{Source: points(1, 4, 0), Every: 1, Observers: []trainers.Observer{plateau}},
		trainers.Every(1, func(r *trainers.Run) error { rates = append(rates, r.Rate); return nil }),
	}}, newRegression(), points(1, 4, 0), 100)
	if rates[0] != 1000 || !(rates[99] < 1) {
		t.Errorf("rates %v", rates)
	}
}

func TestReduceOnPlateauResumes(t *testing.T) {
	score := func(v float64) trainers.Evaluation {
		return trainers.Evaluation{Values: []metrics.Value{{Name: "score", Better: metrics.Higher, Value: v}}}
	}
	scores := []float64{1, 0, 2, 1, 1, 1, 3, 2, 2, 2, 2}
	settings := trainers.ReduceOnPlateau{Metric: "score", Initial: 1, Factor: 0.5, Patience: 1}
	var want []float64
	whole := settings
	for _, v := range scores {
		if err := whole.Observe(nil, score(v)); err != nil {
			t.Fatal(err)
		}
		want = append(want, whole.Rate(0))
	}
	graphtest.Equal(t, "rates", want, []float64{1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125}, 0)
	for at := range scores {
		first, second := settings, settings
		var got []float64
		for i, v := range scores {
			s := &first
			if i >= at {
				s = &second
			}
			if i == at {
				if err := second.SetState(first.State()); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Observe(nil, score(v)); err != nil {
				t.Fatal(err)
			}
			got = append(got, s.Rate(0))
		}
		graphtest.Equal(t, "rates in two parts", got, want, 0)
	}
	if err := whole.SetState(nil); err != nil || whole.Rate(0) != 1 {
		t.Errorf("begun anew the rate is %v (%v)", whole.Rate(0), err)
	}
}
