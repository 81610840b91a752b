package series

import (
	"math"

	"github.com/pkg/errors"
	"gonum.org/v1/gonum/optimize"
)

// A Trend says what exponential smoothing expects of the level.
type Trend string

const (
	NoTrend     Trend = ""       // it stays (Brown, 1956)
	LinearTrend Trend = "linear" // it goes on at the last slope (Holt, 1957)
	DampedTrend Trend = "damped" // at a slope that dies out (Gardner & McKenzie, 1985)
)

// SmoothingConfig says which kind of exponential smoothing. The zero value is the simple one.
type SmoothingConfig struct {
	Trend  Trend `json:"trend,omitempty"`
	Season int   `json:"season,omitempty"` // rows in a season (Winters, 1960); 0 or 1: there is none
	Times  bool  `json:"times,omitempty"`  // the season multiplies the level, and is not added to it; values are to be above 0
}

// Smoothing is a forecast by exponential smoothing: level l, slope b and season s follow the error e of the
// forecast of the next row, y - ŷ, as (Hyndman & Athanasopoulos, 2021, section 8.5)
//
//	ŷ = l + φ·b + s        e/(l+φ·b) is taken for s, e/s for l and b
//	l = l + φ·b + α·e      where the season multiplies
//	b = φ·b + α·β·e
//	s = s + γ·e
//
// They begin at the line and the season of the first rows; α, β, γ and φ are those of the least squared error.
type Smoothing struct {
	SmoothingConfig
	Alpha float64 `json:"alpha"`
	Beta  float64 `json:"beta,omitempty"`
	Gamma float64 `json:"gamma,omitempty"`
	Phi   float64 `json:"phi,omitempty"` // 1 without damping, 0 without trend
}

// smoothed is how many of the last values are read: more do not change the level, and take time.
func (c SmoothingConfig) smoothed() int { return max(2000, 10*c.Season) }

// FitSmoothing finds the parameters of least squared error on train, the training part only, of which the last
// 2000 values are read, or 10 seasons.
//
// It is an error if train is shorter than two seasons or 4 values, or not finite, if there is no such trend, or if
// a value is not above 0 where the season multiplies.
func FitSmoothing(train []float64, cfg SmoothingConfig) (*Smoothing, error) {
	s := &Smoothing{SmoothingConfig: cfg}
	if err := s.check(train); err != nil {
		return nil, errors.Wrap(err, "fit smoothing")
	}
	train = train[max(0, len(train)-cfg.smoothed()):]
	between := func(low, high, x float64) float64 { return low + (high-low)/(1+math.Exp(-x)) }
	at := func(x []float64) Smoothing {
		now := Smoothing{SmoothingConfig: cfg, Alpha: between(1e-4, 0.9999, x[0])}
		if cfg.Trend != NoTrend {
			now.Beta, now.Phi = between(1e-4, 0.9999, x[1]), 1
		}
		if cfg.Trend == DampedTrend {
			now.Phi = between(0.8, 0.98, x[2])
		}
		if cfg.Season > 1 {
			now.Gamma = between(1e-4, 1-now.Alpha, x[3])
		}
		return now
	}
	begin := newSmoothed(cfg, train)
	problem := optimize.Problem{Func: func(x []float64) float64 {
		state := begin.clone()
		if square := state.run(at(x), train); !math.IsNaN(square) {
			return square
		}
		return math.Inf(1)
	}}
	least := math.Inf(1)
	for _, alpha := range []float64{-1.5, 1.5} { // slow and quick: there may be two valleys
		result, err := optimize.Minimize(problem, []float64{alpha, -2, 1, -2},
			&optimize.Settings{MajorIterations: 200, Converger: &optimize.FunctionConverge{Relative: 1e-6, Iterations: 20}},
			&optimize.NelderMead{})
		if err != nil || result == nil || math.IsInf(result.F, 0) {
			continue
		}
		if result.F < least {
			least, *s = result.F, at(result.X)
		}
	}
	if math.IsInf(least, 1) {
		return nil, errors.New("fit smoothing: no parameters give finite errors")
	}
	return s, nil
}

func (c SmoothingConfig) check(history []float64) error {
	if c.Trend != NoTrend && c.Trend != LinearTrend && c.Trend != DampedTrend {
		return errors.Errorf("trend %q, wanted one of %q", c.Trend, []Trend{NoTrend, LinearTrend, DampedTrend})
	}
	if c.Season < 0 || len(history) < 4 || c.Season > len(history)/2 {
		return errors.Errorf("%d values, season %d, wanted at least 4 and two seasons", len(history), c.Season)
	}
	for i, v := range history {
		if math.IsNaN(v) || math.IsInf(v, 0) || c.Times && c.Season > 1 && v <= 0 {
			return errors.Errorf("value %d is %g, wanted a finite number, above 0 if the season multiplies", i, v)
		}
	}
	return nil
}

