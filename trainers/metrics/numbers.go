package metrics

import (
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers/data/series"
)

// Numbers says where predictions and the truth are. The zero value reads what the forecasters of package
// zoo and data.Windows name so, in the form that the model works on: mostly scaled.
type Numbers struct {
	Prediction string // output [..., K]; "" means "prediction"
	Truth      string // tensor of the batch, [..., K]; "" means "y"
	Mask       string // tensor of the batch, [..., K] or sizes of 1, weights; "" means "mask" if there is one
	Unit       string // of the truth, or of what Inverse makes of it
	// Inverse brings a value of a column, the place on the last axis, back into its unit, as
	// series.Scaler.InverseColumn does. nil leaves it.
	Inverse func(column int, v float64) float64
	// InverseMean brings back a prediction of a mean, as series.ColumnScaler.InverseMean does; nil is Inverse. Where
	// Inverse is not linear, a logarithm undone, it makes a median of a mean. That is right for absolute errors; RMSE,
	// which means make least, is of InverseMean.
	InverseMean func(column int, v float64) float64
}

// MAE is the mean absolute error, in units of the truth.
func (n Numbers) MAE() Metric { return n.metric("mae", n.Unit, n.Inverse, series.AbsoluteError, nil) }

// RMSE is the root of the mean squared error, in units of the truth; see InverseMean.
func (n Numbers) RMSE() Metric {
	if n.InverseMean == nil {
		n.InverseMean = n.Inverse
	}
	return n.metric("rmse", n.Unit, n.InverseMean, series.SquaredError, func(sums []float64) float64 { return math.Sqrt(mean(sums)) })
}

// MAPE is the mean of |error / truth|, in per cent; NaN if a true value is 0.
func (n Numbers) MAPE() Metric { return n.metric("mape", "%", n.Inverse, series.PercentageError, nil) }

// SMAPE is the mean of 2·|error| / (|truth| + |prediction|), in per cent, from 0 to 200 (Makridakis et al.,
// 2020).
func (n Numbers) SMAPE() Metric {
	return n.metric("smape", "%", n.Inverse, series.SymmetricPercentageError, nil)
}

// MASE is the mean absolute error divided by a scale, which series.NaiveError gives of the training part
// in the same unit (Hyndman & Koehler, 2006): below 1 is better than the naive forecast was there. NaN if
// the scale is 0.
func (n Numbers) MASE(scale float64) Metric {
	return n.metric("mase", "", n.Inverse, series.AbsoluteError, func(sums []float64) float64 {
		if !(scale > 0) {
			return math.NaN()
		}
		return mean(sums) / scale
	})
}

// metric is one of the mean of what each value adds, predictions brought back by predicted.
func (n Numbers) metric(name, unit string, predicted func(column int, v float64) float64, miss func(truth, forecast float64) float64, value func([]float64) float64) Metric {
	return Metric{Name: name, Unit: unit, Reads: []string{named(n.Prediction, "prediction")}, Value: value,
		Sums: func(b Outcome) ([]float64, error) {
			sums := make([]float64, 2)
			err := n.each(b, 1, predicted, func(truth float64, predictions []float64, weight float64) {
				sums[0] += weight * miss(truth, predictions[0])
				sums[1] += weight
			})
			return sums, err
		}}
}

// each calls f for every true value that counts with its predictions, brought back by predicted, of which an output
// with a further axis has several, and its weight.
func (n Numbers) each(b Outcome, several int, predicted func(column int, v float64) float64,
	f func(truth float64, predictions []float64, weight float64)) error {
	output, err := b.output(named(n.Prediction, "prediction"))
	if err != nil {
		return err
	}
	name := named(n.Truth, "y")
	t, err := b.tensor(name)
	if err != nil {
		return err
	}
	want := t.Shape().Clone()
	if several > 1 {
		want = append(want, several)
	}
	truth, predictions := floats(t), floats(output)
	if truth == nil || predictions == nil || len(want) == 0 || !slices.Equal(output.Shape(), want) {
		return errors.Errorf("prediction of %v %v for %s of %v %v, want numbers %v",
			output.Dtype(), output.Shape(), name, t.Dtype(), t.Shape(), want)
	}
	weights, err := b.weights(n.Mask, t.Shape())
	if err != nil {
		return err
	}
	columns := t.Shape()[t.Dims()-1]
	inverse := n.Inverse
	same := func(_ int, v float64) float64 { return v }
	if inverse == nil {
		inverse = same
	}
	if predicted == nil {
		predicted = same
	}
	own := make([]float64, several)
	for i, y := range truth {
		weight := 1.
		if weights != nil {
			weight = weights[i]
		}
		if weight == 0 {
			continue
		}
		for q, v := range predictions[i*several : (i+1)*several] {
			own[q] = predicted(i%columns, v)
		}
		f(inverse(i%columns, y), own, weight)
	}
	return nil
}
