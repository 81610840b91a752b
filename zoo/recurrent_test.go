package zoo

import (
	"context"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
)

// column is n rows of one value.
func column(n int, value func(i int) float64) [][]float64 {
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = []float64{value(i)}
	}
	return rows
}

// meanError is the mean of |forecast-truth|.
func meanError(forecast, truth [][]float64) float64 {
	sum := 0.0
	for i, row := range truth {
		for j, v := range row {
			sum += math.Abs(forecast[i][j]-v) / float64(len(truth)*len(row))
		}
	}
	return sum
}

// Tasks that a forecaster of either kind learns, and how far off its 8 rows may be at the mean.
var tasks = []struct {
	name  string
	cfg   ForecasterConfig
	value func(i int) float64
	most  float64 // in units of the series
}{
	{ // amplitude 5
		"sine", ForecasterConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 12}, Window: 16},
		func(i int) float64 { return 20 + 5*math.Sin(float64(i)*math.Pi/6) }, 0.5,
	},
	{ // it leaves the range of the training part at once: only as differences can it be learnt
		"trend", ForecasterConfig{Recurrence: Recurrence{Cell: "vanilla", Hidden: 6}, Window: 4, Season: 1},
		func(i int) float64 { return float64(2*i + i%2) }, 0.3,
	},
	{ // each season 4 % more, every other one 6 %
		"growing season", ForecasterConfig{Recurrence: Recurrence{Cell: "lstm", Hidden: 12}, Window: 8, Log: true, Season: 4},
		func(i int) float64 {
			return 100 * []float64{1, 3, 2, 0.5}[i%4] * math.Pow(1.05, float64(i/4)) * (1 + 0.01*float64(i/4%2))
		}, 10,
	},
}

func TestRecurrentForecasterLearns(t *testing.T) {
	for _, tc := range tasks {
		t.Run(tc.name, func(t *testing.T) {
			tc.cfg.Columns = []string{"v"}
			const train = 48
			rows := column(train+8, tc.value)
			m := must(NewRecurrentForecaster(rows[:train], RecurrentConfig{tc.cfg}, 1))(t)
			fit(t, m, must(m.Source(rows[:train], 0, 1))(t), 0.02, 200)
			f := must(m.Forecast(background, rows[:train], 8))(t)
			if off := meanError(f.Values, rows[train:]); off > tc.most {
				t.Errorf("off by %.3f at the mean, at most %v is allowed: %.1f, want %.1f", off, tc.most, f.Values, rows[train:])
			}
		})
	}
}

// The next row is forecast after every row of a window.
func TestRecurrentForecasterSource(t *testing.T) {
	rows := waves(20)
	m := must(NewRecurrentForecaster(rows, RecurrentConfig{small(nil)}, 1))(t)
	src := must(m.Source(rows, 3, 1))(t)
	for name, field := range src.Spec() {
		if !slices.Equal(field.Shape, tensor.Shape{5, 3, 2}) {
			t.Errorf("%s %v, want (5, 3, 2)", name, field.Shape)
		}
	}
	for batch, err := range src.Batches(0, 0) {
		x, y := batch["x"].Data().([]float64), batch["y"].Data().([]float64)
		if err != nil || !slices.Equal(x[6:], y[:24]) {
			t.Fatalf("y is not x one row on: %v, %v; error %v", x, y, err)
		}
	}
	_, err := m.Source(rows[:3], 0, 1)
	wantError(t, err, "3 rows")
	_, err = graph.Build(m.Store(), func(s *graph.Scope) *G.Node { return m.Loss(s, data.Spec{}) })
	wantError(t, err, "recurrent forecaster: want a batch with x and y [Window, B, D]")
}

// The loss of weights that forecast constants, by hand: which number is which quantile of which column.
func TestRecurrentForecasterLoss(t *testing.T) {
	levels := []float64{0.25, 0.5, 0.9}
	rows := waves(20)
	m := must(NewRecurrentForecaster(rows, RecurrentConfig{small(func(c *ForecasterConfig) {
		c.Float64, c.Quantiles = true, levels
	})}, 1))(t)
	bias := constants(t, m.Store()) // [D·Q]
	src := must(m.Source(rows, 0, 1))(t)
	want, n := 0.0, 0.0
	for batch := range src.Batches(0, 0) {
		for i, y := range batch["y"].Data().([]float64) {
			for q, level := range levels {
				want, n = want+pinball(level, y-bias[i%2*3+q]), n+1
			}
		}
	}
	graphtest.Equal(t, "loss", must(trainers.Loss(background, m, src))(t), want/n, 1e-12)
	wantOutputs(t, m, src, levels, func(i int, q int) float64 { return bias[i%2*3+q] })
}

