package kernel

// Gemm sets c [m, n] to the product of op(a) [m, k] and op(b) [k, n] added to from: to nothing if it has no
// data, to c itself if it is a view of c, to the same row everywhere if its stride is 0. a and b are laid
// out the other way round where trans says so; lda, ldb and ldc are the distances of their rows as they
// lie in memory. The terms of each sum are added one after the other, to the element of from.
// It runs on as many threads as are worth it.
func Gemm[F Float](t Threads, from View[F], transA, transB bool, m, n, k int, a []F, lda int, b []F, ldb int, c []F, ldc int) {
	if m <= 0 || n <= 0 {
		return
	}
	x, y := matrix[F]{a, lda, transA}, matrix[F]{b, ldb, transB}
	if fast[F]() {
		compute(t, product[float32]{view32(from), m, n, k, matrix32(x), matrix32(y), floats(c), ldc})
		return
	}
	cost := m * n * k / 2
	threads := min(t.Worth(cost), max(m, n))
	if threads == 1 {
		gemmPart(from, 0, m, 0, n, k, x, y, c, ldc)
		return
	}
	t.Parallel(threads, cost, func(i int) {
		if m > n {
			gemmPart(from, m*i/threads, m*(i+1)/threads, 0, n, k, x, y, c, ldc)
		} else {
			gemmPart(from, 0, m, n*i/threads, n*(i+1)/threads, k, x, y, c, ldc)
		}
	})
}

// A matrix lies in memory row by row, or column by column where it is transposed.
type matrix[F Float] struct {
	data  []F
	ld    int
	trans bool
}

// at is where element (i, j) lies.
func (x matrix[F]) at(i, j int) int {
	if x.trans {
		return j*x.ld + i
	}
	return i*x.ld + j
}

// steps are the distances from row to row and from column to column.
func (x matrix[F]) steps() (row, col int) {
	if x.trans {
		return 1, x.ld
	}
	return x.ld, 1
}

func matrix32[F Float](x matrix[F]) matrix[float32] {
	return matrix[float32]{floats(x.data), x.ld, x.trans}
}

func view32[F Float](v View[F]) View[float32] { return View[float32]{floats(v.Data), v.Stride} }

// begin sets to, a part of row i from column j on, to what a product is added to.
func (v View[F]) begin(to []F, i, j int) {
	if v.Data == nil {
		clear(to)
		return
	}
	copy(to, v.Data[i*v.Stride+j:])
}

// gemmPart computes rows i0 ≤ i < i1 and columns j0 ≤ j < j1 of c on the calling thread,
// in the portable form.
func gemmPart[F Float](from View[F], i0, i1, j0, j1, k int, a, b matrix[F], c []F, ldc int) {
	if b.trans {
		gemmDots(from, i0, i1, j0, j1, k, a, b, c, ldc)
		return
	}
	row, col := a.steps()
	for i := i0; i < i1; i++ {
		to := c[i*ldc+j0 : i*ldc+j1]
		from.begin(to, i, j0)
		p := 0
		for ; p+4 <= k; p += 4 {
			x0, x1, x2, x3 := a.data[i*row+p*col], a.data[i*row+(p+1)*col], a.data[i*row+(p+2)*col], a.data[i*row+(p+3)*col]
			y0, y1 := b.data[p*b.ld+j0:][:len(to)], b.data[(p+1)*b.ld+j0:][:len(to)]
			y2, y3 := b.data[(p+2)*b.ld+j0:][:len(to)], b.data[(p+3)*b.ld+j0:][:len(to)]
			for j, t := range to {
				t += x0 * y0[j]
				t += x1 * y1[j]
				t += x2 * y2[j]
				to[j] = t + x3*y3[j]
			}
		}
		for ; p < k; p++ {
			x := a.data[i*row+p*col]
			for j, y := range b.data[p*b.ld+j0:][:len(to)] {
				to[j] += x * y
			}
		}
	}
}

// gemmDots is gemmPart for a transposed b, whose columns lie in memory as rows: four of them at a time.
func gemmDots[F Float](from View[F], i0, i1, j0, j1, k int, a, b matrix[F], c []F, ldc int) {
	row, col := a.steps()
	for i := i0; i < i1; i++ {
		for j := j0; j < j1; j += 4 {
			n := min(4, j1-j)
			// Where fewer than four are left, the last one is computed more than once.
			y0, y1 := b.data[j*b.ld:][:k], b.data[(j+min(1, n-1))*b.ld:][:k]
			y2, y3 := b.data[(j+min(2, n-1))*b.ld:][:k], b.data[(j+n-1)*b.ld:][:k]
			to := c[i*ldc+j : i*ldc+j+n]
			var sums [4]F
			from.begin(sums[:n], i, j)
			s0, s1, s2, s3 := sums[0], sums[1], sums[2], sums[3]
			at := i * row
			for p := range k {
				x := a.data[at]
				at += col
				s0 += x * y0[p]
				s1 += x * y1[p]
				s2 += x * y2[p]
				s3 += x * y3[p]
			}
			sums = [4]F{s0, s1, s2, s3}
			copy(to, sums[:])
		}
	}
}
