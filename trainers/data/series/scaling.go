package series

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// A Scaling says how a column is scaled: first the logarithm, then what By measures. The zero value
// is the standard one.
type Scaling struct {
	Log Logarithm // "" takes none
	By  Statistic // nil means Standard
}

// A Statistic measures a column, gaps left out: where its center is, and how wide it is. A scale of 0
// says that it has no width. Standard, MinMax and Robust give NaN for a column of no values.
type Statistic func(column []float64) (center, scale float64)

// Standard is the mean and the standard deviation of the population, divided by N: columns come to
// mean 0 and deviation 1.
func Standard(column []float64) (center, scale float64) {
	if len(column) > 0 && slices.Min(column) == slices.Max(column) {
		return column[0], 0 // which rounding hides
	}
	return stat.PopMeanStdDev(column, nil)
}

// MinMax is the least value and the range: columns come to [0, 1].
func MinMax(column []float64) (center, scale float64) {
	if len(column) == 0 {
		return math.NaN(), math.NaN()
	}
	least := slices.Min(column)
	return least, slices.Max(column) - least
}

// Robust is the median and the interquartile range, which a few outliers do not move. Quartiles are
// interpolated as in Hyndman & Fan, 1996, definition 7.
func Robust(column []float64) (center, scale float64) {
	if len(column) == 0 {
		return math.NaN(), math.NaN()
	}
	sorted := slices.Sorted(slices.Values(column))
	return quantile(sorted, 0.5), quantile(sorted, 0.75) - quantile(sorted, 0.25)
}

// Identity is 0 and 1, of any column: it stays as it is.
func Identity([]float64) (center, scale float64) { return 0, 1 }

// quantile is definition 7 of Hyndman & Fan, 1996. The linear one of gonum is definition 4, whose
// median of two values is the lesser.
func quantile(sorted []float64, p float64) float64 {
	place := p * float64(len(sorted)-1)
	i := int(place)
	if i == len(sorted)-1 {
		return sorted[i]
	}
	return sorted[i] + (place-math.Floor(place))*(sorted[i+1]-sorted[i])
}
