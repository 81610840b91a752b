package trainers_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/trainers"
)

type goldenSchedule struct {
	Schedule string
	BaseLR   float64 `json:"base_lr"`
	Settings struct {
		Every    int
		Gamma    float64
		Period   int
		Floor    float64
		MaxLR    float64 `json:"max_lr"`
		Steps    int     `json:"total_steps"`
		Start    float64 `json:"pct_start"`
		Div      float64 `json:"div_factor"`
		FinalDiv float64 `json:"final_div_factor"`
	}
	Rates []float64
}

func TestSchedulesGolden(t *testing.T) {
	for _, tc := range graphtest.Golden[goldenSchedule](t, "schedules") {
		set := tc.Settings
		schedule, ok := map[string]trainers.Schedule{
			"step":        trainers.Step{Base: tc.BaseLR, Every: set.Every, Gamma: set.Gamma},
			"exponential": trainers.Exponential{Base: tc.BaseLR, Gamma: set.Gamma},
			"cosine":      trainers.Cosine{Peak: tc.BaseLR, Floor: set.Floor, Steps: set.Period},
			"one_cycle":   trainers.OneCycle{Max: set.MaxLR, Steps: set.Steps, Start: set.Start, Div: set.Div, FinalDiv: set.FinalDiv},
		}[tc.Schedule]
		if !ok {
			t.Fatalf("no schedule %q", tc.Schedule)
		}
		if len(tc.Rates) == 0 {
			t.Fatalf("%s: no rates", tc.Schedule)
		}
		rates := make([]float64, len(tc.Rates))
		for step := range rates {
			rates[step] = schedule.Rate(step)
		}
		graphtest.Equal(t, tc.Schedule, rates, tc.Rates, 1e-9)
	}
}

func TestSchedules(t *testing.T) {
	nan := math.NaN()
	for _, tc := range []struct {
		what     string
		schedule trainers.Schedule
		rates    map[int]float64
	}{
		{"constant", trainers.Constant(0.5), map[int]float64{0: 0.5, 1000: 0.5}},
		{"step, default gamma", trainers.Step{Base: 1, Every: 2}, map[int]float64{0: 1, 1: 1, 2: 0.1, 5: 0.01}},
		{"step, held", trainers.Step{Base: 1, Hold: 3, Every: 2, Gamma: 0.5}, map[int]float64{0: 1, 4: 1, 5: 0.5, 6: 0.5, 7: 0.25}},
		{"step without Every", trainers.Step{Base: 1}, map[int]float64{0: nan}},
		{"exponential without Gamma", trainers.Exponential{Base: 1}, map[int]float64{0: nan}},
		{"warm-up", trainers.Cosine{Peak: 1, Warmup: 3, Steps: 13}, map[int]float64{0: 0.25, 1: 0.5, 2: 0.75, 3: 1, 8: 0.5, 13: 0, 99: 0}},
		{"floor", trainers.Cosine{Peak: 1, Floor: 0.2, Steps: 2}, map[int]float64{0: 1, 1: 0.6, 2: 0.2, 3: 0.2}},
		{"cosine without Steps", trainers.Cosine{Peak: 1}, map[int]float64{0: nan, 5: nan}},
		{"cosine all warm-up", trainers.Cosine{Peak: 1, Warmup: 5, Steps: 5}, map[int]float64{0: nan}},
		{"one cycle, defaults", trainers.OneCycle{Max: 1, Steps: 100}, map[int]float64{0: 0.04, 29: 1, 99: 4e-6, 150: 4e-6}},
		{"one cycle of few steps", trainers.OneCycle{Max: 1, Steps: 2, Start: 0.5}, map[int]float64{0: 1, 1: 4e-6}},
		{"one cycle without Steps", trainers.OneCycle{Max: 1}, map[int]float64{0: nan}},
		{"one cycle only up", trainers.OneCycle{Max: 1, Steps: 9, Start: 1}, map[int]float64{0: nan}},
	} {
		for step, want := range tc.rates {
			graphtest.Equal(t, tc.what, tc.schedule.Rate(step), want, 1e-12)
		}
	}
}

func TestFitRefusesScheduleWithoutSense(t *testing.T) {
	m := newRegression()
	trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Cosine{Peak: 1}}
	_, err := trainer.Fit(context.Background(), m, points(1, 4, 0), 3)
	if err == nil || !strings.Contains(err.Error(), "train step 1: learning rate is NaN; see the settings of trainers.Cosine") {
		t.Errorf("error is %v", err)
	}
}
