package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
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

// Callers share the helpers, and a part may be computed in parallel itself.
func TestParallelTogether(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 200 {
				var sum atomic.Int64
				Parallel(5, func(i int) {
					Parallel(3, func(j int) { sum.Add(int64(3*i + j)) })
				})
				if sum.Load() != 14*15/2 {
					t.Errorf("the parts add up to %d, want %d", sum.Load(), 14*15/2)
				}
			}
		})
	}
	callers.Wait()
}

// A helper that finds no work ends, and those that are listed are no more than can help.
func TestHelpersEnd(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	listed := func() int {
		idle.Lock()
		defer idle.Unlock()
		return len(idle.helpers)
	}
	for range 100 {
		Parallel(100, func(int) {})
		if n := listed(); n > 3 {
			t.Fatalf("%d helpers are listed, at most 3 can help", n)
		}
	}
	for began := time.Now(); listed() > 0; time.Sleep(patience) {
		if time.Since(began) > time.Minute {
			t.Fatalf("%d helpers are listed a minute later", listed())
		}
	}
}
