package zoo

import (
	"context"
	"math"
	"math/rand/v2"
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
	"github.com/elman-go/elman/trainers/metrics"
)

func TestDirectForecasterLearns(t *testing.T) {
	for _, tc := range tasks {
		t.Run(tc.name, func(t *testing.T) {
			tc.cfg.Columns = []string{"v"}
			const train = 48
			rows := column(train+8, tc.value)
			m := must(NewDirectForecaster(rows[:train], DirectConfig{ForecasterConfig: tc.cfg, Horizon: 8}, 1))(t)
			fit(t, m, must(m.Source(rows[:train], 0, 1))(t), 0.02, 200)
			f := must(m.Forecast(background, rows[:train]))(t)
			if off := meanError(f.Values, rows[train:]); off > tc.most {
				t.Errorf("off by %.3f at the mean, at most %v is allowed: %.1f, want %.1f", off, tc.most, f.Values, rows[train:])
			}
		})
	}
}

// One window whose rows and columns to forecast are all different: each is learnt in its place.
func TestDirectForecasterLayout(t *testing.T) {
	rows := [][]float64{
		{1, 10, 100}, {2, 30, 200}, {3, 20, 400}, {4, 50, 300}, // the window
		{5, 0, 170}, {9, 70, 250}, {2, 40, 330},
	}
	for _, tc := range []struct {
		name    string
		targets []string
		columns []int
	}{
		{"all", nil, []int{0, 1, 2}},
		{"some, in another order", []string{"c", "a"}, []int{2, 0}},
		{"one", []string{"b"}, []int{1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := must(NewDirectForecaster(rows, DirectConfig{
				ForecasterConfig: ForecasterConfig{Recurrence: Recurrence{Cell: "vanilla", Hidden: 4}, Columns: []string{"a", "b", "c"}, Window: 4},
				Horizon:          3, Targets: tc.targets,
			}, 1))(t)
			src := must(m.Source(rows, 0, 1))(t)
			if got, want := src.Spec()["y"].Shape, (tensor.Shape{3, 1, len(tc.columns)}); !slices.Equal(got, want) {
				t.Errorf("y %v, want %v", got, want)
			}
			fit(t, m, src, 0.03, 200)
			f := must(m.Forecast(background, rows[:4]))(t)
			for i, row := range f.Values {
				for k, j := range tc.columns {
					if off := math.Abs(row[k] - rows[4+i][j]); off > 0.02*rows[4][2] && j == 2 || off > 0.5 && j < 2 {
						t.Errorf("row %d, target %d: %.2f, want %v", i, k, row[k], rows[4+i][j])
					}
				}
			}
		})
	}
}

// The loss of weights that forecast constants, by hand, and what Forecast makes of them: which number is
// which quantile of which column in which row.
func TestDirectForecasterQuantileLayout(t *testing.T) {
	levels := []float64{0.25, 0.5, 0.9}
	const H, K, Q = 4, 2, 3
	rows := waves(20)
	m := must(NewDirectForecaster(rows, DirectConfig{
		ForecasterConfig: small(func(c *ForecasterConfig) { c.Float64, c.Quantiles = true, levels }),
		Horizon:          H, Targets: []string{"down", "up"},
	}, 1))(t)
	bias := constants(t, m.Store()) // [H·K·Q]
	src := must(m.Source(rows, 0, 1))(t)
	want, n := 0.0, 0.0
	for batch := range src.Batches(0, 0) {
		B := batch["y"].Shape()[1]
		for i, y := range batch["y"].Data().([]float64) { // [H, B, K]
			h, k := i/(B*K), i%K
			for q, level := range levels {
				want, n = want+pinball(level, y-bias[(h*K+k)*Q+q]), n+1
			}
		}
	}
	graphtest.Equal(t, "loss", must(trainers.Loss(background, m, src))(t), want/n, 1e-12)
	wantOutputs(t, m, src, levels, func(i int, q int) float64 {
		B := src.Spec()["y"].Shape[1]
		return bias[(i/(B*K)*K+i%K)*Q+q]
	})

	f := must(m.Forecast(background, rows))(t)
	for q := range Q {
		for h := range H {
			for k, column := range []int{1, 0} {
				graphtest.Equal(t, "quantile", f.Quantiles[q][h][k], m.scaler[column].Inverse(bias[(h*K+k)*Q+q]), 1e-12)
			}
		}
	}
}

