package series

import (
	"math"

	"github.com/pkg/errors"
)

// Errors say how far a forecast is from the truth.
type Errors struct {
	MAE   float64 // mean absolute error, in units of the series
	RMSE  float64 // root of the mean squared error, in units of the series
	MAPE  float64 // mean of PercentageError, in per cent; NaN if a true value is 0
	MASE  float64 // MAE in units of the MAE of the seasonal naive forecast on the history; NaN if that is 0
	SMAPE float64 // mean of SymmetricPercentageError, in per cent, at most 200
}

// Measure compares a forecast with the truth. The scale of MASE is the NaiveError of history, the
// training part; a season of 1 means the last value.
//
// It is an error if truth and forecast differ in length, are empty or not finite, or if history
// has no pair of values one season apart.
func Measure(history, truth, forecast []float64, season int) (Errors, error) {
	if len(truth) != len(forecast) || len(truth) == 0 {
		return Errors{}, errors.Errorf("measure: %d true values, %d forecast, wanted the same number and 1 or more",
			len(truth), len(forecast))
	}
	scale, err := NaiveError(history, season)
	if err != nil {
		return Errors{}, err
	}
	var e Errors
	n := float64(len(truth))
	for i, y := range truth {
		miss := AbsoluteError(y, forecast[i])
		if math.IsNaN(miss) || math.IsInf(miss, 0) {
			return Errors{}, errors.Errorf("measure: value %d: truth %g, forecast %g, wanted finite numbers",
				i, y, forecast[i])
		}
		e.MAE += miss / n
		e.RMSE += SquaredError(y, forecast[i]) / n
		e.MAPE += PercentageError(y, forecast[i]) / n
		e.SMAPE += SymmetricPercentageError(y, forecast[i]) / n
	}
	e.RMSE = math.Sqrt(e.RMSE)
	e.MASE = math.NaN()
	if scale > 0 {
		e.MASE = e.MAE / scale
	}
	return e, nil
}