// Forecast runs over history and goes on for horizon rows. Errors are those of FitSmoothing, and a horizon
// below 1.
func (s *Smoothing) Forecast(history []float64, horizon int) ([]float64, error) {
	if s == nil {
		return nil, errors.New("smoothing: it is nil, wanted one that was fitted")
	}
	if horizon < 1 || horizon > longestHorizon {
		return nil, errors.Errorf("smoothing: horizon %d, wanted 1 to %d", horizon, longestHorizon)
	}
	if err := s.check(history); err != nil {
		return nil, errors.Wrap(err, "smoothing")
	}
	history = history[max(0, len(history)-s.smoothed()):]
	state := newSmoothed(s.SmoothingConfig, history)
	state.run(*s, history)
	forecast := make([]float64, horizon)
	damping := 0.0 // φ + φ² + ...
	for i := range forecast {
		damping += math.Pow(s.Phi, float64(i+1))
		forecast[i] = state.season.with(s.Times, state.level+damping*state.slope, len(history)+i)
	}
	return forecast, nil
}

// smoothed is the state of exponential smoothing.
type smoothed struct {
	level, slope float64
	season       seasonal
}

// seasonal is a season by the place in it; nil if there is none.
type seasonal []float64

// with is level with the season of a row.
func (s seasonal) with(times bool, level float64, row int) float64 {
	switch {
	case s == nil:
		return level
	case times:
		return level * s[row%len(s)]
	}
	return level + s[row%len(s)]
}

func (s smoothed) clone() smoothed {
	s.season = append(seasonal(nil), s.season...)
	return s
}

// newSmoothed begins at the line of least squares through the first rows, the season taken out: that is the mean,
// at each place of the season, of what stands out of a moving average as long as a season.
func newSmoothed(cfg SmoothingConfig, history []float64) smoothed {
	var s smoothed
	begin := history[:min(len(history), max(10, 5*cfg.Season))]
	plain := append([]float64(nil), begin...)
	if m := cfg.Season; m > 1 {
		s.season = seasonOf(begin, m, cfg.Times)
		for i := range plain {
			if cfg.Times {
				plain[i] /= s.season[i%m]
			} else {
				plain[i] -= s.season[i%m]
			}
		}
	}
	n := float64(len(plain))
	mean, slope := 0.0, 0.0
	for i, v := range plain {
		mean += v / n
		slope += v * (float64(i) - (n-1)/2) * 12 / (n * (n*n - 1))
	}
	if s.level = mean; cfg.Trend != NoTrend {
		s.level, s.slope = mean-slope*(n+1)/2, slope // of the row before the first
	} else {
		s.level = plain[0]
	}
	return s
}

// seasonOf is the classical decomposition's: differences from the moving average, or ratios to it, averaged by
// place, which come to 0 or 1 at the mean. There are two seasons or more.
func seasonOf(values []float64, m int, times bool) seasonal {
	season := make(seasonal, m)
	counts := make([]float64, m)
	average := movingAverage(values, m)
	for i, trend := range average {
		if math.IsNaN(trend) {
			continue
		}
		out := values[i] - trend
		if times {
			out = values[i] / trend
		}
		season[i%m] += out
		counts[i%m]++
	}
	total := 0.0
	for i := range season {
		season[i] /= counts[i]
		total += season[i] / float64(m)
	}
	for i := range season {
		if times {
			season[i] /= total
		} else {
			season[i] -= total
		}
	}
	return season
}

// movingAverage is centred and m values long, the first and the last with half their weight if m is even; NaN
// where it does not fit.
func movingAverage(values []float64, m int) []float64 {
	average := make([]float64, len(values))
	half := m / 2
	for i := range average {
		if i < half || i+half >= len(values) {
			average[i] = math.NaN()
			continue
		}
		sum := 0.0
		for _, v := range values[i-half : i+half+1] {
			sum += v
		}
		if m%2 == 0 {
			sum -= (values[i-half] + values[i+half]) / 2
		}
		average[i] = sum / float64(m)
	}
	return average
}

// run goes over history and gives the mean squared error of the forecasts of the next row.
func (s *smoothed) run(p Smoothing, history []float64) (square float64) {
	for i, y := range history {
		base := s.level + p.Phi*s.slope
		e := y - s.season.with(p.Times, base, i)
		square += e * e / float64(len(history))
		toLevel, toSeason := e, e
		if m := len(s.season); m > 0 {
			if p.Times {
				toLevel, toSeason = e/s.season[i%m], e/base
			}
			s.season[i%m] += p.Gamma * toSeason
		}
		s.level = base + p.Alpha*toLevel
		s.slope = p.Phi*s.slope + p.Alpha*p.Beta*toLevel
	}
	return square
}
