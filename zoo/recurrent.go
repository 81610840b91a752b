package zoo

import (
	"context"
	"slices"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/series"
)

// RecurrentConfig is the settings of a RecurrentForecaster.
type RecurrentConfig struct{ ForecasterConfig }

// RecurrentForecaster forecasts the next row after every row it reads. To go further it reads its own
// forecasts, medians where it has quantiles: the bands of later rows are then those of one step, given
// that the rows before came as forecast.
//
//	x [T, B, D] → cells [T, B, H] → forecasts [T, B, D·Q]
//
// Parameters: rnn/0/... of each cell; head/w [H, D·Q], head/b.
type RecurrentForecaster struct {
	cfg RecurrentConfig
	prepared
	store  *graph.Store
	stream *graph.Stream
}

// NewRecurrentForecaster makes a forecaster of untrained weights. Its scaler is fitted on train
// [N][D], which is the training part of the series and no more.
func NewRecurrentForecaster(train [][]float64, cfg RecurrentConfig, seed int64) (*RecurrentForecaster, error) {
	cfg.Recurrence = cfg.Recurrence.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, errors.Wrap(err, "recurrent forecaster")
	}
	p, err := prepare(train, cfg.ForecasterConfig)
	if err != nil {
		return nil, errors.Wrap(err, "recurrent forecaster")
	}
	return newRecurrentForecaster(cfg, p, cfg.newStore(seed))
}

func newRecurrentForecaster(cfg RecurrentConfig, p prepared, store *graph.Store) (*RecurrentForecaster, error) {
	m := &RecurrentForecaster{cfg: cfg, prepared: p, store: store}
	err := p.check()
	if err == nil {
		err = p.mean.check(len(cfg.Columns))
	}
	var session *graph.Session
	if err == nil {
		session, err = cfg.inference(store, func(s *graph.Scope) {
			s.Output("y", cfg.rearrange(s, m.predict(s, s.Input("x", 1, 1, len(cfg.Columns)), carrying)))
		})
	}
	if err == nil {
		m.stream, err = graph.NewStream(session)
	}
	if err != nil {
		return nil, errors.Wrap(err, "recurrent forecaster")
	}
	return m, nil
}

// Config returns the settings, with what their zeros mean.
func (m *RecurrentForecaster) Config() RecurrentConfig {
	if m == nil {
		return RecurrentConfig{}
	}
	return m.cfg
}

// Store returns the weights.
func (m *RecurrentForecaster) Store() *graph.Store {
	if m == nil {
		return nil
	}
	return m.store
}

// Scaler returns a copy of the scaler that was fitted on the training part: that of the columns as the model reads
// them, after logarithms and differences, so it takes no logarithms itself. Its Scale is what a scaled value of 1 is
// in them.
func (m *RecurrentForecaster) Scaler() series.Scaler {
	if m == nil {
		return nil
	}
	return slices.Clone(m.scaler)
}

// Notes lists the columns whose scale the training part does not give: of a constant one, its differences where there
// is a Season, it is 1.
func (m *RecurrentForecaster) Notes() []string {
	if m == nil {
		return nil
	}
	return m.scaler.Notes()
}

// Source cuts values [N][D], in the units of the series, into windows in the form the model works on.
// Batch 0 puts all in one.
func (m *RecurrentForecaster) Source(values [][]float64, batch int, seed int64) (data.Source, error) {
	if err := m.ready(); err != nil {
		return nil, errors.Wrap(err, "source")
	}
	rows, err := m.transform(values)
	if err != nil {
		return nil, err
	}
	return data.NewWindows(rows, data.WindowConfig{
		Window: m.cfg.Window, NextStep: true, Batch: batch, Shuffle: true, Seed: seed,
	})
}

// Loss declares the mean squared error, or with Quantiles the pinball loss, in scaled units, of a
// batch of Source: x and y [Window, B, D], y one row on. An evaluation can read the outputs "prediction"
// [Window, B, D], the mean or the median, and with Quantiles "quantiles" [Window, B, D, Q] in ascending order, as
// Forecast has them, both scaled.
func (m *RecurrentForecaster) Loss(s *graph.Scope, spec data.Spec) *G.Node {
	if err := m.ready(); err != nil {
		s.Fail("%v", err)
	}
	x, y := spec["x"].Shape, spec["y"].Shape
	if len(x) != 3 || len(y) != 3 {
		s.Fail("recurrent forecaster: want a batch with x and y [Window, B, D]")
	}
	predictions := m.predict(s, s.Input("x", x...), forwards)
	return m.cfg.loss(s, predictions, s.Input("y", y...))
}

// predict declares the model: xs [T, B, D] → [T, B, D·Q].
func (m *RecurrentForecaster) predict(s *graph.Scope, xs *G.Node, layer func(func() layers.Cell) runner) *G.Node {
	ys := m.cfg.recur(s.In("rnn"), xs, layer, graph.Run{}) // [T, B, H]
	return layers.Dense{Out: len(m.cfg.Columns) * m.cfg.levels()}.Bind(s.In("head"), m.cfg.Hidden)(ys)
}

// Forecast forecasts the horizon rows after history [n][D], of which it reads the last Window+Season.
// It is safe for concurrent use.
func (m *RecurrentForecaster) Forecast(ctx context.Context, history [][]float64, horizon int) (Forecast, error) {
	if err := m.ready(); err != nil {
		return Forecast{}, errors.Wrap(err, "forecast")
	}
	if horizon < 1 || horizon > mostRows {
		return Forecast{}, errors.Errorf("forecast: horizon %d, want at least 1 and at most %d", horizon, mostRows)
	}
	window, err := m.window(history)
	if err != nil {
		return Forecast{}, err
	}
	columns, err := columnsOf(nil, m.cfg.Columns)
	if err != nil {
		return Forecast{}, err
	}
	factors, err := m.means(ctx, m.store, columns, asFar, m.newBatcher)
	if err != nil {
		return Forecast{}, errors.Wrap(err, "forecast")
	}
	D, Q := len(m.cfg.Columns), m.cfg.levels()
	var sequence graph.Sequence
	var forecasts []float64 // [horizon·D·Q]
	for i := range m.cfg.Window + horizon - 1 {
		outputs, err := m.stream.Step(ctx, graph.Feed{"x": rowsOf(window[i : i+1])}, &sequence)
		if err != nil {
			return Forecast{}, errors.Wrap(err, "forecast")
		}
		if i < m.cfg.Window-1 {
			continue
		}
		y := floats(outputs["y"])
		next := make([]float64, D)
		for j := range next {
			next[j] = y[j*Q+m.cfg.middle()]
		}
		forecasts, window = append(forecasts, y...), append(window, next)
	}
	return m.restore(forecasts, history, columns, factors)
}

// FitMean estimates the factor of Forecast on values [N][D], in the units of the series: on rows that were not learnt,
// say, since errors on those that were are smaller. Each of the rows ahead has its own factor, up to a window and a
// season, and further, up to 50, where values are four times as long; those beyond have the factor of the last. It is
// for Log without Quantiles, and nothing is to be done else.
//
// It is an error if there is no window without a gap that has a row after it.
func (m *RecurrentForecaster) FitMean(ctx context.Context, values [][]float64) error {
	if err := m.ready(); err != nil {
		return errors.Wrap(err, "fit mean")
	}
	columns, err := columnsOf(nil, m.cfg.Columns)
	if err != nil {
		return err
	}
	return m.fitMean(ctx, values, m.store, columns, asFar, m.newBatcher)
}
