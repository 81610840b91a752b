package series

import (
	"math"

	"github.com/pkg/errors"
)

// Interpolate is a copy of values [N][D] with the gaps of every column filled: on a straight line
// between the values around a gap, and at both ends with the nearest value.
//
// The line begins in the gap with what comes after it. So cut a series first, and leave the gaps in
// the parts that forecasts are measured on: a window filled with its own horizon tells the answer.
//
// Of no rows there are none. It is an error if rows differ in length or if a column has no value at all.
func Interpolate(values [][]float64) ([][]float64, error) {
	if len(values) == 0 {
		return nil, nil
	}
	D, err := width(values)
	if err != nil {
		return nil, errors.Wrap(err, "interpolate")
	}
	filled := clone(values)
	for j := range D {
		last := -1 // row of the last value
		for i := range filled {
			if math.IsNaN(filled[i][j]) {
				continue
			}
			right := filled[i][j]
			left, from := right, -1.0
			if last >= 0 {
				left, from = filled[last][j], float64(last)
			}
			for gap := last + 1; gap < i; gap++ {
				share := (float64(gap) - from) / (float64(i) - from)
				filled[gap][j] = left*(1-share) + right*share
			}
			last = i
		}
		if last < 0 {
			return nil, errors.Errorf("interpolate: column %d has no values in %d rows", j, len(values))
		}
		for gap := last + 1; gap < len(filled); gap++ {
			filled[gap][j] = filled[last][j]
		}
	}
	return filled, nil
}
