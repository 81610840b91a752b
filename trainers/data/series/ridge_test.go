package series

import (
	"math"
	"strings"
	"testing"
)

// At the minimum the slope of the squared error in each coefficient is that of the penalty, and the residuals have
// mean 0, wherever the columns lie.
func TestRidgeIsTheMinimum(t *testing.T) {
	for _, level := range []float64{0, 1e6} {
		rows := noise(80, 3)
		for i := range rows {
			rows[i][0] = level + 5*rows[i][0]
			rows[i][1] = level + 5*rows[i][1]
			rows[i][2] *= 0.1
		}
		cfg := AutoregressionConfig{Lags: []int{1, 2, 4}, Horizon: 2, Beside: []int{2}, Ridge: 0.2}
		for _, cfg.Shared = range []bool{false, true} {
			a, err := FitAutoregression(rows, cfg)
			if err != nil {
				t.Fatal(err)
			}
			groups := [][]int{{0}, {1}}
			if cfg.Shared {
				groups = [][]int{{0, 1}}
			}
			for _, columns := range groups {
				var read [][]float64 // regressors of each row, then the residuals
				for _, k := range columns {
					for at := 4; at+2 <= len(rows); at++ {
						ahead, err := a.Forecast(rows[:at])
						if err != nil {
							t.Fatal(err)
						}
						read = append(read, []float64{rows[at-1][k], rows[at-2][k], rows[at-4][k], rows[at-1][2],
							rows[at][k] - ahead[0][k], rows[at+1][k] - ahead[1][k]})
					}
				}
				mean := func(f func(row []float64) float64) float64 {
					sum := 0.0
					for _, row := range read {
						sum += f(row) / float64(len(read))
					}
					return sum
				}
				for h := range 2 {
					near(t, mean(func(row []float64) float64 { return row[4+h] }), 0)
					for i := range 4 {
						center := mean(func(row []float64) float64 { return row[i] })
						variance := mean(func(row []float64) float64 { return (row[i] - center) * (row[i] - center) })
						slope := mean(func(row []float64) float64 { return (row[i] - center) * row[4+h] })
						want := cfg.Ridge * a.Coefficients(columns[0])[1+i][h] * variance
						if math.Abs(slope-want) > 1e-6*(1+math.Abs(want)) {
							t.Errorf("level %g, shared %v, regressor %d, ahead %d: slope %g, want %g", level, cfg.Shared, i, h, slope, want)
						}
					}
				}
			}
		}
	}
}

// Of as many coefficients as rows least squares makes nonsense; the strength that is chosen does not.
func TestChooseAutoregression(t *testing.T) {
	wave := noise(160, 1)
	for i := range wave {
		wave[i][0] = math.Sin(2*math.Pi*float64(i)/12) + 0.5*wave[i][0]
	}
	var lags []int
	for lag := range 50 {
		lags = append(lags, 1+lag)
	}
	cfg := AutoregressionConfig{Lags: lags, Horizon: 3}
	train := wave[:110]
	plain, err := FitAutoregression(train, cfg)
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := ChooseAutoregression(train, cfg)
	if err != nil {
		t.Fatal(err)
	}
	square := func(a *Autoregression) (sum float64) {
		for at := 110; at+3 <= len(wave); at++ {
			ahead, err := a.Forecast(wave[:at])
			if err != nil {
				t.Fatal(err)
			}
			for h, row := range ahead {
				sum += SquaredError(wave[at+h][0], row[0])
			}
		}
		return sum
	}
	if least, got := square(plain), square(chosen); !(got < least/3) || chosen.Config().Ridge < 1e-3 {
		t.Errorf("squared error %.3f with ridge %g, %.3f of least squares; want less than a third", got, chosen.Config().Ridge, least)
	}
}

// Columns that move alike but for noise are forecast by what they share, columns that do not each by its own.
func TestChooseShared(t *testing.T) {
	for _, alike := range []bool{true, false} {
		rows := noise(60, 4)
		for i := 1; i < len(rows); i++ {
			for j := range rows[i] {
				pull := 0.8
				if !alike && j%2 == 0 {
					pull = -0.8
				}
				rows[i][j] += pull * rows[i-1][j]
			}
		}
		a, err := ChooseAutoregression(rows, AutoregressionConfig{Lags: []int{1, 2, 3, 4, 5, 6}})
		if err != nil {
			t.Fatal(err)
		}
		if a.Config().Shared != alike {
			t.Errorf("alike %v: shared %v", alike, a.Config().Shared)
		}
	}
}

func TestRidgeErrors(t *testing.T) {
	rows := noise(30, 2)
	broken := noise(30, 1)
	broken[7][0] = math.Inf(1)
	for _, tc := range []struct {
		name string
		rows [][]float64
		cfg  AutoregressionConfig
		want string
	}{
		{"negative", rows, AutoregressionConfig{Lags: []int{1}, Ridge: -1}, "ridge -1, wanted 0 or more"},
		{"NaN", rows, AutoregressionConfig{Lags: []int{1}, Ridge: math.NaN()}, "ridge NaN"},
		{"infinite", rows, AutoregressionConfig{Lags: []int{1}, Ridge: math.Inf(1)}, "ridge +Inf"},
		{"infinity", broken, AutoregressionConfig{Lags: []int{1}, Ridge: 1}, "+Inf"},
		{"rows", rows[:4], AutoregressionConfig{Lags: []int{3}, Ridge: 1}, "1 rows of the regression, want at least 2"},
	} {
		_, err := FitAutoregression(tc.rows, tc.cfg)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q in it", tc.name, err, tc.want)
		}
	}
	for i := 25; i < 30; i++ {
		rows[i][0], rows[i][1] = math.NaN(), math.NaN()
	}
	if _, err := ChooseAutoregression(rows, AutoregressionConfig{Lags: []int{1}, Horizon: 2}); err == nil ||
		!strings.Contains(err.Error(), "choose autoregression: no row to forecast in the last 6 of 30") {
		t.Errorf("error %v", err)
	}
	// A column that is constant is forecast, where least squares would refuse it.
	flat := [][]float64{{2}, {2}, {2}, {2}, {2}, {2}}
	a, err := FitAutoregression(flat, AutoregressionConfig{Lags: []int{1}, Ridge: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	ahead, err := a.Forecast(flat)
	if err != nil {
		t.Fatal(err)
	}
	near(t, ahead[0][0], 2)
}
