package series

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestRules(t *testing.T) {
	history := []float64{1, 2, 3, 4, 5, 6, 3, 4}
	got := map[string]string{}
	for _, m := range Rules(2, 4) {
		predict, err := m.Fit(history, 3)
		if err != nil {
			t.Fatal(err)
		}
		ahead, err := predict(history, 3)
		if err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		got[m.Name] = fmt.Sprintf("%.4g", ahead)
	}
	for name, want := range map[string]string{
		"last value":           "[4 4 4]",
		"mean":                 "[3.5 3.5 3.5]",
		"drift":                "[4.429 4.857 5.286]",
		"seasonal naive":       "[3 4 3]",
		"seasonal mean":        "[3 4 3]",
		"seasonal growth":      "[1.909 2.545 1.215]",
		"seasonal naive of 4":  "[5 6 3]",
		"seasonal mean of 4":   "[3 4 3]",
		"seasonal growth of 4": "[9 10.8 5.4]",
	} {
		if got[name] != want {
			t.Errorf("%s: %s, want %s", name, got[name], want)
		}
	}
	if len(got) != 9 {
		t.Errorf("rules %v", got)
	}
	if n := len(Rules(1)); n != 3 {
		t.Errorf("%d rules without a season, want 3", n)
	}
}

// A regression is exact on what it works on: differences of logarithms that follow one another.
func TestRegression(t *testing.T) {
	values := make([]float64, 80)
	for i := range values {
		values[i] = math.Exp(0.01*float64(i) + 0.3*math.Sin(float64(i)*2*math.Pi/5))
	}
	for _, cfg := range []RegressionConfig{
		{Lags: 6, Log: true}, {Lags: 6, Log: true, Difference: 1}, {Lags: 2, Log: true, Difference: 5}, {Lags: 6, Log: true, Difference: 7},
	} {
		predict, err := Regression("r", cfg).Fit(values[:60], 8)
		if err != nil {
			t.Fatalf("%+v: %v", cfg, err)
		}
		got, err := predict(values[:65], 7)
		if err != nil || len(got) != 7 {
			t.Fatalf("%+v: %v, error %v", cfg, got, err)
		}
		for i, v := range got {
			if math.Abs(v/values[65+i]-1) > 1e-3 {
				t.Errorf("%+v: row %d: %.5f, want %.5f", cfg, i, v, values[65+i])
			}
		}
		for _, n := range []int{9, 0, -1} {
			if _, err := predict(values[:65], n); err == nil {
				t.Errorf("%d rows of a regression that was fitted for 8 are no error", n)
			}
		}
	}
	for _, tc := range []struct {
		cfg    RegressionConfig
		values []float64
		want   string
	}{
		{RegressionConfig{}, values, "0 lags"},
		{RegressionConfig{Lags: 1, Difference: 80}, values, "difference 80"},
		{RegressionConfig{Lags: 1, Log: true}, []float64{1, 0, 2}, "value 1: logarithm of 0"},
	} {
		if _, err := Regression("r", tc.cfg).Fit(tc.values, 2); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%+v: error %v, want %q in it", tc.cfg, err, tc.want)
		}
	}
}

// The smoothings have the names they are told apart by, and each can be fitted and forecast.
func TestSmoothings(t *testing.T) {
	values := make([]float64, 60)
	for i := range values {
		values[i] = 20 + float64(i) + float64(i%4)
	}
	names := map[string]bool{}
	for _, m := range Smoothings(4, 8) {
		predict, err := m.Fit(values, 4)
		if err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		if _, err := Rolling(values, []int{30, 60}, 4, predict); err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
		names[m.Name] = true
	}
	if len(names) != 15 || !names["damped Holt, season of 8 times"] {
		t.Errorf("names %v", names)
	}
}

func TestOrigins(t *testing.T) {
	for _, tc := range []struct {
		from, to, horizon, n int
		want                 []int
	}{
		{10, 20, 2, 3, []int{10, 14, 18}},
		{10, 20, 2, 1, []int{18}},
		{10, 20, 9, 5, []int{10, 11}},
		{10, 20, 10, 5, []int{10}},
		{10, 20, 11, 5, nil},
		{10, 20, 0, 5, nil},
		{10, 20, 1, 0, nil},
	} {
		if got := Origins(tc.from, tc.to, tc.horizon, tc.n); !slices.Equal(got, tc.want) {
			t.Errorf("%+v: %v", tc, got)
		}
	}
}

func TestRollingErrors(t *testing.T) {
	values := []float64{1, 2, 3}
	for _, tc := range []struct {
		at      int
		predict Predictor
		want    string
	}{
		{4, Naive, "origin 4"},
		{0, Naive, "origin 0: seasonal naive"},
		{2, func([]float64, int) ([]float64, error) { return []float64{1}, nil }, "1 values, wanted 2"},
		{2, func([]float64, int) ([]float64, error) { return []float64{1, math.Inf(1)}, nil }, "forecast +Inf"},
	} {
		if _, err := Rolling(values, []int{tc.at}, 2, tc.predict); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("error %v, want %q in it", err, tc.want)
		}
	}
}
