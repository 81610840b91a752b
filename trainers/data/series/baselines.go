package series

import (
	"math"

	"github.com/pkg/errors"
)

// longestHorizon is how many rows a forecast may have: at one a second, half a year.
const longestHorizon = 1 << 24

// Naive forecasts the last value of history, horizon times. It is an error if history is empty or
// horizon is below 1 or above 2^24, as it is of the other rules.
func Naive(history []float64, horizon int) ([]float64, error) {
	return SeasonalNaive(history, 1, horizon)
}

// SeasonalNaive repeats the last season of history over the horizon. It is an error if season or
// horizon is below 1 or history is shorter than a season.
func SeasonalNaive(history []float64, season, horizon int) ([]float64, error) {
	if season < 1 || horizon < 1 || horizon > longestHorizon || len(history) < season {
		return nil, errors.Errorf("seasonal naive: season %d, horizon %d, history of %d values, "+
			"wanted 1 or more of each, a horizon up to %d and a season of history",
			season, horizon, len(history), longestHorizon)
	}
	last := history[len(history)-season:]
	forecast := make([]float64, horizon)
	for i := range forecast {
		forecast[i] = last[i%season]
	}
	return forecast, nil
}

// SeasonalGrowth is SeasonalNaive times the growth from season to season: the sum of the last
// season over the sum of the one before, once for the first season of the horizon, twice for the
// second and so on. It is an error if season or horizon is below 1, if history is shorter than
// two seasons, or if the growth is not finite.
func SeasonalGrowth(history []float64, season, horizon int) ([]float64, error) {
	forecast, err := SeasonalNaive(history, season, horizon)
	if err != nil {
		return nil, errors.Wrap(err, "seasonal growth")
	}
	if len(history)-season < season {
		return nil, errors.Errorf("seasonal growth: history of %d values, wanted two seasons of %d",
			len(history), season)
	}
	now, before := 0.0, 0.0
	for i := len(history) - season; i < len(history); i++ {
		now += history[i]
		before += history[i-season]
	}
	growth := now / before
	if math.IsNaN(growth) || math.IsInf(growth, 0) {
		return nil, errors.Errorf("seasonal growth: the last season adds up to %g, the one before to %g, "+
			"wanted a finite growth", now, before)
	}
	for i := range forecast {
		forecast[i] *= math.Pow(growth, float64(1+i/season))
	}
	return forecast, nil
}

// Mean forecasts the mean of history, horizon times. It is an error if history is empty or horizon is below 1.
func Mean(history []float64, horizon int) ([]float64, error) {
	return SeasonalMean(history, 1, horizon)
}

// SeasonalMean forecasts for each row of the horizon the mean of the rows of history that stand at the same place
// of their season. It is an error if season or horizon is below 1 or history is shorter than a season.
func SeasonalMean(history []float64, season, horizon int) ([]float64, error) {
	forecast, err := SeasonalNaive(history, season, horizon)
	if err != nil {
		return nil, errors.Wrap(err, "seasonal mean")
	}
	for i := range min(season, horizon) {
		sum, n := 0.0, 0
		for at := len(history) - season + i; at >= 0; at -= season {
			sum, n = sum+history[at], n+1
		}
		for at := i; at < horizon; at += season {
			forecast[at] = sum / float64(n)
		}
	}
	return forecast, nil
}

// Drift goes on along the line through the first and the last value of history. It is an error if history has
// fewer than 2 values or horizon is below 1.
func Drift(history []float64, horizon int) ([]float64, error) {
	n := len(history)
	if n < 2 || horizon < 1 || horizon > longestHorizon {
		return nil, errors.Errorf("drift: history of %d values, horizon %d, wanted 2 or more and 1 to %d", n, horizon, longestHorizon)
	}
	slope := (history[n-1] - history[0]) / float64(n-1)
	forecast := make([]float64, horizon)
	for i := range forecast {
		forecast[i] = history[n-1] + float64(i+1)*slope
	}
	return forecast, nil
}