// constants makes the head give a constant for each output, whatever was read, and returns them.
func constants(t *testing.T, store *graph.Store) []float64 {
	t.Helper()
	w, _ := store.Param("head/w")
	b, ok := store.Param("head/b")
	if !ok {
		t.Fatal("no head/b")
	}
	w.Value.Zero()
	bias := b.Value.Float64s()
	for i := range bias {
		bias[i] = 0.1*float64(i) - 0.3
	}
	return bias
}

// pinball is the quantile loss of an error.
func pinball(level, e float64) float64 { return max(level*e, (level-1)*e) }

// Forecasts are read back, medians where there are quantiles: by hand, on graphs that are unrolled anew
// for each row.
func TestRecurrentForecasterFeedsBack(t *testing.T) {
	for _, quantiles := range [][]float64{nil, {0.5}, {0.1, 0.5, 0.7, 0.9}} {
		rows := waves(30)
		cfg := small(func(c *ForecasterConfig) { c.Float64, c.Layers, c.Quantiles = true, 2, quantiles })
		m := must(NewRecurrentForecaster(rows, RecurrentConfig{cfg}, 1))(t)
		Q := max(1, len(quantiles))
		const horizon = 4
		window := must(m.scaler.Transform(rows[25:]))(t)
		want := make([][][]float64, Q) // [Q][horizon][D]
		for range horizon {
			x := rowsOf(window)
			session := must(graph.Build(m.Store(), func(s *graph.Scope) *G.Node {
				s.Output("y", m.predict(s, s.Input("x", x.Shape()...), forwards))
				return nil
			}, graph.Eval()))(t)
			if err := session.Run(background, graph.Feed{"x": x}); err != nil {
				t.Fatal(err)
			}
			y := floats(must(session.Output("y"))(t))
			y = y[len(y)-2*Q:] // of the last timestep, [D·Q]
			slices.Sort(y[:Q])
			slices.Sort(y[Q:])
			for q := range want {
				want[q] = append(want[q], must(m.scaler.Inverse([][]float64{{y[q], y[Q+q]}}))(t)...)
			}
			middle := max(0, slices.Index(quantiles, 0.5))
			window = append(window, []float64{y[middle], y[Q+middle]})
		}
		f := must(m.Forecast(background, rows, horizon))(t)
		graphtest.Equal(t, "values", slices.Concat(f.Values...), slices.Concat(want[max(0, slices.Index(quantiles, 0.5))]...), 1e-12)
		if len(f.Quantiles) != len(quantiles) {
			t.Fatalf("%d quantiles, want %d", len(f.Quantiles), len(quantiles))
		}
		for q := range f.Quantiles {
			graphtest.Equal(t, "quantile", slices.Concat(f.Quantiles[q]...), slices.Concat(want[q]...), 1e-12)
		}
	}
}

func TestRecurrentForecasterErrors(t *testing.T) {
	rows := waves(20)
	m := must(NewRecurrentForecaster(rows, RecurrentConfig{small(nil)}, 1))(t)
	for horizon, want := range map[int]string{0: "forecast: horizon 0, want at least 1", -2: "horizon -2"} {
		_, err := m.Forecast(background, rows, horizon)
		wantError(t, err, want)
	}
	_, err := m.Forecast(background, rows[:4], 1)
	wantError(t, err, "forecast: history of 4 rows")
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, err = m.Forecast(ctx, rows, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
}

// Forecasts at the same time, of histories and to horizons of their own.
func TestRecurrentForecasterAtTheSameTime(t *testing.T) {
	rows := waves(20)
	m := must(NewRecurrentForecaster(rows, RecurrentConfig{small(nil)}, 1))(t)
	var all sync.WaitGroup
	for n := 10; n <= 20; n += 2 {
		want := must(m.Forecast(background, rows[:n], n/2))(t)
		all.Go(func() {
			got, err := m.Forecast(background, rows[:n], n/2)
			if err != nil {
				t.Error(err)
			}
			graphtest.Equal(t, "forecast", slices.Concat(got.Values...), slices.Concat(want.Values...), 0)
		})
	}
	all.Wait()
}
