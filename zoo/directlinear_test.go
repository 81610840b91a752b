package zoo

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/trainers/data/series"
)

// Where the linear part reads the whole window, it forecasts before training what the autoregression does, with the
// quantiles of its errors about it; and it has no part in the cells.
func TestFitLinear(t *testing.T) {
	rows := waves(60)
	for i := range rows { // no two are a line of one another
		rows[i][0] += math.Sin(float64(i * i))
		rows[i][1] += 20 * math.Cos(float64(i*i))
	}
	const L, H = 5, 3
	for _, double := range []bool{true, false} {
		for _, quantiles := range [][]float64{nil, {0.25, 0.5}} {
			m := must(NewDirectForecaster(rows[:50], DirectConfig{
				ForecasterConfig: small(func(c *ForecasterConfig) { c.Float64, c.Quantiles = double, quantiles }),
				Horizon:          H, Targets: []string{"down", "up"}, Linear: L,
			}, 1))(t)
			if err := m.FitLinear(rows[:50]); err != nil {
				t.Fatal(err)
			}
			scaler := must(series.FitScaler(rows[:50], []string{"up", "down"}))(t)
			scaled := must(scaler.Transform(rows))(t)
			a := must(series.ChooseAutoregression(scaled[:50], series.AutoregressionConfig{
				Lags: []int{1, 2, 3, 4, 5}, Horizon: H, Columns: []int{1, 0},
			}))(t)
			below := [2][2]int{} // of each target, forecasts of the first row that lie above the truth, by level
			for n := L; n+H <= len(rows); n++ {
				f, want := must(m.Forecast(background, rows[:n]))(t), must(a.Forecast(scaled[:n]))(t)
				for k, column := range []int{1, 0} {
					if quantiles == nil {
						for h := range H {
							graphtest.Equal(t, "forecast", f.Values[h][k], scaler[column].Inverse(want[h][k]), 1e-3)
						}
						continue
					}
					for q := range 2 {
						if n <= 50-H && rows[n][column] < f.Quantiles[q][0][k] {
							below[k][q]++
						}
					}
				}
			}
			for k := range 2 {
				windows := 50 - H - L + 1
				if got := below[k]; quantiles != nil && (got[0] < windows/4-1 || got[0] > windows/4+2 || got[1] < windows/2-1 || got[1] > windows/2+2) {
					t.Errorf("target %d: of %d rows %v lie below the quantiles of ¼ and ½", k, windows, got)
				}
			}
		}
	}
}

// As many coefficients as rows of noise are no reason to begin at nonsense.
func TestFitLinearShrinks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	rows := make([][]float64, 200)
	for i := range rows {
		rows[i] = []float64{r.NormFloat64()}
	}
	m := must(NewDirectForecaster(rows[:100], DirectConfig{
		ForecasterConfig: ForecasterConfig{Recurrence: Recurrence{Hidden: 2}, Columns: []string{"noise"}, Window: 45}, Horizon: 1, Linear: 45,
	}, 1))(t)
	if err := m.FitLinear(rows[:100]); err != nil {
		t.Fatal(err)
	}
	square := 0.0
	for n := 100; n < len(rows); n++ {
		f := must(m.Forecast(background, rows[:n]))(t)
		square += series.SquaredError(rows[n][0], f.Values[0][0]) / 100
	}
	if square > 1.3 { // least squares has 2.0
		t.Errorf("squared error %.2f of noise whose variance is 1, want at most 1.3", square)
	}
}

func TestFitLinearErrors(t *testing.T) {
	rows := waves(20)
	m := must(NewDirectForecaster(rows, DirectConfig{ForecasterConfig: small(nil), Horizon: 2}, 1))(t)
	wantError(t, m.FitLinear(rows), "fit linear part: there is none: Linear is 0")
	m = must(NewDirectForecaster(rows, DirectConfig{ForecasterConfig: small(nil), Horizon: 2, Linear: 1}, 1))(t)
	before := answers(t, m)
	wantError(t, m.FitLinear(rows[:3]), "fit linear part: choose autoregression: 0 rows of the regression, want at least 2")
	if answers(t, m) != before {
		t.Error("the weights have changed")
	}
}
