package zoo

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
)

// A forecasterAhead is either kind of forecaster.
type forecasterAhead interface {
	Model
	Source(values [][]float64, batch int, seed int64) (data.Source, error)
	FitMean(ctx context.Context, values [][]float64) error
	description() description
}

func forecastOf(t testing.TB, m Model, history [][]float64) Forecast {
	t.Helper()
	switch m := m.(type) {
	case *DirectForecaster:
		return must(m.Forecast(background, history))(t)
	case *RecurrentForecaster:
		return must(m.Forecast(background, history, 3))(t)
	}
	t.Fatalf("a %T", m)
	return Forecast{}
}

func bothKinds(t testing.TB, rows [][]float64, cfg ForecasterConfig) map[string]forecasterAhead {
	t.Helper()
	return map[string]forecasterAhead{
		"direct":    must(NewDirectForecaster(rows, DirectConfig{ForecasterConfig: cfg, Horizon: 3}, 1))(t),
		"recurrent": must(NewRecurrentForecaster(rows, RecurrentConfig{cfg}, 1))(t),
	}
}

// skewed is logarithms of errors that have no symmetry.
func skewed(n int) [][]float64 {
	r := rand.New(rand.NewPCG(1, 2))
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = []float64{math.Exp(r.NormFloat64()), 100 * math.Exp(0.5*r.ExpFloat64())}
	}
	return rows
}

// Of a constant forecast without a season, the mean is that of the rows after the windows, whatever their
// distribution, and the median the exponential of the constant.
func TestForecastMeanOfLogarithms(t *testing.T) {
	rows := skewed(300)
	rows[100][0] = math.NaN() // a gap
	for kind, m := range bothKinds(t, rows, small(func(c *ForecasterConfig) { c.Float64, c.Log, c.Window = true, true, 4 })) {
		t.Run(kind, func(t *testing.T) {
			bias := constants(t, m.Store())
			for i := range bias {
				bias[i] = 0.25
			}
			p := map[string]func() prepared{
				"direct":    func() prepared { return m.(*DirectForecaster).prepared },
				"recurrent": func() prepared { return m.(*RecurrentForecaster).prepared },
			}[kind]()
			f := forecastOf(t, m, rows[200:])
			if f.Center != Mean {
				t.Errorf("center %q, want the mean", f.Center)
			}
			for h := range 3 {
				for k := range 2 {
					sum, n := 0.0, 0.0
					for i := 0; i+4+h < len(rows); i++ {
						if y := rows[i+4+h][k]; (i > 100 || i+4 <= 100) && !math.IsNaN(y) {
							sum, n = sum+y, n+1
						}
					}
					graphtest.Equal(t, "mean", f.Values[h][k], sum/n, 1e-9*sum/n)
					graphtest.Equal(t, "median", f.Median[h][k], math.Exp(p.scaler[k].Inverse(0.25)), 1e-9)
				}
			}
		})
	}
}

// A recurrent forecast goes on past its window, where errors are larger: means of rows further ahead follow these as far
// as three windows in four have such rows.
func TestForecastMeanFarAhead(t *testing.T) {
	const window, n, told = 2, 202, 50
	rows := skewed(n)
	for i := range rows {
		for j := range rows[i] {
			rows[i][j] *= math.Exp(float64(i) / n)
		}
	}
	m := must(NewRecurrentForecaster(rows, RecurrentConfig{small(func(c *ForecasterConfig) { c.Float64, c.Log, c.Window = true, true, window })}, 1))(t)
	constants(t, m.Store())
	f := must(m.Forecast(background, rows, told+20))(t)
	for h, row := range f.Values {
		for k, got := range row {
			sum, count := 0.0, 0.0
			for end := window; end+min(h, told-1) < n; end++ {
				sum, count = sum+rows[end+min(h, told-1)][k], count+1
			}
			graphtest.Equal(t, fmt.Sprintf("mean %d rows ahead", h+1), got, sum/count, 1e-9*sum/count)
		}
	}
}

// Past a season the errors of two forecasts add up: by hand, with a season of one row.
func TestForecastMeanOfDifferences(t *testing.T) {
	rows := skewed(50)
	m := must(NewDirectForecaster(rows, DirectConfig{
		ForecasterConfig: small(func(c *ForecasterConfig) { c.Float64, c.Log, c.Season, c.Window = true, true, 1, 2 }), Horizon: 2, Targets: []string{"down"},
	}, 1))(t)
	bias := constants(t, m.Store())
	step := []float64{m.scaler[1].Inverse(bias[0]), m.scaler[1].Inverse(bias[1])}
	f := must(m.Forecast(background, rows))(t)
	last := rows[49][1]
	for h, median := range []float64{last * math.Exp(step[0]), last * math.Exp(step[0]+step[1])} {
		factor, n := 0.0, 0.0
		for end := 3; end+h < 50; end++ {
			factor, n = factor+rows[end+h][1]/(rows[end-1][1]*median/last), n+1
		}
		graphtest.Equal(t, "median", f.Median[h][0], median, 1e-9*median)
		graphtest.Equal(t, "mean", f.Values[h][0], median*factor/n, 1e-9*median*factor/n)
	}
}

