package series

import (
	"math"

	"github.com/pkg/errors"
)

// AbsoluteError is |forecast - truth|. MAE is the mean of it.
func AbsoluteError(truth, forecast float64) float64 { return math.Abs(forecast - truth) }

// SquaredError is (forecast - truth)². RMSE is the root of the mean of it.
func SquaredError(truth, forecast float64) float64 { return (forecast - truth) * (forecast - truth) }

// PercentageError is 100 · |forecast - truth| / |truth|; NaN if the truth is 0. MAPE is the mean of it.
func PercentageError(truth, forecast float64) float64 {
	if truth == 0 {
		return math.NaN()
	}
	return 100 * AbsoluteError(truth, forecast) / math.Abs(truth)
}

// SymmetricPercentageError is 200 · |forecast - truth| / (|truth| + |forecast|), from 0 to 200; 0 if both
// are 0. sMAPE is the mean of it, as in the M4 competition (Makridakis et al., 2020).
func SymmetricPercentageError(truth, forecast float64) float64 {
	if truth == 0 && forecast == 0 {
		return 0
	}
	return 200 * AbsoluteError(truth, forecast) / (math.Abs(truth) + math.Abs(forecast))
}

// NaiveError is the mean of |history[i] - history[i-season]|, the error of the seasonal naive forecast
// on the training part of a series, pairs with a gap left out. It is the unit of MASE (Hyndman &
// Koehler, 2006). It is an error if history has no pair of values one season apart.
func NaiveError(history []float64, season int) (float64, error) {
	sum, pairs := 0.0, 0
	for i := season; season > 0 && i < len(history); i++ {
		if miss := AbsoluteError(history[i-season], history[i]); !math.IsNaN(miss) {
			sum += miss
			pairs++
		}
	}
	if pairs == 0 {
		return 0, errors.Errorf("measure: history of %d values, wanted at least two that are a season of %d apart",
			len(history), season)
	}
	return sum / float64(pairs), nil
}
