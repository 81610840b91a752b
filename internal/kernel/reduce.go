package kernel

import "math"

// cut calls f for parts of n elements, on as many threads as are worth it. Parts begin at multiples of
// unit.
func cut(t Threads, n, unit int, f func(from, to int)) {
	units := (n + unit - 1) / unit
	cost := n / 4
	threads := min(t.Worth(cost), units)
	if threads <= 1 {
		f(0, n)
		return
	}
	t.Parallel(threads, cost, func(i int) { f(units*i/threads*unit, min(n, units*(i+1)/threads*unit)) })
}

// SumColumns adds to dst [cols] the sum of the rows of a, from the first to the last, on as many
// threads as are worth it.
func SumColumns[F Float](t Threads, rows, cols int, dst []F, a View[F]) {
	if rows <= 0 || cols <= 0 {
		return
	}
	sum := func(from, to int) {
		if fast[F]() {
			part := View[F]{a.Data[from:], a.Stride}
			columnSums(rows, to-from, first(dst[from:to]), part.within(rows, to-from), 4*a.Stride)
			return
		}
		for r := range rows {
			for j, v := range a.Data[r*a.Stride+from : r*a.Stride+to] {
				dst[from+j] += v
			}
		}
	}
	cost := rows * cols / 4
	threads := min(t.Worth(cost), (cols+63)/64)
	if threads == 1 {
		sum(0, cols)
		return
	}
	t.Parallel(threads, cost, func(i int) { sum(cols*i/threads, cols*(i+1)/threads) })
}

// chunk is how many elements are summed before the sum is added to the total.
const chunk = 1 << 12

// SumSquares is the sum of squares, in float64, on as many threads as are worth it.
func SumSquares[F Float](t Threads, a []F) float64 {
	chunks := (len(a) + chunk - 1) / chunk
	if t.Worth(len(a)/4) == 1 {
		var sum float64
		for i := range chunks {
			sum += squaresOf(a[i*chunk : min(len(a), (i+1)*chunk)])
		}
		return sum
	}
	sums := make([]float64, chunks)
	cut(t, len(a), chunk, func(from, to int) {
		for i := from / chunk; i*chunk < to; i++ {
			sums[i] = squaresOf(a[i*chunk : min(len(a), (i+1)*chunk)])
		}
	})
	var sum float64
	for _, s := range sums {
		sum += s
	}
	return sum
}

func squaresOf[F Float](a []F) (sum float64) {
	done := 0
	if fast[F]() {
		var lanes [8]float64
		if done = len(a) / 32 * 32; done > 0 {
			squares(done, first(a), &lanes)
		}
		for _, s := range lanes[:lanesOf()/2] {
			sum += s
		}
	}
	for _, v := range a[done:] {
		sum += float64(v) * float64(v)
	}
	return sum
}

// LogSumExp is log Σ eᵃ, computed beside the greatest a so that nothing overflows.
func LogSumExp[F Float](a []F) float64 {
	if fast[F]() {
		return logSumExp(floats(a))
	}
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

func logSumExp(a []float32) float64 {
	var lanes [16]float32
	tops(len(a), &a[0], &lanes)
	top := lanes[0]
	for _, v := range lanes[1:lanesOf()] {
		top = max(top, v)
	}
	var sums [8]float64
	expSums(len(a), &a[0], top, &sums)
	var total float64
	for _, s := range sums[:lanesOf()/2] {
		total += s
	}
	return float64(top) + math.Log(total)
}

// ExpShift sets dst to k·e^(a-shift): with the LogSumExp of a row, its softmax times k.
func ExpShift[F Float](dst, a []F, shift, k F) {
	if len(a) == 0 {
		return
	}
	if fast[F]() {
		expShifted(len(a), first(dst[:len(a)]), first(a), float32(shift), float32(k))
		return
	}
	for i, v := range a {
		dst[i] = k * F(math.Exp(float64(v-shift)))
	}
}
