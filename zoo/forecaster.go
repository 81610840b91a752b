package zoo

import (
	"math"
	"slices"
	"unicode/utf8"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/internal/brief"
	"github.com/elman-go/elman/losses"
	"github.com/elman-go/elman/trainers/data/series"
)

// ForecasterConfig is the settings that both kinds of forecaster share.
type ForecasterConfig struct {
	Recurrence
	Columns   []string  `json:"columns"`             // names of the D columns of the series
	Window    int       `json:"window"`              // rows that the model reads, after differences are taken
	Log       bool      `json:"log,omitempty"`       // work on logarithms: for growth in per cent; see Forecast
	Season    int       `json:"season,omitempty"`    // work on differences from the row a season before; 0: on the rows themselves
	Quantiles []float64 `json:"quantiles,omitempty"` // levels to forecast, ascending, with 0.5 among them; none: the mean
}

// mostRows is how long a window, a season and a horizon may be: at a row each second, half a year.
const mostRows = 1 << 24

func (c ForecasterConfig) check() error {
	if err := c.Recurrence.check(); err != nil {
		return err
	}
	if len(c.Columns) == 0 || c.Window < 1 || c.Season < 0 || max(c.Window, c.Season) > mostRows {
		return errors.Errorf("%d columns, window %d, season %d; want at least 1, 1, 0, and %d rows at most",
			len(c.Columns), c.Window, c.Season, mostRows)
	}
	for i, name := range c.Columns {
		if !utf8.ValidString(name) {
			return errors.Errorf("column %d, %s, is not UTF-8: no file of the model could hold its name", i, brief.Quote(name))
		}
		if slices.Contains(c.Columns[:i], name) {
			return errors.Errorf("column %q is there twice", name)
		}
	}
	for i, q := range c.Quantiles {
		if !(q > 0 && q < 1) || i > 0 && q <= c.Quantiles[i-1] {
			return errors.Errorf("quantiles %v, want them ascending between 0 and 1", c.Quantiles)
		}
	}
	if len(c.Quantiles) > 0 && !slices.Contains(c.Quantiles, 0.5) {
		return errors.Errorf("quantiles %v, want 0.5 among them", c.Quantiles)
	}
	return nil
}

// levels is Q, the number of values that a forecast has for each row and column.
func (c ForecasterConfig) levels() int { return max(1, len(c.Quantiles)) }

// middle is the place of the median among the levels.
func (c ForecasterConfig) middle() int { return max(0, slices.Index(c.Quantiles, 0.5)) }

// history is how many rows a forecast reads.
func (c ForecasterConfig) history() int { return c.Window + c.Season }

// loss is that of predictions [..., K·Q] for y [..., K], in scaled units.
func (c ForecasterConfig) loss(s *graph.Scope, predictions, y *G.Node) *G.Node {
	if len(c.Quantiles) == 0 {
		show(s, "prediction", predictions)
		return losses.MSE(s, predictions, y, losses.Options{})
	}
	axis := y.Shape().Dims()
	quantiles := s.Reshape(predictions, append(y.Shape().Clone(), c.levels())...) // [..., K, Q]
	if !s.Training() {
		// The loss that is measured is that of the forecasts that are given.
		quantiles = c.rearrange(s, quantiles)
		s.Output("quantiles", quantiles)
		s.Output("prediction", s.Reshape(s.Slice(quantiles, axis, c.middle(), c.middle()+1), y.Shape()...))
	}
	return losses.Quantile(s, quantiles, y, losses.QuantileOptions{Levels: c.Quantiles})
}

// rearrange puts the quantiles of predictions [..., n·Q] in ascending order: levels that are learnt apart may cross
// (Chernozhukov, Fernández-Val & Galichon, 2010). Forecasts and what an evaluation reads are both made of the result;
// training has the quantiles as they are.
func (c ForecasterConfig) rearrange(s *graph.Scope, predictions *G.Node) *G.Node {
	if c.levels() == 1 {
		return predictions
	}
	shape := predictions.Shape().Clone()
	rows := s.Reshape(predictions, shape.TotalSize()/c.levels(), c.levels())
	return s.Reshape(s.Sort(rows), shape...)
}

// A Forecast is what is expected of the rows after a history, in the units of the series.
//
//	            Center   Values                          Median
//	Quantiles   Median   the median                      the median
//	neither     Mean     the mean                        the same: a model of means alone takes errors for symmetric
//	Log         Mean     Median times a factor           the exponential of the mean of the logarithms
//	            Median   Median, where there is none     the same
//
// Log without Quantiles learns the mean of logarithms, whose exponential is the median where their errors are symmetric,
// and lies below the mean: by half where the logarithms have a deviation of 1.2. The factor is the mean of the
// exponentials of the errors (Duan, 1983) on windows of the rows that the model was made with, at most 10000 of them and
// 200000 timesteps, for each row of the horizon and each column. It is estimated after weights have changed, at the first
// Forecast and for each checkpoint, which takes as long as forecasting these windows, and saved with the model. There is
// none in a model that was saved without, or whose weights changed after it was opened; FitMean gives it one.
type Forecast struct {
	Values    [][]float64   // [horizon][K]: the mean or the median, as Center says
	Center    Center        // of Values
	Median    [][]float64   // [horizon][K]
	Quantiles [][][]float64 // [Q][horizon][K], level by level, ascending; nil for forecasts without
}

// prepared brings a series into the form that a model works on and back: logarithms, differences at
// the season's lag, mean 0 and deviation 1.
type prepared struct {
	cfg    ForecasterConfig
	scaler series.Scaler
	mean   *smearing
}