// Of noise nothing is left to learn but its quantiles, here those of [0, 1) and [100, 104).
func TestDirectForecasterLearnsQuantiles(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	rows := make([][]float64, 400)
	for i := range rows {
		rows[i] = []float64{r.Float64(), 100 + 4*r.Float64()}
	}
	levels := []float64{0.1, 0.5, 0.8}
	m := must(NewDirectForecaster(rows, DirectConfig{
		ForecasterConfig: ForecasterConfig{Recurrence: Recurrence{Cell: "vanilla", Hidden: 1}, Columns: []string{"a", "b"}, Window: 1, Quantiles: levels},
		Horizon:          2,
	}, 1))(t)
	fit(t, m, must(m.Source(rows, 0, 1))(t), 0.05, 200)
	f := must(m.Forecast(background, [][]float64{{0.5, 102}}))(t)
	for q, level := range levels {
		for h := range 2 {
			for k, want := range []float64{level, 100 + 4*level} {
				if off := math.Abs(f.Quantiles[q][h][k]-want) / []float64{1, 4}[k]; off > 0.1 {
					t.Errorf("quantile %v, row %d, column %d: %.2f, want %.2f", level, h, k, f.Quantiles[q][h][k], want)
				}
			}
		}
	}
}

// What the linear part adds, by hand: which coefficient belongs to which row of the window, which target,
// which row of the horizon and which quantile.
func TestDirectForecasterLinearLayout(t *testing.T) {
	const L, H = 2, 3
	levels := []float64{0.25, 0.5}
	rows := waves(20)
	m := must(NewDirectForecaster(rows, DirectConfig{
		ForecasterConfig: small(func(c *ForecasterConfig) { c.Float64, c.Quantiles = true, levels }),
		Horizon:          H, Targets: []string{"down", "up"}, Linear: L,
	}, 1))(t)
	bias := constants(t, m.Store()) // [H·K·Q]
	K, Q := 2, len(levels)
	p, _ := m.Store().Param("linear/w")
	w := p.Value.Data().([]float64) // [K, L, H·Q]
	for i := range w {
		w[i] = float64(i%7) - 3
	}
	scaled := must(m.transform(rows))(t)
	f := must(m.Forecast(background, rows))(t)
	for h := range H {
		for k, column := range []int{1, 0} {
			want := make([]float64, Q)
			for q := range want {
				want[q] = bias[(h*K+k)*Q+q]
				for l := range L {
					want[q] += scaled[len(rows)-L+l][column] * w[(k*L+l)*H*Q+h*Q+q]
				}
			}
			slices.Sort(want)
			for q, z := range want {
				graphtest.Equal(t, "quantile", f.Quantiles[q][h][k], m.scaler[column].Inverse(z), 1e-10)
			}
		}
	}
}

// A trend goes on beyond what was seen: the linear part follows it, cells alone are bounded.
func TestDirectForecasterLinearLearns(t *testing.T) {
	rows := column(60, func(i int) float64 { return float64(3 * i) })
	m := must(NewDirectForecaster(rows[:30], DirectConfig{
		ForecasterConfig: ForecasterConfig{Recurrence: Recurrence{Cell: "vanilla", Hidden: 2}, Columns: []string{"v"}, Window: 4},
		Horizon:          2, Linear: 2,
	}, 1))(t)
	fit(t, m, must(m.Source(rows[:30], 0, 1))(t), 0.02, 400)
	f := must(m.Forecast(background, rows[:58]))(t)
	if off := meanError(f.Values, rows[58:]); off > 40 {
		t.Errorf("off by %.1f at the mean, at most 40 is allowed: %.1f, want %.1f", off, f.Values, rows[58:])
	}
}

