package series

import (
	"math"
	"strings"
	"testing"
)

// Series that are what a kind of smoothing expects are forecast exactly, whatever the parameters.
func TestSmoothingIsExact(t *testing.T) {
	wave := func(i int) float64 { return []float64{3, -1, -4, 2}[i%4] }
	for _, tc := range []struct {
		name string
		cfg  SmoothingConfig
		at   func(i int) float64
	}{
		{"constant", SmoothingConfig{}, func(int) float64 { return 7 }},
		{"line", SmoothingConfig{Trend: LinearTrend}, func(i int) float64 { return 5 + 0.5*float64(i) }},
		{"season", SmoothingConfig{Season: 4}, func(i int) float64 { return 20 + wave(i) }},
		{"line and season", SmoothingConfig{Trend: LinearTrend, Season: 4}, func(i int) float64 { return 20 - 0.5*float64(i) + wave(i) }},
		{"odd season", SmoothingConfig{Season: 3}, func(i int) float64 { return float64(i % 3) }},
		{"season times", SmoothingConfig{Season: 4, Times: true}, func(i int) float64 { return 50 * (1 + wave(i)/10) }},
	} {
		values := make([]float64, 60)
		for i := range values {
			values[i] = tc.at(i)
		}
		s, err := FitSmoothing(values[:40], tc.cfg)
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		got, err := s.Forecast(values[:41], 9) // not at the place of the season where it was fitted
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		for i, v := range got {
			if math.Abs(v-values[41+i]) > 1e-6 {
				t.Errorf("%s: row %d is %.8f, want %.8f", tc.name, i, v, values[41+i])
			}
		}
	}
}

// The forecast follows by hand: level 4, alpha ½.
func TestSmoothingByHand(t *testing.T) {
	s := Smoothing{Alpha: 0.5}
	got, err := s.Forecast([]float64{4, 6, 2, 8}, 2) // 4, 5, 3.5, 5.75
	if err != nil {
		t.Fatal(err)
	}
	near(t, got[0], 5.75)
	near(t, got[1], 5.75)
	s = Smoothing{SmoothingConfig: SmoothingConfig{Trend: DampedTrend}, Alpha: 1, Beta: 1, Phi: 0.5}
	if got, err = s.Forecast([]float64{0, 1, 2, 3}, 3); err != nil { // level 3, slope 1
		t.Fatal(err)
	}
	slope := got[0] - 3
	near(t, got[1]-got[0], slope/2)
	near(t, got[2]-got[1], slope/4)
}

// No alpha of a grid is better than the one that is found.
func TestFitSmoothingIsTheLeast(t *testing.T) {
	values := make([]float64, 200)
	for i, row := range noise(len(values), 1) {
		if values[i] = row[0]; i > 0 {
			values[i] += values[i-1] // of a random walk, seen with noise
		}
	}
	for i, row := range noise(2*len(values), 1)[len(values):] {
		values[i] += 2 * row[0]
	}
	s, err := FitSmoothing(values, SmoothingConfig{})
	if err != nil {
		t.Fatal(err)
	}
	square := func(alpha float64) float64 {
		state := newSmoothed(SmoothingConfig{}, values)
		return state.run(Smoothing{Alpha: alpha}, values)
	}
	for alpha := 0.01; alpha < 1; alpha += 0.01 {
		if square(alpha) < square(s.Alpha)*(1-1e-6) {
			t.Errorf("alpha %.2f: %.6f, the one that was found %.4f: %.6f", alpha, square(alpha), s.Alpha, square(s.Alpha))
		}
	}
}

func TestSmoothingErrors(t *testing.T) {
	for _, tc := range []struct {
		name   string
		values []float64
		cfg    SmoothingConfig
		want   string
	}{
		{"few", []float64{1, 2, 3}, SmoothingConfig{}, "3 values"},
		{"seasons", []float64{1, 2, 3, 4, 5, 6, 7}, SmoothingConfig{Season: 4}, "two seasons"},
		{"negative", []float64{1, 2, 3, 4}, SmoothingConfig{Season: -1}, "season -1"},
		{"trend", []float64{1, 2, 3, 4}, SmoothingConfig{Trend: "up"}, `trend "up"`},
		{"NaN", []float64{1, 2, math.NaN(), 4}, SmoothingConfig{}, "value 2 is NaN"},
		{"zero", []float64{1, 2, 0, 4}, SmoothingConfig{Season: 2, Times: true}, "value 2 is 0"},
	} {
		if _, err := FitSmoothing(tc.values, tc.cfg); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q in it", tc.name, err, tc.want)
		}
	}
	if _, err := (&Smoothing{}).Forecast([]float64{1, 2, 3, 4}, 0); err == nil {
		t.Error("horizon 0 is no error")
	}
}
