package kernel

import "sync"

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

// fewRows are so few that a tile of them has not enough sums to keep the processor busy.
const fewRows = 3

// widePanels is how many tiles beside each other multiplyFew computes.
func widePanels(rows int) int {
	if active == avx2 && rows > 1 {
		return 2
	}
	return 4
}

// colliding is a distance of rows at which a column of a tile falls into so few lines of the first cache
// that the rows drive each other out.
const colliding = 512

// blocks are what one thread packs, of so many bytes that the runtime aligns them to pages.
type blocks struct {
	b [blockSize]float32
	a [blockK * maxRows]float32
}

var pool = sync.Pool{New: func() any { return new(blocks) }}

// A product is c = from + op(a)·op(b).
type product[F Float] struct {
	from    View[F]
	m, n, k int
	a, b    matrix[F]
	c       []F
	ldc     int
}

// A product of at most unpackedRows is not worth packing b: loads are so far ahead of the additions that
// it does not matter where in the second cache b lies, only how often it is read.
const unpackedRows = 256

// cost is about how many nanoseconds p takes on one thread: for its multiplications, and to read b.
func (p product[F]) cost() int { return p.m*p.n*p.k/64 + p.n*p.k/16 }

// compute computes p on as many threads as are worth it.
func compute(t Threads, p product[float32]) {
	if n := t.Worth(p.cost()); n == 1 {
		computePart(p, 0, p.m, 0, p.n)
	} else {
		computeParts(t, p, n)
	}
}

// computeParts cuts c into parts, never the sums along k. There are more of them than threads, for threads
// are not equally fast.
func computeParts(t Threads, p product[float32], threads int) {
	_, cols := tile()
	width := (p.n + cols - 1) / cols
	across := (p.n + 255) / 256
	down := 1
	// Every part packs what it reads of b, which many rows have to pay for, and of a, which fewer columns
	// pay for.
	for across*down < 4*threads && p.m/(2*down) >= 8*maxRows {
		down *= 2
	}
	for across*down < 2*threads && p.n/(2*across) >= 4*maxCols {
		across *= 2
	}
	for across*down < threads && across < width {
		across++
	}
	t.Parallel(across*down, p.cost(), func(part int) {
		x, y := part%across, part/across
		computePart(p, p.m*y/down, p.m*(y+1)/down, width*x/across*cols, min(p.n, width*(x+1)/across*cols))
	})
}

// computePart computes rows i0 ≤ i < i1 and columns j0 ≤ j < j1 of c.
func computePart(p product[float32], i0, i1, j0, j1 int) {
	if !p.b.trans && i1-i0 <= unpackedRows || p.k == 0 {
		computeUnpacked(p, i0, i1, j0, j1)
		return
	}
	w := pool.Get().(*blocks)
	_, cols := tile()
	pieces := (p.k + blockK - 1) / blockK
	start := p.from
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
				switch {
				case p.a.trans:
					a, aRow, aStep = w.a[:], 1, rows
					copyBlock(depth, rows, a, rows, p.a.data[from*p.a.ld+i:], p.a.ld)
				case p.a.ld%colliding == 0 && n > 2*cols:
					a, aRow = w.a[:], depth
					copyBlock(rows, depth, a, depth, p.a.data[i*p.a.ld+from:], p.a.ld)
				}
				for q := 0; q < n; q += cols {
					multiply(rows, min(cols, n-q), depth, a, aRow, aStep, w.b[q*depth:], cols, p.c[i*p.ldc+j+q:], p.ldc, start.from(i, j+q))
				}
				i += rows
			}
		}
		start = View[float32]{p.c, p.ldc}
	}
	pool.Put(w)
}

