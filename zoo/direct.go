package zoo

import (
	"context"
	"slices"
	"sync"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/series"
)

// DirectConfig is the settings of a DirectForecaster.
type DirectConfig struct {
	ForecasterConfig
	Horizon int      `json:"horizon"`           // rows to forecast
	Targets []string `json:"targets,omitempty"` // the K columns to forecast; none: all
	Linear  int      `json:"linear,omitempty"`  // rows L at the end of the window that a linear part reads; 0: there is none
}

// DirectForecaster reads a window and forecasts the whole horizon at once.
//
//	x [Window, B, D] → cells, last output [B, H] → forecasts [B, Horizon·K·Q]
//
// With Linear, an autoregression beside the cells adds to them, as in LSTNet (Lai et al., 2018, eq. 9 and
// 10): what is linear in a series is learnt soon, and the size of a forecast follows that of the window.
// Unlike there, each target has coefficients of its own. For target k, from its last rows alone:
//
//	forecast[h, k, q] += Σ_l x[Window-L+l, k] · linear/w[k, l, h·Q+q]
//
// Parameters: rnn/0/... of each cell; head/w [H, Horizon·K·Q], head/b; linear/w [K, L, Horizon·Q], zero at
// first, or what FitLinear gives.
type DirectForecaster struct {
	cfg     DirectConfig
	columns []int // of the targets
	prepared
	store *graph.Store

	mu      sync.Mutex
	session *graph.Session
}

// NewDirectForecaster makes a forecaster of untrained weights. Its scaler is fitted on train [N][D],
// which is the training part of the series and no more.
func NewDirectForecaster(train [][]float64, cfg DirectConfig, seed int64) (*DirectForecaster, error) {
	cfg.Recurrence = cfg.Recurrence.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, errors.Wrap(err, "direct forecaster")
	}
	p, err := prepare(train, cfg.ForecasterConfig)
	if err != nil {
		return nil, errors.Wrap(err, "direct forecaster")
	}
	return newDirectForecaster(cfg, p, cfg.newStore(seed))
}

func newDirectForecaster(cfg DirectConfig, p prepared, store *graph.Store) (*DirectForecaster, error) {
	m := &DirectForecaster{cfg: cfg, prepared: p, store: store}
	err := p.check()
	if err == nil {
		m.columns, err = columnsOf(cfg.Targets, cfg.Columns)
	}
	if err == nil {
		err = p.mean.check(len(m.columns))
	}
	if err == nil && cfg.Horizon < 1 {
		err = errors.Errorf("horizon %d, want at least 1", cfg.Horizon)
	}
	if err == nil && (cfg.Linear < 0 || cfg.Linear > cfg.Window) {
		err = errors.Errorf("linear part of %d rows, want 0 to the %d of the window", cfg.Linear, cfg.Window)
	}
	if err == nil {
		m.session, err = cfg.inference(store, func(s *graph.Scope) {
			s.Output("y", cfg.rearrange(s, m.predict(s, s.Input("x", cfg.Window, 1, len(cfg.Columns)))))
		})
	}
	if err != nil {
		return nil, errors.Wrap(err, "direct forecaster")
	}
	return m, nil
}

// columnsOf gives the places of targets among the columns.
func columnsOf(targets, columns []string) ([]int, error) {
	if len(targets) == 0 {
		targets = columns
	}
	places := make([]int, len(targets))
	for k, name := range targets {
		if places[k] = slices.Index(columns, name); places[k] < 0 {
			return nil, errors.Errorf("target %q is not among the columns %q", name, columns)
		}
	}
	return places, nil
}

// Config returns the settings, with what their zeros mean.
func (m *DirectForecaster) Config() DirectConfig {
	if m == nil {
		return DirectConfig{}
	}
	return m.cfg
}

// Store returns the weights.
func (m *DirectForecaster) Store() *graph.Store {
	if m == nil {
		return nil
	}
	return m.store
}

// Scaler returns a copy of the scaler that was fitted on the training part: that of the columns as the model reads
// them, after logarithms and differences, so it takes no logarithms itself. Its Scale is what a scaled value of 1 is
// in them.
func (m *DirectForecaster) Scaler() series.Scaler {
	if m == nil {
		return nil
	}
	return slices.Clone(m.scaler)
}

