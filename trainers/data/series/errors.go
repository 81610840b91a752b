package series

import (
	"math"

	"github.com/pkg/errors"
)

// Errors say how far a forecast is from the truth.
type Errors struct {
	MAE  float64 // mean absolute error, in units of the series
	RMSE float64 // root of the mean squared error, in units of the series
	MAPE float64 // mean of |error / truth|, in per cent; NaN if a true value is 0
	MASE float64 // MAE in units of the MAE of the seasonal naive forecast on the history; NaN if that is 0
}

// Measure compares a forecast with the truth. The scale of MASE (Hyndman & Koehler, 2006) is the
// mean of |history[i] - history[i-season]|, pairs with a gap left out; history is the training
// part, and a season of 1 means the last value.
//
// It is an error if truth and forecast differ in length, are empty or not finite, or if history
// has no pair of values one season apart.
func Measure(history, truth, forecast []float64, season int) (Errors, error) {
	if len(truth) != len(forecast) || len(truth) == 0 {
		return Errors{}, errors.Errorf("measure: %d true values, %d forecast, wanted the same number and 1 or more",
			len(truth), len(forecast))
	}
	scale, err := naiveError(history, season)
	if err != nil {
		return Errors{}, err
	}
	var e Errors
	n := float64(len(truth))
	for i := range truth {
		miss := math.Abs(forecast[i] - truth[i])
		if math.IsNaN(miss) || math.IsInf(miss, 0) {
			return Errors{}, errors.Errorf("measure: value %d: truth %g, forecast %g, wanted finite numbers",
				i, truth[i], forecast[i])
		}
		e.MAE += miss / n
		e.RMSE += miss * miss / n
		if truth[i] == 0 {
			e.MAPE = math.NaN()
		}
		e.MAPE += 100 * miss / math.Abs(truth[i]) / n
	}
	e.RMSE = math.Sqrt(e.RMSE)
	e.MASE = math.NaN()
	if scale > 0 {
		e.MASE = e.MAE / scale
	}
	return e, nil
}

// naiveError is the mean absolute error of the seasonal naive forecast, one season ahead.
func naiveError(history []float64, season int) (float64, error) {
	sum, pairs := 0.0, 0
	for i := season; season > 0 && i < len(history); i++ {
		if miss := math.Abs(history[i] - history[i-season]); !math.IsNaN(miss) {
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