// Without logarithms the forecast is the mean, with quantiles the median.
func TestForecastCenter(t *testing.T) {
	rows := skewed(60)
	for _, tc := range []struct {
		name   string
		change func(*ForecasterConfig)
		want   Center
	}{
		{"plain", func(*ForecasterConfig) {}, Mean},
		{"season", func(c *ForecasterConfig) { c.Season = 2 }, Mean},
		{"quantiles", func(c *ForecasterConfig) { c.Quantiles = []float64{0.1, 0.5} }, Median},
		{"quantiles of logarithms", func(c *ForecasterConfig) { c.Log, c.Quantiles = true, []float64{0.1, 0.5} }, Median},
	} {
		for kind, m := range bothKinds(t, rows, small(tc.change)) {
			f := forecastOf(t, m, rows)
			if f.Center != tc.want || fmt.Sprint(f.Values) != fmt.Sprint(f.Median) {
				t.Errorf("%s, %s: center %q, values %v, medians %v, want the %s and equal numbers", tc.name, kind, f.Center, f.Values, f.Median, tc.want)
			}
		}
	}
}

// Log-normal noise, learnt: the mean of what is forecast is that of what was learnt from, and not the median.
func TestForecastMeanLearnt(t *testing.T) {
	rows := make([][]float64, 600)
	r := rand.New(rand.NewPCG(1, 2))
	sum := 0.0
	for i := range rows {
		rows[i] = []float64{math.Exp(r.NormFloat64())}
		sum += rows[i][0]
	}
	cfg := ForecasterConfig{Recurrence: Recurrence{Cell: "vanilla", Hidden: 2}, Columns: []string{"v"}, Window: 2, Log: true}
	for kind, m := range bothKinds(t, rows, cfg) {
		fit(t, m, must(m.Source(rows, 0, 1))(t), 0.02, 100)
		total, n := 0.0, 0.0
		for i := 2; i < len(rows); i += 7 {
			total, n = total+forecastOf(t, m, rows[:i]).Values[0][0], n+1
		}
		if got, want := total/n, sum/600; math.Abs(got/want-1) > 0.03 {
			t.Errorf("%s: mean forecast %.3f, want %.3f", kind, got, want)
		}
	}
}

// Factors follow the weights, are saved with them, and are said to be missing where nothing is known of them.
func TestForecastMeanIsSaved(t *testing.T) {
	rows := skewed(80)
	for kind, m := range bothKinds(t, rows, small(func(c *ForecasterConfig) { c.Log = true })) {
		t.Run(kind, func(t *testing.T) {
			before := forecastOf(t, m, rows)
			fit(t, m, must(m.Source(rows, 0, 1))(t), 0.02, 3)
			want := forecastOf(t, m, rows)
			if fmt.Sprint(before) == fmt.Sprint(want) || want.Center != Mean {
				t.Fatalf("forecast %v, before training %v", want, before)
			}
			dir := filepath.Join(t.TempDir(), "model")
			saveTo(t, m, dir)
			opened := must(Open[forecasterAhead](dir))(t)
			if got := forecastOf(t, opened, rows); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("opened, it forecasts %v, want %v", got, want)
			}
			fit(t, opened, must(opened.Source(rows, 0, 1))(t), 0.02, 1)
			if got := forecastOf(t, opened, rows); got.Center != Median || fmt.Sprint(got.Values) != fmt.Sprint(got.Median) {
				t.Errorf("with other weights, it forecasts %+v, want medians", got)
			}
			if err := opened.FitMean(background, rows[:60]); err != nil {
				t.Fatal(err)
			}
			if got := forecastOf(t, opened, rows); got.Center != Mean || fmt.Sprint(got.Values) == fmt.Sprint(got.Median) {
				t.Errorf("after FitMean, it forecasts %+v, want means", got)
			}
			wantError(t, opened.FitMean(background, rows[:5]), "fit mean: 5 rows, want more than 5 without gaps")

			model := must(m.description().model(m.Store()))(t) // as folders were before they held a mean
			if got := forecastOf(t, model, rows); got.Center != Median || fmt.Sprint(got.Median) != fmt.Sprint(want.Median) {
				t.Errorf("an old folder forecasts %+v, want the medians of %+v", got, want)
			}
		})
	}
}

// A checkpoint holds the factors of its weights, and training is resumed from it whatever they are.
func TestForecastMeanInCheckpoints(t *testing.T) {
	rows, dir := skewed(80), t.TempDir()
	var m forecasterAhead
	train := func(steps int) {
		m = bothKinds(t, rows, small(func(c *ForecasterConfig) { c.Log = true }))["direct"]
		trainer := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.02),
			Checkpoints: trainers.Checkpoints{Dir: dir, Resume: true, Keep: 1}}
		must(trainer.Fit(background, m, must(m.Source(rows, 0, 1))(t), steps))(t)
	}
	train(3)
	train(5)
	found := must(filepath.Glob(filepath.Join(dir, "*", "model.json")))(t)
	if len(found) == 0 {
		t.Fatal("no checkpoint")
	}
	opened := must(Open[Model](filepath.Dir(found[len(found)-1])))(t)
	got, want := forecastOf(t, opened, rows), forecastOf(t, m, rows)
	if got.Center != Mean || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the checkpoint forecasts %v, want %v", got, want)
	}
}

// Factors that no estimate gives are refused.
func TestForecastMeanDamaged(t *testing.T) {
	rows := skewed(40)
	m := bothKinds(t, rows, small(func(c *ForecasterConfig) { c.Log = true }))["direct"].(*DirectForecaster)
	for _, bad := range [][][]float64{{}, {{1}}, {{1, 0}}, {{1, -2}}, {{1, 2}, nil}} {
		d := m.description()
		d.Mean = &factors{Factors: bad}
		_, err := d.model(m.store)
		wantError(t, err, "mean")
	}
}
