package zoo

import (
	"math"
	"testing"

	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/trainers/data/series"
)

// Where the linear part reads the whole window, what it forecasts before training is the autoregression of
// least squares, every level alike; and it has no part in the cells.
func TestFitLinear(t *testing.T) {
	rows := waves(60)
	for i := range rows { // no two are a line of one another
		rows[i][0] += math.Sin(float64(i * i))
		rows[i][1] += 20 * math.Cos(float64(i*i))
	}
	const L, H = 5, 3
	for _, double := range []bool{true, false} {
		m := must(NewDirectForecaster(rows[:50], DirectConfig{
			ForecasterConfig: small(func(c *ForecasterConfig) { c.Float64, c.Quantiles = double, []float64{0.25, 0.5} }),
			Horizon:          H, Targets: []string{"down", "up"}, Linear: L,
		}, 1))(t)
		if err := m.FitLinear(rows[:50]); err != nil {
			t.Fatal(err)
		}
		a := must(series.FitAutoregression(rows[:50], series.AutoregressionConfig{
			Lags: []int{1, 2, 3, 4, 5}, Horizon: H, Columns: []int{1, 0},
		}))(t)
		for n := L; n <= len(rows); n += 11 {
			f, want := must(m.Forecast(background, rows[:n]))(t), must(a.Forecast(rows[:n]))(t)
			for h := range H {
				for k := range 2 {
					for q := range 2 {
						graphtest.Equal(t, "forecast", f.Quantiles[q][h][k], want[h][k], 1e-3)
					}
				}
			}
		}
	}
}

func TestFitLinearErrors(t *testing.T) {
	rows := waves(20)
	m := must(NewDirectForecaster(rows, DirectConfig{ForecasterConfig: small(nil), Horizon: 2}, 1))(t)
	wantError(t, m.FitLinear(rows), "fit linear part: there is none: Linear is 0")
	m = must(NewDirectForecaster(rows, DirectConfig{ForecasterConfig: small(nil), Horizon: 2, Linear: 1}, 1))(t)
	before := answers(t, m)
	wantError(t, m.FitLinear(rows[:3]), "fit linear part: fit autoregression: columns [0]: 1 rows of the regression for 2 coefficients")
	if answers(t, m) != before {
		t.Error("the weights have changed")
	}
}
