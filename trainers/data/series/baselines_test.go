package series

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestBaselines(t *testing.T) {
	history := []float64{9, 1, 2, 2, 4}
	for name, tc := range map[string]struct {
		forecast func() ([]float64, error)
		want     []float64
	}{
		"naive":           {func() ([]float64, error) { return Naive(history, 3) }, []float64{4, 4, 4}},
		"seasonal naive":  {func() ([]float64, error) { return SeasonalNaive(history, 2, 5) }, []float64{2, 4, 2, 4, 2}},
		"seasonal growth": {func() ([]float64, error) { return SeasonalGrowth(history, 2, 5) }, []float64{4, 8, 8, 16, 16}},
	} {
		if got, err := tc.forecast(); err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, %v, wanted %v", name, got, err, tc.want)
		}
	}
}

func TestBaselinesErrors(t *testing.T) {
	history := []float64{0, 0, 1, 2}
	_, err := Naive(nil, 1)
	wantError(t, err, "history of 0 values")
	_, err = Naive(history, 0)
	wantError(t, err, "horizon 0")
	_, err = SeasonalNaive(history, 0, 1)
	wantError(t, err, "season 0")
	_, err = SeasonalNaive(history, 5, 1)
	wantError(t, err, "season 5", "4 values")
	_, err = SeasonalGrowth(history, 3, 1)
	wantError(t, err, "two seasons of 3", "4 values")
	_, err = SeasonalGrowth(history, 2, 1)
	wantError(t, err, "adds up to 3", "before to 0")
}

// The last year of the airline passengers (Box & Jenkins, 1976), forecast from the years before.
func TestAirline(t *testing.T) {
	folder := os.Getenv("ELMAN_DATA")
	if folder == "" {
		t.Skip("ELMAN_DATA is not set: no series to measure")
	}
	s, err := OpenCSV(filepath.Join(folder, "forecast_small", "airline-passengers.csv"), CSV{Date: "Month"})
	if err != nil {
		t.Fatal(err)
	}
	passengers, err := s.Column("Passengers")
	if err != nil {
		t.Fatal(err)
	}
	history, truth := passengers[:len(passengers)-12], passengers[len(passengers)-12:]
	for name, tc := range map[string]struct {
		method func([]float64, int, int) ([]float64, error)
		mape   float64
	}{
		"seasonal naive":  {SeasonalNaive, 9.99},
		"seasonal growth": {SeasonalGrowth, 2.95},
	} {
		forecast, err := tc.method(history, 12, 12)
		if err != nil {
			t.Fatal(err)
		}
		e, err := Measure(history, truth, forecast, 12)
		if err != nil || math.Abs(e.MAPE-tc.mape) > 0.005 {
			t.Errorf("%s: MAPE %.3f %%, %v, wanted %.2f %%", name, e.MAPE, err, tc.mape)
		}
	}
}

// A horizon that no forecast has is refused before it is held in memory.
func TestRulesOfAbsurdHorizons(t *testing.T) {
	history := []float64{1, 2, 3, 4}
	for _, horizon := range []int{math.MinInt, -1, 0, 1 << 40, math.MaxInt} {
		for _, m := range append(Rules(2), Smoothings(2)...) {
			predict, err := m.Fit(history, 1)
			if err != nil {
				t.Fatalf("%s: %v", m.Name, err)
			}
			if f, err := predict(history, horizon); err == nil {
				t.Errorf("%s: %d values of a horizon of %d, want an error", m.Name, len(f), horizon)
			}
		}
	}
}
