package kernel

// Gemm sets c [m, n] to the product of op(a) [m, k] and op(b) [k, n], or adds it to c. a and b are laid
// out the other way round where trans says so; lda, ldb and ldc are the distances of their rows as they
// lie in memory. The terms of each sum are added one after the other, to c itself if accumulate is set.
// It runs on all threads.
func Gemm[F Float](accumulate, transA, transB bool, m, n, k int, a []F, lda int, b []F, ldb int, c []F, ldc int) {
	rowA, colA, rowB, colB := lda, 1, ldb, 1
	if transA {
		rowA, colA = 1, lda
	}
	if transB {
		rowB, colB = 1, ldb
	}
	for i := range m {
		to := c[i*ldc : i*ldc+n]
		if !accumulate {
			clear(to)
		}
		for p := range k {
			x := a[i*rowA+p*colA]
			for j := range to {
				to[j] += x * b[p*rowB+j*colB]
			}
		}
	}
}

// Packed is a matrix b [K, N] laid out for many products with it. The zero value is empty.
type Packed[F Float] struct {
	K, N int
	data []F
}

// Pack takes over b [k, n], or bᵀ of b [n, k] if trans is set, whose rows lie ldb apart. It reuses the
// memory of the matrix before, and runs on all threads.
func (p *Packed[F]) Pack(trans bool, k, n int, b []F, ldb int) {
	p.K, p.N = k, n
	if cap(p.data) < k*n {
		p.data = make([]F, k*n)
	}
	p.data = p.data[:k*n]
	for i := range k {
		for j := range n {
			if trans {
				p.data[i*n+j] = b[j*ldb+i]
			} else {
				p.data[i*n+j] = b[i*ldb+j]
			}
		}
	}
}

// GemmPacked is Gemm of a [m, K] and a packed b [K, N], on the calling thread: many threads may use one
// Packed at once.
func GemmPacked[F Float](accumulate bool, m int, a []F, lda int, b *Packed[F], c []F, ldc int) {
	for i := range m {
		to := c[i*ldc : i*ldc+b.N]
		if !accumulate {
			clear(to)
		}
		for p, x := range a[i*lda : i*lda+b.K] {
			for j, y := range b.data[p*b.N : (p+1)*b.N] {
				to[j] += x * y
			}
		}
	}
}

// GemmDirect is GemmPacked without packing, of b [k, n] (bᵀ of b [n, k] if transB is set), on the calling
// thread: for products of so few rows that packing would cost more than it saves.
func GemmDirect[F Float](accumulate, transB bool, m, n, k int, a []F, lda int, b []F, ldb int, c []F, ldc int) {
	Gemm(accumulate, false, transB, m, n, k, a, lda, b, ldb, c, ldc)
}
