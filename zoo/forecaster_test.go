package zoo

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/series"
)

// waves is a series of n rows and two columns, both above 0.
func waves(n int) [][]float64 {
	rows := make([][]float64, n)
	for i := range rows {
		x := float64(i)
		rows[i] = []float64{10 + 0.5*x + 3*math.Sin(x*math.Pi/2), 1000 - 4*x + 50*math.Cos(1.3*x)}
	}
	return rows
}

func small(change func(*ForecasterConfig)) ForecasterConfig {
	cfg := ForecasterConfig{
		Recurrence: Recurrence{Cell: "gru", Hidden: 6}, Columns: []string{"up", "down"}, Window: 5,
	}
	if change != nil {
		change(&cfg)
	}
	return cfg
}

// What is transformed is restored, beyond one season too.
func TestForecasterRestores(t *testing.T) {
	const n, horizon = 20, 9
	rows := waves(n + horizon)
	for _, log := range []bool{false, true} {
		for _, season := range []int{0, 1, 4, 20} {
			for _, columns := range [][]int{{0, 1}, {1, 0}, {1}} {
				t.Run(fmt.Sprintf("log %v, season %d, columns %v", log, season, columns), func(t *testing.T) {
					p := prepared{
						cfg:    small(func(c *ForecasterConfig) { c.Log, c.Season = log, season }),
						scaler: series.Scaler{{Center: 3, Scale: 0.5}, {Center: -2, Scale: 7}},
					}
					scaled := must(p.transform(rows))(t)
					var flat, want []float64
					for i := range horizon {
						for _, j := range columns {
							flat = append(flat, scaled[n-season+i][j])
							want = append(want, rows[n+i][j])
						}
					}
					f := must(p.restore(flat, rows[:n], columns, nil))(t)
					if len(f.Values) != horizon || f.Quantiles != nil {
						t.Fatalf("%d rows and quantiles %v, want %d and none", len(f.Values), f.Quantiles, horizon)
					}
					graphtest.Equal(t, "restored", slices.Concat(f.Values...), want, 1e-12)
				})
			}
		}
	}
}

// Each row is a level, then differences from it: by hand, for one column.
func TestForecasterTransforms(t *testing.T) {
	p := prepared{
		cfg:    ForecasterConfig{Columns: []string{"v"}, Log: true, Season: 2},
		scaler: series.Scaler{{Center: 0.5, Scale: 2}},
	}
	got := must(p.transform([][]float64{{1}, {2}, {4}, {6}}))(t)
	graphtest.Equal(t, "transformed", slices.Concat(got...), []float64{(math.Log(4) - 0.5) / 2, (math.Log(3) - 0.5) / 2}, 1e-15)
}

// Quantiles come level by level, those of the second season around the median of the first.
func TestForecasterQuantiles(t *testing.T) {
	p := prepared{
		cfg: ForecasterConfig{
			Columns: []string{"a", "b"}, Season: 2, Quantiles: []float64{0.1, 0.5, 0.9},
		},
		scaler: series.Scaler{{Center: 1, Scale: 1}, {Center: 0, Scale: 10}},
	}
	history := [][]float64{{-9, -9}, {100, 500}, {200, 600}}
	f := must(p.restore([]float64{
		0, 1, 2 /**/, 3, 4, 5, // row 0: column a, column b
		6, 7, 8 /**/, 9, 10, 11, // row 1
		0, 0, 1 /**/, 0, 2, 3, // row 2: a season after row 0
	}, history, []int{0, 1}, nil))(t)
	want := [][][]float64{
		{{101, 530}, {207, 690}, {103, 540}},
		{{102, 540}, {208, 700}, {103, 560}},
		{{103, 550}, {209, 710}, {104, 570}},
	}
	if fmt.Sprint(f.Quantiles) != fmt.Sprint(want) {
		t.Errorf("quantiles\n%v, want\n%v", f.Quantiles, want)
	}
	if fmt.Sprint(f.Values) != fmt.Sprint(want[1]) {
		t.Errorf("values %v, want the medians %v", f.Values, want[1])
	}
}

// Both kinds of forecaster, for what they share.
var forecasters = map[string]func(train [][]float64, cfg ForecasterConfig) (prepared, error){
	"recurrent": func(train [][]float64, cfg ForecasterConfig) (prepared, error) {
		m, err := NewRecurrentForecaster(train, RecurrentConfig{cfg}, 1)
		if err != nil {
			return prepared{}, err
		}
		return m.prepared, nil
	},
	"direct": func(train [][]float64, cfg ForecasterConfig) (prepared, error) {
		m, err := NewDirectForecaster(train, DirectConfig{ForecasterConfig: cfg, Horizon: 2}, 1)
		if err != nil {
			return prepared{}, err
		}
		return m.prepared, nil
	},
}

