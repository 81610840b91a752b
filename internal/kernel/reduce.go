package kernel

import "math"

// SumColumns adds to dst [cols] the sum of the rows of a, from the first to the last. It runs on all
// threads.
func SumColumns[F Float](rows, cols int, dst []F, a View[F]) {
	for r := range rows {
		for j, v := range a.Row(r, cols) {
			dst[j] += v
		}
	}
}

// SumSquares is the sum of squares, in float64. It runs on all threads.
func SumSquares[F Float](a []F) (sum float64) {
	for _, v := range a {
		sum += float64(v) * float64(v)
	}
	return sum
}

// LogSumExp is log Σ eᵃ, computed beside the greatest a so that nothing overflows.
func LogSumExp[F Float](a []F) float64 {
	top := float64(a[0])
	for _, v := range a[1:] {
		top = max(top, float64(v))
	}
	var total float64
	for _, v := range a {
		total += math.Exp(float64(v) - top)
	}
	return top + math.Log(total)
}

// ExpShift sets dst to k·e^(a-shift): with the LogSumExp of a row, its softmax times k.
func ExpShift[F Float](dst, a []F, shift, k F) {
	for i, v := range a {
		dst[i] = k * F(math.Exp(float64(v-shift)))
	}
}
