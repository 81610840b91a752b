package series

import (
	"math"
	"math/rand/v2"
	"testing"
)

// noise is rows of numbers that do not depend on one another.
func noise(n, D int) [][]float64 {
	r := rand.New(rand.NewPCG(3, 4))
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = make([]float64, D)
		for j := range rows[i] {
			rows[i][j] = r.NormFloat64()
		}
	}
	return rows
}

// A series that is an autoregression is forecast exactly, and its rows further ahead as if each were fed
// back.
func TestAutoregressionIsExact(t *testing.T) {
	rows := noise(60, 3)
	for i := 3; i < len(rows); i++ {
		rows[i][0] = 2 + 0.5*rows[i-1][0] - 0.3*rows[i-3][0] + 0.7*rows[i-1][2]
		rows[i][1] = -1 + 0.9*rows[i-1][1] - 0.5*rows[i-3][1] - 0.2*rows[i-1][2]
		rows[i][2] = 0.8*rows[i-1][2] + 0.4*math.Sin(float64(i*i))
	}
	a, err := FitAutoregression(rows[:40], AutoregressionConfig{Lags: []int{3, 1}, Beside: []int{2}})
	if err != nil {
		t.Fatal(err)
	}
	for at := 40; at < len(rows); at++ {
		got, err := a.Forecast(rows[:at])
		if err != nil {
			t.Fatal(err)
		}
		near(t, got[0][0], rows[at][0])
		near(t, got[0][1], rows[at][1])
	}
	for k, want := range [][]float64{{2, -0.3, 0.5, 0.7}, {-1, -0.5, 0.9, -0.2}} { // 1, lag 3, lag 1, the column beside
		for i, row := range a.Coefficients(k) {
			near(t, row[0], want[i])
		}
	}

	for i := 2; i < len(rows); i++ { // a circle: two rows know all others
		rows[i][0] = 1.2*rows[i-1][0] - rows[i-2][0] + 5
	}
	a, err = FitAutoregression(rows[:30], AutoregressionConfig{Lags: []int{1, 2}, Columns: []int{0}, Horizon: 7})
	if err != nil {
		t.Fatal(err)
	}
	got, err := a.Forecast(rows[:40])
	if err != nil || len(got) != 7 || len(got[0]) != 1 {
		t.Fatalf("%v, error %v; want [7][1]", got, err)
	}
	for h, row := range got {
		near(t, row[0], rows[40+h][0])
	}
}

func near(t *testing.T, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) < 1e-8) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Shared coefficients are those of the columns one below the other.
func TestAutoregressionShared(t *testing.T) {
	rows := noise(40, 2)
	column := [][]float64{}
	for j := range 2 {
		for i := range rows {
			column = append(column, []float64{rows[i][j]})
		}
		column = append(column, []float64{math.NaN()}) // no row of the regression holds values of both
	}
	cfg := AutoregressionConfig{Lags: []int{1, 2}, Horizon: 2, Shared: true}
	both, err := FitAutoregression(rows, cfg)
	if err != nil {
		t.Fatal(err)
	}
	one, err := FitAutoregression(column, cfg)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := both.Forecast(rows)
	for j := range 2 {
		want, _ := one.Forecast(column[:(j+1)*41-1])
		for h := range 2 {
			near(t, got[h][j], want[h][0])
		}
	}
	if got, err := both.Forecast([][]float64{{1, 2}, {math.NaN(), 3}}); err != nil || !math.IsNaN(got[0][0]) || math.IsNaN(got[0][1]) {
		t.Errorf("%v, error %v; want NaN behind the gap only", got, err)
	}
}

