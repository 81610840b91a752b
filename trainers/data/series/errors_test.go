package series

import (
	"math"
	"testing"
)

func TestMeasure(t *testing.T) {
	nan := math.NaN()
	for name, tc := range map[string]struct {
		history, truth, forecast []float64
		season                   int
		want                     Errors
	}{
		// MASE: the season before last is missed by 2 and 4, 3 on average.
		"by hand":          {[]float64{1, 2, 3, 6}, []float64{10, 20}, []float64{13, 19}, 2, Errors{2, math.Sqrt(5), 17.5, 2. / 3, (200*3/23. + 200/39.) / 2}},
		"perfect":          {[]float64{1, 2}, []float64{5, -5}, []float64{5, -5}, 1, Errors{}},
		"history with gap": {[]float64{1, nan, 3, 7}, []float64{10}, []float64{12}, 1, Errors{2, 2, 20, 0.5, 400 / 22.}},
		"zero in truth":    {[]float64{1, 2}, []float64{0, 1}, []float64{1, 1}, 1, Errors{0.5, math.Sqrt(0.5), nan, 0.5, 100}},
		"zero in both":     {[]float64{1, 2}, []float64{0, 1}, []float64{0, 1}, 1, Errors{0, 0, nan, 0, 0}},
		"constant history": {[]float64{2, 2}, []float64{2}, []float64{1}, 1, Errors{1, 1, 50, nan, 200 / 3.}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Measure(tc.history, tc.truth, tc.forecast, tc.season)
			if err != nil {
				t.Fatal(err)
			}
			for _, pair := range [][2]float64{{got.MAE, tc.want.MAE}, {got.RMSE, tc.want.RMSE}, {got.MAPE, tc.want.MAPE}, {got.MASE, tc.want.MASE}, {got.SMAPE, tc.want.SMAPE}} {
				if math.Abs(pair[0]-pair[1]) > 1e-12 || math.IsNaN(pair[0]) != math.IsNaN(pair[1]) {
					t.Errorf("got %+v, wanted %+v", got, tc.want)
				}
			}
		})
	}
}

func TestMeasureErrors(t *testing.T) {
	history, one := []float64{1, 2, 3}, []float64{1}
	_, err := Measure(history, one, nil, 1)
	wantError(t, err, "1 true values, 0 forecast")
	_, err = Measure(history, nil, nil, 1)
	wantError(t, err, "0 true values")
	_, err = Measure(history, one, []float64{math.NaN()}, 1)
	wantError(t, err, "value 0", "forecast NaN")
	for _, season := range []int{3, 0, -1, math.MaxInt} {
		_, err = Measure(history, one, one, season)
		wantError(t, err, "history of 3 values", "season")
	}
}
