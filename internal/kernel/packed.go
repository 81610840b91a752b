package kernel

import "unsafe"

// Packed is a matrix b [K, N] laid out for many products with it. The zero value is empty.
type Packed[F Float] struct {
	K, N int
	data []F
}

// Pack takes over b [k, n], or bᵀ of b [n, k] if trans is set, whose rows lie ldb apart. It reuses the
// memory of the matrix before, and runs on as many threads as are worth it.
func (p *Packed[F]) Pack(t Threads, trans bool, k, n int, b []F, ldb int) {
	p.K, p.N = k, n
	size, cols := k*n, n
	if fast[F]() {
		_, cols = tile()
		size = k * ((n + cols - 1) / cols * cols)
	}
	p.data = aligned(p.data, size)
	if !fast[F]() {
		x := matrix[F]{b, ldb, trans}
		for i := range k {
			for j := range n {
				p.data[i*n+j] = b[x.at(i, j)]
			}
		}
		return
	}
	if size == 0 {
		return
	}
	to, from := floats(p.data), matrix[float32]{floats(b), ldb, trans}
	panels := (n + cols - 1) / cols
	cost := size / 4
	threads := min(t.Worth(cost), panels)
	if threads == 1 {
		packPanels(to, k, n, from, 0, 0)
		return
	}
	t.Parallel(threads, cost, func(i int) {
		first, end := panels*i/threads*cols, min(n, panels*(i+1)/threads*cols)
		packPanels(to[first*k:], k, end-first, from, 0, first)
	})
}

// aligned is a slice of size numbers, in the memory of s where that is enough. It begins at a cache line:
// a register read across two takes twice the time.
func aligned[F Float](s []F, size int) []F {
	if size <= cap(s) {
		return s[:size]
	}
	const line = 64
	var x F
	s = make([]F, size+line/int(unsafe.Sizeof(x)))
	past := int(uintptr(unsafe.Pointer(&s[0])) % line)
	if past > 0 {
		s = s[(line-past)/int(unsafe.Sizeof(x)):]
	}
	return s[:size]
}

// GemmPacked is Gemm of a [m, K] and a packed b [K, N], on the calling thread: many threads may use one
// Packed at once.
func GemmPacked[F Float](from View[F], m int, a []F, lda int, b *Packed[F], c []F, ldc int) {
	if m <= 0 || b.N <= 0 {
		return
	}
	if !fast[F]() {
		gemmPart(from, 0, m, 0, b.N, b.K, matrix[F]{a, lda, false}, matrix[F]{b.data, b.N, false}, c, ldc)
		return
	}
	x, y, z := floats(a), floats(b.data), floats(c)
	start := view32(from)
	if b.K == 0 {
		computeUnpacked(product[float32]{start, m, b.N, 0, matrix[float32]{}, matrix[float32]{}, z, ldc}, 0, m, 0, b.N)
		return
	}
	_, cols := tile()
	done := computeFew(start, m, b.N, b.K, x, lda, y, cols, cols*b.K, z, ldc)
	for j := done; j < b.N; j += cols {
		for i := 0; i < m; {
			rows := share(m - i)
			multiply(rows, min(cols, b.N-j), b.K, x[i*lda:], lda, 1, y[j*b.K:], cols, z[i*ldc+j:], ldc, start.from(i, j))
			i += rows
		}
	}
}

// GemmDirect is GemmPacked without packing, of b [k, n] (bᵀ of b [n, k] if transB is set), on the calling
// thread: for products of so few rows that packing would cost more than it saves.
func GemmDirect[F Float](from View[F], transB bool, m, n, k int, a []F, lda int, b []F, ldb int, c []F, ldc int) {
	if m <= 0 || n <= 0 {
		return
	}
	x, y := matrix[F]{a, lda, false}, matrix[F]{b, ldb, transB}
	switch {
	case !fast[F]():
		gemmPart(from, 0, m, 0, n, k, x, y, c, ldc)
	case transB:
		computePart(product[float32]{view32(from), m, n, k, matrix32(x), matrix32(y), floats(c), ldc}, 0, m, 0, n)
	default:
		computeUnpacked(product[float32]{view32(from), m, n, k, matrix32(x), matrix32(y), floats(c), ldc}, 0, m, 0, n)
	}
}
