package graph

import "github.com/elman-go/elman/internal/kernel"

// chunk is how many elements one thread takes at a time. It depends on nothing, so neither do the bits
// of what is added up within a chunk.
const chunk = 1 << 14

// inParallel calls f for parts of rows of cols elements each, on all threads: for the rows from ≤ r < to.
func inParallel(rows, cols int, f func(from, to int)) {
	size := max(1, chunk/max(cols, 1))
	n := (rows + size - 1) / size
	if n <= 1 || kernel.Threads() == 1 {
		f(0, rows)
		return
	}
	kernel.Parallel(n, func(i int) { f(i*size, min((i+1)*size, rows)) })
}