// Notes lists the columns whose scale the training part does not give: of a constant one, its differences where there
// is a Season, it is 1.
func (m *DirectForecaster) Notes() []string {
	if m == nil {
		return nil
	}
	return m.scaler.Notes()
}

// Source cuts values [N][D], in the units of the series, into windows in the form the model works on.
// Batch 0 puts all in one.
func (m *DirectForecaster) Source(values [][]float64, batch int, seed int64) (data.Source, error) {
	if err := m.ready(); err != nil {
		return nil, errors.Wrap(err, "source")
	}
	rows, err := m.transform(values)
	if err != nil {
		return nil, err
	}
	return data.NewWindows(rows, data.WindowConfig{
		Window: m.cfg.Window, Horizon: m.cfg.Horizon, Targets: m.columns, Batch: batch, Shuffle: true, Seed: seed,
	})
}

// Loss declares the mean squared error, or with Quantiles the pinball loss, in scaled units, of a
// batch of Source: x [Window, B, D], y [Horizon, B, K]. An evaluation can read the outputs "prediction"
// [Horizon, B, K], the mean or the median, and with Quantiles "quantiles" [Horizon, B, K, Q] in ascending order, as
// Forecast has them, both scaled.
func (m *DirectForecaster) Loss(s *graph.Scope, spec data.Spec) *G.Node {
	if err := m.ready(); err != nil {
		s.Fail("%v", err)
	}
	x, y := spec["x"].Shape, spec["y"].Shape
	if len(x) != 3 || len(y) != 3 {
		s.Fail("direct forecaster: want a batch with x [Window, B, D] and y [Horizon, B, K]")
	}
	predictions := m.predict(s, s.Input("x", x...))
	return m.cfg.loss(s, predictions, s.Input("y", y...))
}

// predict declares the model: xs [Window, B, D] → [Horizon, B, K·Q].
func (m *DirectForecaster) predict(s *graph.Scope, xs *G.Node) *G.Node {
	T, B, width := xs.Shape()[0], xs.Shape()[1], len(m.columns)*m.cfg.levels()
	ys := m.cfg.recur(s.In("rnn"), xs, forwards, graph.Run{}) // [Window, B, H]
	head := layers.Dense{Out: m.cfg.Horizon * width}.Bind(s.In("head"), m.cfg.Hidden)
	out := head(s.At(ys, T-1)) // [B, Horizon·K·Q]
	ahead := s.Transpose(s.Reshape(out, B, m.cfg.Horizon, width), 1, 0, 2)
	if m.cfg.Linear == 0 {
		return ahead
	}
	return s.Add(ahead, m.linear(s.In("linear"), s.Slice(xs, 0, T-m.cfg.Linear, T)))
}

// Forecast forecasts the Horizon rows after history [n][D], of which it reads the last Window+Season.
// It is safe for concurrent use.
func (m *DirectForecaster) Forecast(ctx context.Context, history [][]float64) (Forecast, error) {
	if err := m.ready(); err != nil {
		return Forecast{}, errors.Wrap(err, "forecast")
	}
	window, err := m.window(history)
	if err != nil {
		return Forecast{}, err
	}
	factors, err := m.means(ctx, m.store, m.columns, m.cfg.Horizon, m.newBatcher)
	if err != nil {
		return Forecast{}, errors.Wrap(err, "forecast")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.session.Run(ctx, graph.Feed{"x": rowsOf(window)}); err != nil {
		return Forecast{}, errors.Wrap(err, "forecast")
	}
	y, err := m.session.Output("y")
	if err != nil {
		return Forecast{}, errors.Wrap(err, "forecast")
	}
	return m.restore(floats(y), history, m.columns, factors)
}

// FitMean estimates the factor of Forecast on values [N][D], in the units of the series: on rows that were not learnt,
// say, since errors on those that were are smaller. It is for Log without Quantiles, and nothing is to be done else.
//
// It is an error if there is no window without a gap that has a row after it.
func (m *DirectForecaster) FitMean(ctx context.Context, values [][]float64) error {
	if err := m.ready(); err != nil {
		return errors.Wrap(err, "fit mean")
	}
	return m.fitMean(ctx, values, m.store, m.columns, m.cfg.Horizon, m.newBatcher)
}
