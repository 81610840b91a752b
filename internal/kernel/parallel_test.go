package kernel

import (
	"runtime"
	"sync/atomic"
	"testing"
)

func TestParallel(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, threads := range []int{1, 2, 4} {
		runtime.GOMAXPROCS(threads)
		for _, n := range []int{0, 1, 2, 3, 100000} {
			calls := make([]atomic.Int32, n)
			Parallel(n, func(i int) { calls[i].Add(1) })
			for i := range calls {
				if c := calls[i].Load(); c != 1 {
					t.Errorf("%d calls of part %d of %d on %d threads", c, i, n, threads)
				}
			}
		}
	}
}

func TestParallelPanics(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, threads := range []int{1, 3} {
		runtime.GOMAXPROCS(threads)
		func() {
			defer func() {
				if r := recover(); r != "seven" {
					t.Errorf("on %d threads: recovered %v", threads, r)
				}
			}()
			Parallel(10, func(i int) {
				if i == 7 {
					panic("seven")
				}
			})
		}()
	}
}
