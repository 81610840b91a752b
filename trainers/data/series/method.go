package series

import (
	"fmt"
	"math"

	"github.com/pkg/errors"
)

// A Method is a way to forecast one column, to compare with others by Rolling.
type Method struct {
	Name string
	// Fit learns from the training part, for forecasts of up to horizon rows.
	Fit func(train []float64, horizon int) (Predictor, error)
}

// A Predictor forecasts the horizon values after history.
type Predictor func(history []float64, horizon int) ([]float64, error)

// Rules are the methods that learn nothing: the last value, the mean, the drift, and with seasons of 2 rows or
// more those that repeat one.
func Rules(seasons ...int) []Method {
	methods := []Method{rule("last value", Naive), rule("mean", Mean), rule("drift", Drift)}
	for i, m := range seasons {
		if m < 2 {
			continue
		}
		name := func(rule string) string {
			if i > 0 {
				return fmt.Sprintf("%s of %d", rule, m)
			}
			return rule
		}
		for _, r := range []struct {
			name     string
			forecast func(history []float64, season, horizon int) ([]float64, error)
		}{{"seasonal naive", SeasonalNaive}, {"seasonal mean", SeasonalMean}, {"seasonal growth", SeasonalGrowth}} {
			methods = append(methods, rule(name(r.name), func(history []float64, horizon int) ([]float64, error) {
				return r.forecast(history, m, horizon)
			}))
		}
	}
	return methods
}

func rule(name string, predict Predictor) Method {
	return Method{name, func([]float64, int) (Predictor, error) { return predict, nil }}
}

// Smoothings are exponential smoothing with each trend, and with seasons of 2 rows or more that are added or
// multiply.
func Smoothings(seasons ...int) []Method {
	var methods []Method
	add := func(name string, cfg SmoothingConfig) {
		methods = append(methods, Method{name, func(train []float64, _ int) (Predictor, error) {
			s, err := FitSmoothing(train, cfg)
			if err != nil {
				return nil, err
			}
			return s.Forecast, nil
		}})
	}
	for _, trend := range []struct {
		name  string
		trend Trend
	}{{"simple smoothing", NoTrend}, {"Holt", LinearTrend}, {"damped Holt", DampedTrend}} {
		add(trend.name, SmoothingConfig{Trend: trend.trend})
		for i, m := range seasons {
			if m < 2 {
				continue
			}
			name := trend.name + ", season"
			if i > 0 {
				name = fmt.Sprintf("%s of %d", name, m)
			}
			add(name+" added", SmoothingConfig{Trend: trend.trend, Season: m})
			add(name+" times", SmoothingConfig{Trend: trend.trend, Season: m, Times: true})
		}
	}
	return methods
}

// RegressionConfig says what a linear regression works on.
type RegressionConfig struct {
	Lags       int  `json:"lags"`                 // rows that are read, after differences are taken
	Log        bool `json:"log,omitempty"`        // work on logarithms: values are to be above 0
	Difference int  `json:"difference,omitempty"` // work on differences from as many rows before; 0: on the values themselves
}

// Regression is the linear regression of ChooseAutoregression on one column.
func Regression(name string, cfg RegressionConfig) Method {
	return Method{name, func(train []float64, horizon int) (Predictor, error) {
		rows, err := cfg.transform(train)
		if err != nil {
			return nil, errors.Wrap(err, "regression")
		}
		lags := make([]int, cfg.Lags)
		for i := range lags {
			lags[i] = i + 1
		}
		a, err := ChooseAutoregression(rows, AutoregressionConfig{Lags: lags, Horizon: horizon})
		if err != nil {
			return nil, err
		}
		return func(history []float64, n int) ([]float64, error) {
			if n < 1 || n > horizon {
				return nil, errors.Errorf("regression: horizon %d, wanted 1 to the %d it was fitted for", n, horizon)
			}
			history = history[max(0, len(history)-cfg.Lags-cfg.Difference):]
			rows, err := cfg.transform(history)
			if err != nil {
				return nil, errors.Wrap(err, "regression")
			}
			ahead, err := a.Forecast(rows)
			if err != nil {
				return nil, err
			}
			return cfg.restore(ahead[:n], history), nil
		}, nil
	}}
}

func (cfg RegressionConfig) level() Logarithm {
	if cfg.Log {
		return Log
	}
	return NoLog
}

// transform gives N-Difference rows of N.
func (cfg RegressionConfig) transform(values []float64) ([][]float64, error) {
	if cfg.Difference < 0 || cfg.Lags < 1 || cfg.Lags > longestHorizon || len(values) <= cfg.Difference {
		return nil, errors.Errorf("%d lags, difference %d, %d values; wanted at least 1, 0 and more than the difference",
			cfg.Lags, cfg.Difference, len(values))
	}
	levels := make([]float64, len(values))
	for i, v := range values {
		var err error
		if levels[i], err = cfg.level().of(v); err != nil {
			return nil, errors.Wrapf(err, "value %d", i)
		}
	}
	rows := make([][]float64, len(values)-cfg.Difference)
	for i := range rows {
		rows[i] = []float64{levels[i+cfg.Difference]}
		if cfg.Difference > 0 {
			rows[i][0] -= levels[i]
		}
	}
	return rows, nil
}

// restore gives forecasts in the unit of history.
func (cfg RegressionConfig) restore(ahead [][]float64, history []float64) []float64 {
	levels := make([]float64, len(ahead))
	for i, row := range ahead {
		levels[i] = row[0]
		if back := i - cfg.Difference; cfg.Difference > 0 && back >= 0 {
			levels[i] += levels[back]
		} else if cfg.Difference > 0 {
			before, _ := cfg.level().of(history[len(history)+back])
			levels[i] += before
		}
	}
	for i, v := range levels {
		levels[i] = cfg.level().inverse(v)
	}
	return levels
}

// Origins are the rows before which forecasts of horizon rows begin that lie in from ≤ i < to: at most n of them,
// evenly spread, the last one as late as can be.
func Origins(from, to, horizon, n int) []int {
	var origins []int
	last := to - horizon
	if horizon < 1 || n < 1 || from < 0 || last < from {
		return nil
	}
	n = min(n, last-from+1, longestHorizon)
	for i := range n {
		at := last
		if n > 1 {
			at = from + (last-from)*i/(n-1)
		}
		origins = append(origins, at)
	}
	return origins
}

// Rolling forecasts values [N] from each origin, the past always known: [origins][horizon]. A forecast that is not
// finite is an error.
func Rolling(values []float64, origins []int, horizon int, predict Predictor) ([][]float64, error) {
	if predict == nil {
		return nil, errors.New("rolling: nothing to predict with")
	}
	forecasts := make([][]float64, len(origins))
	for i, at := range origins {
		if at < 0 || at > len(values) {
			return nil, errors.Errorf("rolling: origin %d, wanted one of 0 to %d", at, len(values))
		}
		f, err := predict(values[:at], horizon)
		if err != nil {
			return nil, errors.Wrapf(err, "rolling: origin %d", at)
		}
		if len(f) != horizon {
			return nil, errors.Errorf("rolling: origin %d: %d values, wanted %d", at, len(f), horizon)
		}
		for _, v := range f {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, errors.Errorf("rolling: origin %d: forecast %g, wanted finite numbers", at, v)
			}
		}
		forecasts[i] = f
	}
	return forecasts, nil
}