func TestDirectForecasterErrors(t *testing.T) {
	rows := waves(20)
	for _, tc := range []struct {
		name    string
		horizon int
		targets []string
		linear  int
		want    string
	}{
		{"horizon", 0, nil, 0, "direct forecaster: horizon 0, want at least 1"},
		{"below", -3, nil, 0, "horizon -3"},
		{"linear part", 2, nil, 6, "linear part of 6 rows, want 0 to the 5 of the window"},
		{"linear part below", 2, nil, -1, "linear part of -1 rows"},
		{"target", 2, []string{"up", "sideways"}, 0, `target "sideways" is not among the columns ["up" "down"]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := NewDirectForecaster(rows, DirectConfig{ForecasterConfig: small(nil), Horizon: tc.horizon, Targets: tc.targets, Linear: tc.linear}, 1)
			wantError(t, err, tc.want)
		})
	}
	m := must(NewDirectForecaster(rows, DirectConfig{ForecasterConfig: small(nil), Horizon: 2}, 1))(t)
	_, err := m.Source(rows[:6], 0, 1)
	wantError(t, err, "6 rows")
	_, err = graph.Build(m.Store(), func(s *graph.Scope) *G.Node { return m.Loss(s, data.Spec{}) })
	wantError(t, err, "direct forecaster: want a batch with x [Window, B, D]")
	_, err = m.Forecast(background, rows[:4])
	wantError(t, err, "forecast: history of 4 rows")
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, err = m.Forecast(ctx, rows); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
}

func TestDirectForecasterAtTheSameTime(t *testing.T) {
	rows := waves(20)
	m := must(NewDirectForecaster(rows, DirectConfig{ForecasterConfig: small(nil), Horizon: 3}, 1))(t)
	var all sync.WaitGroup
	for n := 10; n <= 20; n += 2 {
		want := must(m.Forecast(background, rows[:n]))(t)
		all.Go(func() {
			got, err := m.Forecast(background, rows[:n])
			if err != nil {
				t.Error(err)
			}
			graphtest.Equal(t, "forecast", slices.Concat(got.Values...), slices.Concat(want.Values...), 0)
		})
	}
	all.Wait()
}

// A forecaster is measured on every window, whatever the batch and the order.
func TestForecastersAreMeasuredWhole(t *testing.T) {
	values := make([][]float64, 60)
	for i := range values {
		values[i] = []float64{math.Sin(float64(i)) + float64(i*i%7), math.Cos(float64(i))}
	}
	cfg := ForecasterConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 4, Float64: true}, Columns: []string{"a", "b"}, Window: 9}
	direct := must(NewDirectForecaster(values, DirectConfig{ForecasterConfig: cfg, Horizon: 3}, 1))(t)
	recurrent := must(NewRecurrentForecaster(values, RecurrentConfig{cfg}, 1))(t)
	for name, m := range map[string]interface {
		trainers.Model
		Source([][]float64, int, int64) (data.Source, error)
	}{"direct": direct, "recurrent": recurrent} {
		want := must(trainers.Measure(background, m, must(m.Source(values, 0, 1))(t), metrics.Numbers{}.MAE()))(t)
		for _, batch := range []int{1, 7, 32, 50} {
			for seed := range int64(3) {
				got := must(trainers.Measure(background, m, must(m.Source(values, batch, seed))(t), metrics.Numbers{}.MAE()))(t)
				graphtest.Equal(t, name+" loss", got.Loss, want.Loss, 1e-12)
				graphtest.Equal(t, name+" mae", got.Values[0].Value, want.Values[0].Value, 1e-12)
				if got.Count != want.Count {
					t.Errorf("%s: %v windows in batches of %d, want %v", name, got.Count, batch, want.Count)
				}
			}
		}
	}
}