// computeUnpacked is computePart for a b that lies row by row and is read where it lies.
func computeUnpacked(p product[float32], i0, i1, j0, j1 int) {
	if p.k == 0 {
		for i := i0; i < i1; i++ {
			p.from.begin(p.c[i*p.ldc+j0:i*p.ldc+j1], i, j0)
		}
		return
	}
	row, step := p.a.steps()
	c := p.c[i0*p.ldc:]
	_, cols := tile()
	pieces := (p.k + blockK - 1) / blockK
	start := p.from.from(i0, 0)
	for piece := range pieces {
		from, to := p.k*piece/pieces, p.k*(piece+1)/pieces
		a, b := p.a.data[i0*row+from*step:], p.b.data[from*p.b.ld:]
		j := j0
		if step == 1 {
			j += computeFew(start.from(0, j), i1-i0, j1-j, to-from, a, row, b[j:], p.b.ld, cols, c[j:], p.ldc)
		}
		for ; j < j1; j += cols {
			for i := 0; i < i1-i0; {
				rows := share(i1 - i0 - i)
				multiply(rows, min(cols, j1-j), to-from, a[i*row:], row, step, b[j:], p.b.ld, c[i*p.ldc+j:], p.ldc, start.from(i, j))
				i += rows
			}
		}
		start = View[float32]{c, p.ldc}
	}
}

// computeFew computes as many of n columns as it can, if the rows are few, and says how many.
func computeFew(start View[float32], rows, n, k int, a []float32, lda int, b []float32, bStep, panel int, c []float32, ldc int) (done int) {
	if rows > fewRows {
		return 0
	}
	panels := widePanels(rows)
	_, cols := tile()
	wide := panels * cols
	for ; done+wide <= n; done += wide {
		from, to, begin := b[done/cols*panel:], c[done:], start.from(0, done)
		_, _, _ = a[(rows-1)*lda+k-1], from[(panels-1)*panel+(k-1)*bStep+cols-1], to[(rows-1)*ldc+wide-1]
		multiplyFew(rows, k, &a[0], 4*lda, &from[0], 4*bStep, 4*panel, &to[0], 4*ldc, begin.within(rows, wide), 4*begin.Stride)
	}
	return done
}

// from is what lies from row i and column j on.
func (v View[F]) from(i, j int) View[F] {
	if v.Data == nil {
		return v
	}
	return View[F]{v.Data[i*v.Stride+j:], v.Stride}
}

// share is how many of the rows that are left the next tile takes: so many that all tiles have nearly
// the same.
func share(left int) int {
	most, _ := tile()
	tiles := (left + most - 1) / most
	return (left + tiles - 1) / tiles
}

// multiply computes one tile.
func multiply(rows, cols, k int, a []float32, aRow, aStep int, b []float32, bStep int, c []float32, ldc int, start View[float32]) {
	// The last elements that will be touched are there.
	_, _, _ = a[(rows-1)*aRow+(k-1)*aStep], b[(k-1)*bStep+cols-1], c[(rows-1)*ldc+cols-1]
	multiplyTile(rows, cols, k, &a[0], 4*aRow, 4*aStep, &b[0], 4*bStep, &c[0], 4*ldc, start.within(rows, cols), 4*start.Stride)
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
			copyBlock(depth, width, panel, cols, b.data[p*b.ld+j+q:], b.ld)
		}
	}
}

// transpose sets columns of to [cols, rows] to the rows of from [rows, cols], on a path of assembly.
func transpose(to []float32, ldt int, from []float32, ldf, rows, cols int) {
	_, _ = to[(cols-1)*ldt+rows-1], from[(rows-1)*ldf+cols-1]
	r8, c8 := rows&^7, cols&^7
	const part = 64 // columns, so that the first cache holds what is written of them
	for c := 0; c < c8; c += part {
		for r := 0; r < r8; r += 8 {
			transposeBlocks(min(part, c8-c)/8, &to[c*ldt+r], 4*ldt, &from[r*ldf+c], 4*ldf)
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

// copyBlock copies a matrix to another place.
func copyBlock(rows, cols int, to []float32, ldt int, from []float32, ldf int) {
	_, _ = to[(rows-1)*ldt+cols-1], from[(rows-1)*ldf+cols-1]
	Map(Copy, 0, rows, cols, View[float32]{to, ldt}, View[float32]{from, ldf}, View[float32]{}, View[float32]{})
}