// The scaler is that of the differences of the training part, whatever comes after it.
func TestForecasterScaler(t *testing.T) {
	rows := waves(40)
	train := slices.Clone(rows[:30])
	train[7] = []float64{math.NaN(), math.NaN()} // a gap
	for kind, made := range forecasters {
		t.Run(kind, func(t *testing.T) {
			p := must(made(train, small(func(c *ForecasterConfig) { c.Season = 4 })))(t)
			for j := range 2 {
				column := make([]float64, 30)
				for i := range column {
					column[i] = train[i][j]
				}
				mean, variance, n := 0.0, 0.0, 0.0
				diffs := must(series.Difference(column, 4))(t)
				for _, d := range diffs {
					if !math.IsNaN(d) {
						mean, n = mean+d, n+1
					}
				}
				mean /= n
				for _, d := range diffs {
					if !math.IsNaN(d) {
						variance += (d - mean) * (d - mean) / n
					}
				}
				graphtest.Equal(t, "mean", p.scaler[j].Center, mean, 1e-12)
				graphtest.Equal(t, "scale", p.scaler[j].Scale, math.Sqrt(variance), 1e-12)
			}
		})
	}
}

// A column that is constant in the training part is learnt as any other, and named.
func TestForecasterOfAConstant(t *testing.T) {
	rows := waves(30)
	for i := range rows {
		rows[i][1] = 0.1
	}
	m := must(NewDirectForecaster(rows, DirectConfig{ForecasterConfig: small(nil), Horizon: 2}, 1))(t)
	if got, want := fmt.Sprint(m.Notes()), `[column "down": constant: scale 1]`; got != want {
		t.Errorf("notes %s, want %s", got, want)
	}
	fit(t, m, must(m.Source(rows, 0, 1))(t), 0.02, 100)
	for _, row := range must(m.Forecast(background, rows))(t).Values {
		if math.Abs(row[1]-0.1) > 0.05 {
			t.Errorf("forecast of a constant of 0.1: %v", row[1])
		}
	}
}

func TestForecasterConfigErrors(t *testing.T) {
	nan := math.NaN()
	for _, tc := range []struct {
		name  string
		train [][]float64
		cfg   ForecasterConfig
		want  string
	}{
		{"cell", waves(20), small(func(c *ForecasterConfig) { c.Cell = "x" }), `unknown cell "x"; there are gru,`},
		{"hidden size", waves(20), small(func(c *ForecasterConfig) { c.Hidden = 0 }), "hidden size 0"},
		{"window", waves(20), small(func(c *ForecasterConfig) { c.Window = 0 }), "2 columns, window 0, season 0; want at least 1, 1, 0"},
		{"season", waves(20), small(func(c *ForecasterConfig) { c.Season = -1 }), "season -1"},
		{"columns", waves(20), small(func(c *ForecasterConfig) { c.Columns = nil }), "0 columns"},
		{"twice", waves(20), small(func(c *ForecasterConfig) { c.Columns = []string{"a", "a"} }), `column "a" is there twice`},
		{"median", waves(20), small(func(c *ForecasterConfig) { c.Quantiles = []float64{0.1, 0.9} }), "want 0.5 among them"},
		{"order", waves(20), small(func(c *ForecasterConfig) { c.Quantiles = []float64{0.5, 0.1} }), "ascending between 0 and 1"},
		{"equal", waves(20), small(func(c *ForecasterConfig) { c.Quantiles = []float64{0.5, 0.5} }), "ascending between 0 and 1"},
		{"level 0", waves(20), small(func(c *ForecasterConfig) { c.Quantiles = []float64{0, 0.5} }), "ascending between 0 and 1"},
		{"level 1", waves(20), small(func(c *ForecasterConfig) { c.Quantiles = []float64{0.5, 1} }), "ascending between 0 and 1"},
		{"no level", waves(20), small(func(c *ForecasterConfig) { c.Quantiles = []float64{0.5, nan} }), "ascending between 0 and 1"},
		{"no rows", nil, small(nil), "series of 0 rows"},
		{"less than a season", waves(4), small(func(c *ForecasterConfig) { c.Season = 4 }), "series of 4 rows, want more than the season of 4"},
		{"width", [][]float64{{1}, {2}}, small(nil), "row 0 has 1 columns"},
		{"ragged", [][]float64{{1, 2}, {2}}, small(nil), "row 1 has 1 columns"},
		{"logarithm", [][]float64{{1, 2}, {2, 0}}, small(func(c *ForecasterConfig) { c.Log = true }), "logarithm of 0"},
	} {
		for kind, made := range forecasters {
			t.Run(tc.name+", "+kind, func(t *testing.T) {
				_, err := made(tc.train, tc.cfg)
				wantError(t, err, kind+" forecaster: ")
				wantError(t, err, tc.want)
			})
		}
	}
}

