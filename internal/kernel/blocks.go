package kernel

import (
	"sync"
	"sync/atomic"
)

// The blocks of a product: of b, blockK × some columns are packed, as many as stay in the second cache,
// and of a, blockK × tileRows, which stay in the first.
const (
	blockK    = 512
	blockSize = 1 << 17
	maxRows   = 12 // of any tile
	maxCols   = 32
)

// tile is the part of c that is kept in registers.
func tile() (rows, cols int) {
	if active == avx2 {
		return 6, 16
	}
	return maxRows, maxCols
}

// rowCols is how many columns rowProduct computes.
func rowCols() int { return 8 * lanesOf() }

// blocks are what one thread packs, of so many bytes that the runtime aligns them to pages.
type blocks struct {
	b [blockSize]float32
	a [blockK * maxRows]float32
}

var pool = sync.Pool{New: func() any { return new(blocks) }}

// A product is c = op(a)·op(b), or that added to c.
type product[F Float] struct {
	accumulate bool
	m, n, k    int
	a, b       matrix[F]
	c          []F
	ldc        int
}

// Below these numbers of multiplications a product is not worth a second thread, and one of few rows not
// worth packing.
const (
	oneThread   = 1 << 15
	unpackedRow = 4
)

// compute cuts c into parts, never the sums along k, and computes them on all threads. There are more
// parts than threads, for threads are not equally fast.
func compute(p product[float32]) {
	threads := Threads()
	if threads == 1 || p.m*p.n*p.k < oneThread {
		computePart(p, 0, p.m, 0, p.n)
		return
	}
	_, cols := tile()
	width := (p.n + cols - 1) / cols
	across := (p.n + 255) / 256
	down := 1
	for across*down < 4*threads && p.m/(2*down) >= 2*maxRows {
		down *= 2
	}
	for across*down < threads && across < width {
		across++
	}
	var next atomic.Int64
	Parallel(threads, func(int) {
		for {
			part := int(next.Add(1)) - 1
			if part >= across*down {
				return
			}
			x, y := part%across, part/across
			computePart(p, p.m*y/down, p.m*(y+1)/down, width*x/across*cols, min(p.n, width*(x+1)/across*cols))
		}
	})
}

// computePart computes rows i0 ≤ i < i1 and columns j0 ≤ j < j1 of c.
func computePart(p product[float32], i0, i1, j0, j1 int) {
	if p.k == 0 || !p.b.trans && i1-i0 <= unpackedRow {
		computeUnpacked(p, i0, i1, j0, j1)
		return
	}
	w := pool.Get().(*blocks)
	_, cols := tile()
	pieces := (p.k + blockK - 1) / blockK
	for piece := range pieces {
		from, to := p.k*piece/pieces, p.k*(piece+1)/pieces
		depth := to - from
		most := blockSize / depth / cols * cols
		for j := j0; j < j1; j += most {
			n := min(most, j1-j)
			packPanels(w.b[:], depth, n, p.b, from, j)
			for i := i0; i < i1; {
				rows := share(i1 - i)
				a, aRow, aStep := p.a.data[p.a.at(i, from):], p.a.ld, 1
				if p.a.trans {
					packColumns(w.a[:], depth, rows, p.a, i, from)
					a, aRow, aStep = w.a[:], 1, rows
				}
				for q := 0; q < n; q += cols {
					multiply(rows, min(cols, n-q), depth, a, aRow, aStep, w.b[q*depth:], cols, p.c[i*p.ldc+j+q:], p.ldc, p.accumulate || piece > 0)
				}
				i += rows
			}
		}
	}
	pool.Put(w)
}

// computeUnpacked is computePart for a b that lies row by row and is read where it lies.
func computeUnpacked(p product[float32], i0, i1, j0, j1 int) {
	row, step := p.a.steps()
	if p.k == 0 {
		for i := i0; i < i1 && !p.accumulate; i++ {
			clear(p.c[i*p.ldc+j0 : i*p.ldc+j1])
		}
		return
	}
	_, cols := tile()
	if i1-i0 == 1 && step == 1 {
		for ; j0+rowCols() <= j1; j0 += rowCols() {
			rowProduct(p.k, &p.a.data[i0*row], &p.b.data[j0], 4*p.b.ld, &p.c[i0*p.ldc+j0], p.accumulate)
		}
	}
	for j := j0; j < j1; j += cols {
		for i := i0; i < i1; {
			rows := share(i1 - i)
			multiply(rows, min(cols, j1-j), p.k, p.a.data[i*row:], row, step, p.b.data[j:], p.b.ld, p.c[i*p.ldc+j:], p.ldc, p.accumulate)
			i += rows
		}
	}
}

// share is how many of the rows that are left the next tile takes: so many that all tiles have nearly
// the same.
func share(left int) int {
	most, _ := tile()
	tiles := (left + most - 1) / most
	return (left + tiles - 1) / tiles
}

// multiply computes one tile.
func multiply(rows, cols, k int, a []float32, aRow, aStep int, b []float32, bStep int, c []float32, ldc int, accumulate bool) {
	// The last elements that will be touched are there.
	_, _, _ = a[(rows-1)*aRow+(k-1)*aStep], b[(k-1)*bStep+cols-1], c[(rows-1)*ldc+cols-1]
	multiplyTile(rows, cols, k, &a[0], 4*aRow, 4*aStep, &b[0], 4*bStep, &c[0], 4*ldc, accumulate)
}

// packPanels lays out rows p ≤ i < p+depth and columns j ≤ i < j+n of b in panels as wide as a tile,
// filled up with zeros.
func packPanels(to []float32, depth, n int, b matrix[float32], p, j int) {
	_, cols := tile()
	for q := 0; q < n; q += cols {
		panel, width := to[q*depth:][:cols*depth], min(cols, n-q)
		if width < cols {
			clear(panel)
		}
		if b.trans {
			transpose(panel, cols, b.data[(j+q)*b.ld+p:], b.ld, width, depth)
		} else {
			Map(Copy, 0, depth, width, View[float32]{panel, cols}, View[float32]{b.data[p*b.ld+j+q:], b.ld}, View[float32]{}, View[float32]{})
		}
	}
}

// transpose sets columns of to [cols, rows] to the rows of from [rows, cols], on a path of assembly.
func transpose(to []float32, ldt int, from []float32, ldf, rows, cols int) {
	_, _ = to[(cols-1)*ldt+rows-1], from[(rows-1)*ldf+cols-1]
	r8, c8 := rows&^7, cols&^7
	if r8 > 0 {
		for c := 0; c < c8; c += 8 {
			transposeBlocks(r8/8, &to[c*ldt], 4*ldt, &from[c], 4*ldf)
		}
	}
	for r := range rows {
		first := c8
		if r >= r8 {
			first = 0
		}
		for c := first; c < cols; c++ {
			to[c*ldt+r] = from[r*ldf+c]
		}
	}
}

// packColumns lays out columns i ≤ c < i+rows of a transposed a, as it lies, side by side.
func packColumns(to []float32, depth, rows int, a matrix[float32], i, p int) {
	Map(Copy, 0, depth, rows, View[float32]{to, rows}, View[float32]{a.data[p*a.ld+i:], a.ld}, View[float32]{}, View[float32]{})
}
