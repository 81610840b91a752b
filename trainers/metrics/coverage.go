package metrics

import (
	"fmt"
	"slices"

	"github.com/pkg/errors"
)

// Quantiles says where predicted quantiles and the truth are. The zero value of all but Levels reads what
// the forecasters of package zoo and data.Windows name so.
//
// Quantiles that were learnt apart may cross. They count in the order of their levels, as forecasts have them: the
// least is that of the lowest level (Chernozhukov, Fernández-Val & Galichon, 2010).
type Quantiles struct {
	Levels []float64 // of the Q quantiles, in their order on the last axis
	Output string    // output [..., K, Q]; "" means "quantiles"
	Truth  string    // tensor of the batch, [..., K]; "" means "y"
	Mask   string    // tensor of the batch, [..., K] or sizes of 1, weights; "" means "mask" if there is one
}

// Coverage is the share of true values from the quantile of one level to that of another, both included,
// in per cent. It should be 100·(high-low); above and below are equally wrong, so nothing can watch it.
func (q Quantiles) Coverage(low, high float64) Metric {
	numbers := Numbers{Prediction: named(q.Output, "quantiles"), Truth: q.Truth, Mask: q.Mask}
	ascending := slices.Sorted(slices.Values(q.Levels))
	from, to := slices.Index(ascending, low), slices.Index(ascending, high)
	return Metric{
		Name: fmt.Sprintf("coverage %g-%g", low, high), Unit: "%", Better: Neither, Reads: []string{numbers.Prediction},
		Value: percent,
		Sums: func(b Outcome) ([]float64, error) {
			if from < 0 || to < 0 || !(low < high) {
				return nil, errors.Errorf("levels %v and %v, want two of %v, the lower first", low, high, q.Levels)
			}
			sums := make([]float64, 2)
			err := numbers.each(b, len(q.Levels), nil, func(truth float64, quantiles []float64, weight float64) {
				slices.Sort(quantiles)
				if quantiles[from] <= truth && truth <= quantiles[to] {
					sums[0] += weight
				}
				sums[1] += weight
			})
			return sums, err
		},
	}
}