// prepare fits the scaler on the training part of a series.
func prepare(train [][]float64, cfg ForecasterConfig) (prepared, error) {
	p := prepared{cfg: cfg, mean: &smearing{}}
	if p.smears() {
		p.mean.rows = cloneRows(train)
	}
	rows, err := p.differences(train)
	if err != nil {
		return p, err
	}
	p.scaler, err = series.FitScaler(rows, cfg.Columns)
	return p, err
}

// check is for what was read from a file.
func (p prepared) check() error {
	if len(p.scaler) != len(p.cfg.Columns) {
		return errors.Errorf("scaler of %d columns, want %d", len(p.scaler), len(p.cfg.Columns))
	}
	for j, c := range p.scaler {
		if c.Log != series.NoLog {
			return errors.Errorf("scaler with log %q of column %d, want none: differences have no logarithm", c.Log, j)
		}
	}
	return p.cfg.check()
}

// transform gives N-Season rows of N.
func (p prepared) transform(values [][]float64) ([][]float64, error) {
	rows, err := p.differences(values)
	if err != nil {
		return nil, err
	}
	return p.scaler.Transform(rows)
}

// level is the scaler that only takes logarithms.
func (p prepared) level() series.Scaler {
	column := series.ColumnScaler{Scale: 1}
	if p.cfg.Log {
		column.Log = series.Log
	}
	level := make(series.Scaler, len(p.cfg.Columns))
	for j, name := range p.cfg.Columns {
		column.Name = name
		level[j] = column
	}
	return level
}

func (p prepared) differences(values [][]float64) ([][]float64, error) {
	if len(values) <= p.cfg.Season {
		return nil, errors.Errorf("series of %d rows, want more than the season of %d", len(values), p.cfg.Season)
	}
	rows, err := p.level().Transform(values)
	if err != nil || p.cfg.Season == 0 {
		return rows, err
	}
	diffs := make([][]float64, len(rows)-p.cfg.Season)
	for i := range diffs {
		diffs[i] = make([]float64, len(rows[i]))
		for j := range diffs[i] {
			diffs[i][j] = rows[i+p.cfg.Season][j] - rows[i][j]
		}
	}
	return diffs, nil
}

// restore gives forecasts [horizon·K·Q], of columns, in the units of the series. factors are what medians are
// multiplied with to be means, the last of them for rows further ahead; nil leaves medians, or has no logarithms.
func (p prepared) restore(scaled []float64, history [][]float64, columns []int, factors [][]float64) (Forecast, error) {
	level := p.level()
	past, err := level.Transform(history[len(history)-p.cfg.Season:]) // [Season][D]
	if err != nil {
		return Forecast{}, err
	}
	levels := p.levels(scaled, past, columns)
	Q, K, horizon := p.cfg.levels(), len(columns), len(levels)
	f := Forecast{Center: Mean, Quantiles: make([][][]float64, Q)}
	for q := range Q {
		f.Quantiles[q] = make([][]float64, horizon)
		for i := range horizon {
			f.Quantiles[q][i] = make([]float64, K)
			for k, column := range columns {
				f.Quantiles[q][i][k] = level[column].Inverse(levels[i][k][q])
			}
		}
	}
	f.Values = cloneRows(f.Quantiles[p.cfg.middle()])
	f.Median = cloneRows(f.Values)
	switch {
	case len(p.cfg.Quantiles) > 0 || p.cfg.Log && factors == nil:
		f.Center = Median
	case p.cfg.Log:
		for i, row := range f.Values {
			for k := range row {
				row[k] *= factors[min(i, len(factors)-1)][k]
			}
		}
	}
	if len(p.cfg.Quantiles) == 0 {
		f.Quantiles = nil
	}
	return f, nil
}

// levels undoes scaling and differences, not logarithms: forecasts [horizon·K·Q], of columns, after the rows past
// [Season][D] give [horizon][K][Q]. Where a row's season before is itself a forecast, the median of that is what it is
// added to.
func (p prepared) levels(scaled []float64, past [][]float64, columns []int) [][][]float64 {
	Q, K := p.cfg.levels(), len(columns)
	levels := make([][][]float64, len(scaled)/(K*Q))
	for i := range levels {
		levels[i] = make([][]float64, K)
		for k, column := range columns {
			before := 0.0
			if back := i - p.cfg.Season; p.cfg.Season > 0 && back >= 0 {
				before = levels[back][k][p.cfg.middle()]
			} else if p.cfg.Season > 0 {
				before = past[i][column]
			}
			levels[i][k] = slices.Clone(scaled[(i*K+k)*Q:][:Q])
			for q, v := range levels[i][k] {
				levels[i][k][q] = before + p.scaler[column].Inverse(v)
			}
		}
	}
	return levels
}

// window gives the last rows of a history, as the model reads them: [Window][D].
func (p prepared) window(history [][]float64) ([][]float64, error) {
	if len(history)-p.cfg.Season < p.cfg.Window {
		return nil, errors.Errorf("forecast: history of %d rows, want at least %d (window %d, season %d)",
			len(history), p.cfg.history(), p.cfg.Window, p.cfg.Season)
	}
	for i, row := range history[len(history)-p.cfg.history():] {
		if len(row) != len(p.cfg.Columns) {
			return nil, errors.Errorf("forecast: row %d of the window has %d columns, want %d", i, len(row), len(p.cfg.Columns))
		}
		for j, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, errors.Errorf("forecast: row %d of the window has %v in column %q", i, v, p.cfg.Columns[j])
			}
		}
	}
	window, err := p.transform(history[len(history)-p.cfg.history():])
	return window, errors.Wrap(err, "forecast")
}

// rowsOf makes a tensor [T, 1, D] of rows.
func rowsOf(rows [][]float64) tensor.Tensor {
	return tensor.New(tensor.WithShape(len(rows), 1, len(rows[0])), tensor.WithBacking(slices.Concat(rows...)))
}
