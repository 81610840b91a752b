package graph

import "github.com/elman-go/elman/internal/kernel"

// threads is the most threads that an operation may use; 0 stands for GOMAXPROCS.
type threads = kernel.Threads

// chunk is how many elements one thread takes at a time. It depends on nothing, so neither do the bits
// of what is added up within a chunk.
const chunk = 1 << 14

// inParallel calls f for parts of rows of cols elements each, on as many threads as are worth it: for
// the rows from ≤ r < to.
func inParallel(t threads, rows, cols int, f func(from, to int)) {
	size := max(1, chunk/max(cols, 1))
	n := (rows + size - 1) / size
	cost := rows * cols / 2
	if n <= 1 || t.Worth(cost) == 1 {
		f(0, rows)
		return
	}
	t.Parallel(n, cost, func(i int) { f(i*size, min((i+1)*size, rows)) })
}
