package series

import (
	"math"
	"slices"

	"github.com/pkg/errors"
	"gonum.org/v1/gonum/mat"
)

// AutoregressionConfig says which values of the past an Autoregression reads.
type AutoregressionConfig struct {
	Lags    []int // how many rows back, 1 being the row before the first forecast; in any order
	Horizon int   // rows to forecast; 0 means 1
	Columns []int // the K columns to forecast; none means all but those of Beside
	Beside  []int // columns whose values in the last row are read too, as those of a calendar
	Shared  bool  // one set of coefficients for all columns, which are to be scaled alike; else each has its own

	// Ridge shrinks the coefficients: the mean squared error is minimised together with Ridge times the sum of
	// their squares, those of regressors of deviation 1, the constant left out (Hoerl & Kennard, 1970). 0 is
	// least squares. The more coefficients there are for the rows, the more it helps; see ChooseAutoregression.
	Ridge float64
}

// An Autoregression is the linear forecast of least squares or ridge regression, which a network has to beat. It forecasts row h
// of the horizon of column y, after rows 0 to n-1, as
//
//	y[n+h] = c[h] + Σ_lag a[h, lag] · y[n-lag] + Σ_j b[h, j] · x_j[n-1]
//
// with x_j the columns beside it. Each h has coefficients of its own: it is fitted for that distance, and
// not one step fed back (the direct strategy; Chevillon, 2007).
type Autoregression struct {
	cfg     AutoregressionConfig
	weights []*mat.Dense // of each column [1 + lags + beside, Horizon]
}

// FitAutoregression fits to train [N][D], the training part only. Rows of the regression with a gap are
// left out.
//
// It is an error if there is no lag, or one below 1 or twice, if a column does not exist, if Ridge is negative
// or not finite, if rows differ in length or hold an infinity, or if there are fewer than 2 rows of the regression;
// without Ridge also if there are fewer rows than coefficients, or the coefficients are not determined, as with
// a column that is constant.
func FitAutoregression(train [][]float64, cfg AutoregressionConfig) (*Autoregression, error) {
	a, err := fitAutoregression(train, cfg)
	return a, errors.Wrap(err, "fit autoregression")
}

func fitAutoregression(train [][]float64, cfg AutoregressionConfig) (*Autoregression, error) {
	D, err := width(train)
	if err != nil {
		return nil, err
	}
	if cfg, err = cfg.check(len(train), D); err != nil {
		return nil, err
	}
	a := &Autoregression{cfg: cfg}
	for _, columns := range cfg.groups() {
		w, err := cfg.solve(train, columns)
		if err != nil {
			return nil, errors.Wrapf(err, "columns %v", columns)
		}
		a.weights = append(a.weights, w)
	}
	if cfg.Shared {
		a.weights = slices.Repeat(a.weights, len(cfg.Columns))
	}
	return a, nil
}

// groups are the columns that have their coefficients in common.
func (cfg AutoregressionConfig) groups() [][]int {
	if cfg.Shared {
		return [][]int{cfg.Columns}
	}
	groups := make([][]int, len(cfg.Columns))
	for k, column := range cfg.Columns {
		groups[k] = []int{column}
	}
	return groups
}

func (cfg AutoregressionConfig) check(N, D int) (AutoregressionConfig, error) {
	if len(cfg.Lags) == 0 || cfg.Horizon < 0 {
		return cfg, errors.Errorf("lags %v, horizon %d, wanted 1 lag or more and nothing negative", cfg.Lags, cfg.Horizon)
	}
	if !(cfg.Ridge >= 0) || math.IsInf(cfg.Ridge, 1) {
		return cfg, errors.Errorf("ridge %v, wanted 0 or more", cfg.Ridge)
	}
	cfg.Horizon = max(1, cfg.Horizon)
	for i, lag := range cfg.Lags {
		if lag < 1 || slices.Contains(cfg.Lags[:i], lag) {
			return cfg, errors.Errorf("lags %v, wanted each once and 1 or more", cfg.Lags)
		}
	}
	if lag := slices.Max(cfg.Lags); max(lag, cfg.Horizon) > N {
		return cfg, errors.Errorf("%d rows, wanted more for a lag of %d and a horizon of %d", N, lag, cfg.Horizon)
	}
	for _, j := range slices.Concat(cfg.Columns, cfg.Beside) {
		if j < 0 || j >= D {
			return cfg, errors.Errorf("column %d, wanted one of 0 to %d", j, D-1)
		}
	}
	cfg.Lags, cfg.Columns, cfg.Beside = slices.Clone(cfg.Lags), slices.Clone(cfg.Columns), slices.Clone(cfg.Beside)
	if len(cfg.Columns) > 0 {
		return cfg, nil
	}
	for j := range D {
		if !slices.Contains(cfg.Beside, j) {
			cfg.Columns = append(cfg.Columns, j)
		}
	}
	if len(cfg.Columns) == 0 {
		return cfg, errors.Errorf("all %d columns are beside, wanted one to forecast", D)
	}
	return cfg, nil
}