func TestAutoregressionErrors(t *testing.T) {
	good := noise(20, 2)
	constant := noise(20, 1)
	for i := range constant {
		constant[i][0] = 5
	}
	for _, tc := range []struct {
		name  string
		train [][]float64
		cfg   AutoregressionConfig
		want  string
	}{
		{"no rows", nil, AutoregressionConfig{Lags: []int{1}}, "no values"},
		{"ragged", [][]float64{{1, 2}, {3}}, AutoregressionConfig{Lags: []int{1}}, "row 1 has 1 columns"},
		{"no lags", good, AutoregressionConfig{}, "lags [], horizon 0"},
		{"horizon", good, AutoregressionConfig{Lags: []int{1}, Horizon: -1}, "horizon -1"},
		{"lag 0", good, AutoregressionConfig{Lags: []int{0}}, "lags [0]"},
		{"twice", good, AutoregressionConfig{Lags: []int{2, 2}}, "lags [2 2]"},
		{"column", good, AutoregressionConfig{Lags: []int{1}, Columns: []int{2}}, "column 2, wanted one of 0 to 1"},
		{"beside", good, AutoregressionConfig{Lags: []int{1}, Beside: []int{-1}}, "column -1"},
		{"all beside", good, AutoregressionConfig{Lags: []int{1}, Beside: []int{0, 1}}, "all 2 columns are beside"},
		{"few rows", good[:4], AutoregressionConfig{Lags: []int{1, 2}}, "columns [0]: 2 rows of the regression for 3 coefficients"},
		{"constant", constant, AutoregressionConfig{Lags: []int{1}}, "columns [0]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := FitAutoregression(tc.train, tc.cfg)
			wantError(t, err, "fit autoregression: ", tc.want)
		})
	}
	a, err := FitAutoregression(good, AutoregressionConfig{Lags: []int{1, 4}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Forecast(good[:3])
	wantError(t, err, "history of 3 rows, wanted at least the longest lag of 4")
}

// The yardsticks of real series, one step ahead on their ends, the past always known. Those of the
// airline and of the sunspots were computed outside of this repository.
func TestAutoregressionOnRealSeries(t *testing.T) {
	upTo := func(n int) (lags []int) {
		for lag := range n {
			lags = append(lags, lag+1)
		}
		return lags
	}
	for _, tc := range []struct {
		file, column, date string
		cycles             []Cycle
		log                Logarithm
		cut                float64 // share of the rows to learn from
		lags               []int
		want               float64 // RMSE
	}{
		{"airline-passengers.csv", "Passengers", "Month", nil, Log, 2.0 / 3, []int{1, 12, 13}, 14.2},
		{"monthly-sunspots.csv", "Sunspots", "Month", nil, NoLog, 0.8, upTo(20), 18.32},
		{"daily-min-temperatures.csv", "Temp", "Date", []Cycle{DayOfYear}, NoLog, 0.8, upTo(20), 2.16},
	} {
		t.Run(tc.file, func(t *testing.T) {
			s, err := ReadCSV(dataset(t, "forecast_small", tc.file), tc.file, CSV{Columns: []string{tc.column}, Date: tc.date})
			if err != nil {
				t.Fatal(err)
			}
			p, err := Panel{s}.WithCalendar(tc.cycles...)
			if err != nil {
				t.Fatal(err)
			}
			rows := p[0].Values
			cfg := AutoregressionConfig{Lags: tc.lags, Columns: []int{0}}
			for j := range rows[0][1:] {
				cfg.Beside = append(cfg.Beside, 1+j)
			}
			level := ColumnScaler{Log: tc.log, Scale: 1}
			for _, row := range rows {
				if row[0], err = level.Transform(row[0]); err != nil {
					t.Fatal(err)
				}
			}
			cut := int(tc.cut * float64(len(rows)))
			a, err := FitAutoregression(rows[:cut], cfg)
			if err != nil {
				t.Fatal(err)
			}
			sum := 0.0
			for at := cut; at < len(rows); at++ {
				f, err := a.Forecast(rows[:at])
				if err != nil {
					t.Fatal(err)
				}
				sum += SquaredError(level.Inverse(rows[at][0]), level.Inverse(f[0][0]))
			}
			if rmse := math.Sqrt(sum / float64(len(rows)-cut)); math.Abs(rmse/tc.want-1) > 0.003 {
				t.Errorf("RMSE %.3f, want %v", rmse, tc.want)
			}
		})
	}
}
