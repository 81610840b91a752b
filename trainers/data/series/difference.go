package series

import "github.com/pkg/errors"

// Difference gives values[i+lag] - values[i], N - lag of them: with the season as lag, a series
// without its season. It is an error if lag is not in [1, N).
func Difference(values []float64, lag int) ([]float64, error) {
	if lag < 1 || lag >= len(values) {
		return nil, errors.Errorf("difference: lag %d of %d values, wanted 1 or more and fewer than the values",
			lag, len(values))
	}
	diffs := make([]float64, len(values)-lag)
	for i := range diffs {
		diffs[i] = values[i+lag] - values[i]
	}
	return diffs, nil
}

// Integrate undoes Difference: it gives the values after history whose differences are diffs. It
// is an error if lag is not in [1, length of history].
func Integrate(history, diffs []float64, lag int) ([]float64, error) {
	if lag < 1 || lag > len(history) {
		return nil, errors.Errorf("integrate: lag %d, history of %d values, wanted 1 or more and at most the history",
			lag, len(history))
	}
	values := append([]float64(nil), history[len(history)-lag:]...)
	for i, diff := range diffs {
		values = append(values, values[i]+diff)
	}
	return values[lag:], nil
}