// solve gives the coefficients for columns together.
func (cfg AutoregressionConfig) solve(train [][]float64, columns []int) (*mat.Dense, error) {
	if cfg.Ridge > 0 {
		m, err := cfg.regress(train, columns, cfg.origin(train, columns), 0, len(train))
		if err != nil {
			return nil, err
		}
		path, err := m.path()
		if err != nil {
			return nil, err
		}
		return m.absolute(path(cfg.Ridge)), nil
	}
	width := 1 + len(cfg.Lags) + len(cfg.Beside)
	var x, y []float64 // [n, width], [n, Horizon]
	n := 0
	for _, column := range columns {
		for at := slices.Max(cfg.Lags); at+cfg.Horizon <= len(train); at++ {
			read := cfg.read(train[:at], column)
			for h := range cfg.Horizon {
				read = append(read, train[at+h][column])
			}
			if slices.ContainsFunc(read, math.IsNaN) {
				continue
			}
			x, y, n = append(x, read[:width]...), append(y, read[width:]...), n+1
		}
	}
	if n < width {
		return nil, errors.Errorf("%d rows of the regression for %d coefficients", n, width)
	}
	var w mat.Dense
	if err := w.Solve(mat.NewDense(n, width, x), mat.NewDense(n, cfg.Horizon, y)); err != nil {
		return nil, err
	}
	return &w, nil
}

// read gives what a forecast of a column reads of a history: 1, the lags, the columns beside.
func (cfg AutoregressionConfig) read(history [][]float64, column int) []float64 {
	n := len(history)
	read := []float64{1}
	for _, lag := range cfg.Lags {
		read = append(read, history[n-lag][column])
	}
	for _, j := range cfg.Beside {
		read = append(read, history[n-1][j])
	}
	return read
}

// Config returns the settings, with the columns that none stand for.
func (a *Autoregression) Config() AutoregressionConfig {
	if a == nil {
		return AutoregressionConfig{}
	}
	cfg := a.cfg
	cfg.Lags, cfg.Columns, cfg.Beside = slices.Clone(cfg.Lags), slices.Clone(cfg.Columns), slices.Clone(cfg.Beside)
	return cfg
}

// Coefficients are those for the k-th of the columns [1 + lags + beside][Horizon]: c, then a of each of Lags in
// their order, then b of each of Beside. They are nil if there is no k-th.
func (a *Autoregression) Coefficients(k int) [][]float64 {
	if a == nil || k < 0 || k >= len(a.weights) {
		return nil
	}
	rows, _ := a.weights[k].Dims()
	coefficients := make([][]float64, rows)
	for i := range coefficients {
		coefficients[i] = mat.Row(nil, i, a.weights[k])
	}
	return coefficients
}

// Forecast forecasts the rows after history [n][D]: [Horizon][K]. A gap in what it reads gives NaN. It is
// an error if the history is shorter than the longest lag, or has not the columns that it reads.
func (a *Autoregression) Forecast(history [][]float64) ([][]float64, error) {
	if a == nil || len(a.weights) == 0 {
		return nil, errors.New("autoregression: it is nil or zero, wanted one that was fitted")
	}
	if longest := slices.Max(a.cfg.Lags); len(history) < longest {
		return nil, errors.Errorf("autoregression: history of %d rows, wanted at least the longest lag of %d", len(history), longest)
	}
	widest := slices.Max(append(slices.Clone(a.cfg.Columns), a.cfg.Beside...))
	for i, row := range history {
		if len(row) <= widest {
			return nil, errors.Errorf("autoregression: row %d of history has %d columns, wanted column %d", i, len(row), widest)
		}
	}
	ahead := make([][]float64, a.cfg.Horizon)
	for h := range ahead {
		ahead[h] = make([]float64, len(a.cfg.Columns))
	}
	for k, column := range a.cfg.Columns {
		for i, v := range a.cfg.read(history, column) {
			for h := range ahead {
				ahead[h][k] += v * a.weights[k].At(i, h)
			}
		}
	}
	return ahead, nil
}