func TestForecasterHistory(t *testing.T) {
	p := must(prepare(waves(30), small(func(c *ForecasterConfig) { c.Log, c.Season = true, 3 })))(t)
	for _, tc := range []struct {
		name   string
		change func(rows [][]float64) [][]float64
		want   string // "" for no error
	}{
		{"whole", func(rows [][]float64) [][]float64 { return rows }, ""},
		{"just enough", func(rows [][]float64) [][]float64 { return rows[2:] }, ""},
		{"too short", func(rows [][]float64) [][]float64 { return rows[3:] }, "history of 7 rows, want at least 8 (window 5, season 3)"},
		{"none", func([][]float64) [][]float64 { return nil }, "history of 0 rows"},
		{"gap", func(rows [][]float64) [][]float64 { rows[4][1] = math.NaN(); return rows }, `row 2 of the window has NaN in column "down"`},
		{"infinity", func(rows [][]float64) [][]float64 { rows[9][0] = math.Inf(-1); return rows }, `row 7 of the window has -Inf in column "up"`},
		{"width", func(rows [][]float64) [][]float64 { rows[5] = rows[5][:1]; return rows }, "row 3 of the window has 1 columns, want 2"},
		{"logarithm", func(rows [][]float64) [][]float64 { rows[5][0] = 0; return rows }, "logarithm of 0"},
		{"what is not read", func(rows [][]float64) [][]float64 { rows[0], rows[1] = nil, []float64{math.NaN(), -1}; return rows }, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			history := tc.change(waves(10))
			window, err := p.window(history)
			if tc.want != "" {
				wantError(t, err, "forecast: ")
				wantError(t, err, tc.want)
				return
			}
			if err != nil || len(window) != 5 {
				t.Fatalf("%d rows, error %v; want 5", len(window), err)
			}
			graphtest.Equal(t, "window", slices.Concat(window...), slices.Concat(must(p.transform(waves(10)[2:]))(t)...), 0)
			must(p.restore([]float64{0, 0}, history, []int{0, 1}, nil))(t)
		})
	}
}

// Quantiles that cross are in one order in forecasts, in the loss that is measured and in all else that an evaluation
// reads.
func TestQuantilesThatCross(t *testing.T) {
	levels := []float64{0.25, 0.5, 0.9}
	cross := []float64{0.9, -0.4, 0.1} // by level
	rows := waves(40)
	cfg := small(func(c *ForecasterConfig) { c.Float64, c.Quantiles = true, levels })
	recurrent := must(NewRecurrentForecaster(rows, RecurrentConfig{cfg}, 1))(t)
	direct := must(NewDirectForecaster(rows, DirectConfig{ForecasterConfig: cfg, Horizon: 1}, 1))(t)
	for kind, tc := range map[string]struct {
		model interface {
			trainers.Model
			Source(values [][]float64, batch int, seed int64) (data.Source, error)
		}
		forecast func() (Forecast, error)
		scaler   series.Scaler
	}{
		"recurrent": {recurrent, func() (Forecast, error) { return recurrent.Forecast(background, rows, 1) }, recurrent.scaler},
		"direct":    {direct, func() (Forecast, error) { return direct.Forecast(background, rows) }, direct.scaler},
	} {
		t.Run(kind, func(t *testing.T) {
			bias := constants(t, tc.model.Store())
			for i := range bias {
				bias[i] = cross[i%3]
			}
			f := must(tc.forecast())(t)
			for q, z := range []float64{-0.4, 0.1, 0.9} {
				for k := range 2 {
					graphtest.Equal(t, "quantile", f.Quantiles[q][0][k], tc.scaler[k].Inverse(z), 1e-12)
				}
			}
			graphtest.Equal(t, "median", f.Values[0][0], tc.scaler[0].Inverse(0.1), 1e-12)

			src := must(tc.model.Source(rows, 0, 1))(t)
			wantOutputs(t, tc.model, src, levels, func(_, q int) float64 { return []float64{-0.4, 0.1, 0.9}[q] })
			loss, n := 0.0, 0.0
			for batch := range src.Batches(0, 0) {
				for _, y := range batch["y"].Data().([]float64) {
					for q, level := range levels {
						loss, n = loss+pinball(level, y-[]float64{-0.4, 0.1, 0.9}[q]), n+1
					}
				}
			}
			graphtest.Equal(t, "loss", must(trainers.Loss(background, tc.model, src))(t), loss/n, 1e-12)
		})
	}
}

// A forecaster gives a copy of its scaler, which is saved with it.
func TestForecasterGivesItsScaler(t *testing.T) {
	rows := waves(30)
	direct := must(NewDirectForecaster(rows, DirectConfig{ForecasterConfig: small(nil), Horizon: 2}, 1))(t)
	recurrent := must(NewRecurrentForecaster(rows, RecurrentConfig{small(nil)}, 1))(t)
	want := slices.Clone(direct.scaler)
	for name, scaler := range map[string]func() series.Scaler{"direct": direct.Scaler, "recurrent": recurrent.Scaler} {
		got := scaler()
		if len(got) != 2 || got[0].Name != direct.cfg.Columns[0] || !slices.Equal(got, want) {
			t.Errorf("%s: scaler %+v, want %+v", name, got, want)
		}
		got[0].Scale = 0
		if !slices.Equal(scaler(), want) {
			t.Errorf("%s: its scaler can be written to", name)
		}
	}
	if got := (*DirectForecaster)(nil).Scaler(); got != nil {
		t.Errorf("no forecaster has the scaler %v", got)
	}
	if got := (*RecurrentForecaster)(nil).Notes(); got != nil {
		t.Errorf("no forecaster has the notes %v", got)
	}
}
