package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// large is a cost that is worth several threads, unless a trial says otherwise.
const large = 1 << 20

func TestParallel(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	defer Eager()()
	for _, threads := range []int{1, 2, 4} {
		runtime.GOMAXPROCS(threads)
		for _, n := range []int{0, 1, 2, 3, 100000} {
			calls := make([]atomic.Int32, n)
			Threads(0).Parallel(n, large, func(i int) { calls[i].Add(1) })
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
	defer Eager()()
	for _, threads := range []int{1, 3} {
		runtime.GOMAXPROCS(threads)
		func() {
			defer func() {
				if r := recover(); r != "seven" {
					t.Errorf("on %d threads: recovered %v", threads, r)
				}
			}()
			Threads(0).Parallel(10, large, func(i int) {
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
	defer Eager()()
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 200 {
				var sum atomic.Int64
				Threads(0).Parallel(5, large, func(i int) {
					Threads(0).Parallel(3, large, func(j int) { sum.Add(int64(3*i + j)) })
				})
				if sum.Load() != 14*15/2 {
					t.Errorf("the parts add up to %d, want %d", sum.Load(), 14*15/2)
				}
			}
		})
	}
	callers.Wait()
	crew.Lock()
	defer crew.Unlock()
	if len(crew.wait) > 0 {
		t.Errorf("%d computations that have ended wait for a helper", len(crew.wait))
	}
}

// together is how many calls of a computation ran at once at most, each of which waits for another.
func together(threads Threads, cost int) int {
	var running, most atomic.Int32
	threads.Parallel(8, cost, func(int) {
		now := running.Add(1)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
		}
		time.Sleep(5 * time.Millisecond)
		running.Add(-1)
	})
	return int(most.Load())
}

func TestThreadsLimit(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	undo := Eager()
	for _, tc := range []struct {
		threads Threads
		most    int
	}{{0, 4}, {1, 1}, {2, 2}, {3, 3}, {9, 4}} {
		if n := tc.threads.Most(); n != tc.most {
			t.Errorf("Threads(%d) are %d of 4", tc.threads, n)
		}
		if n := together(tc.threads, large); n > tc.most || tc.most > 1 && n < 2 {
			t.Errorf("%d calls ran at once with Threads(%d), want %d", n, tc.threads, tc.most)
		}
	}
	undo()
	if n := together(0, leastCost-1); n > 1 {
		t.Errorf("%d calls of a small computation ran at once", n)
	}
}

// A helper that finds no work ends, and there are no more than can help.
func TestHelpersEnd(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	defer Eager()()
	helpers := func() int {
		crew.Lock()
		defer crew.Unlock()
		return crew.count
	}
	for range 100 {
		Threads(0).Parallel(100, large, func(int) {})
		if n := helpers(); n > 3 {
			t.Fatalf("%d helpers, at most 3 can help", n)
		}
	}
	for began := time.Now(); helpers() > 0; time.Sleep(patience) {
		if time.Since(began) > time.Minute {
			t.Fatalf("%d helpers a minute later", helpers())
		}
	}
}

// A helper looks out for work only where computations follow one another closely.
func TestHelpersDoNotWait(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	defer Eager()()
	var c helpers
	for at := int64(0); at < 100*int64(patience); at += 2 * int64(patience) {
		c.ended.Store(at - int64(patience))
		c.enlist(&work{}, 0, at)
	}
	c.count = 1
	if h := new(helper); c.offer(h) || c.count > 0 || len(c.idle) > 0 {
		t.Error("a helper waits, though computations are far apart")
	}
	for at := int64(0); at < 100*1000; at += 1000 {
		c.ended.Store(at - 500)
		c.enlist(&work{}, 0, at)
	}
	c.count = 1
	if h := new(helper); !c.offer(h) || c.count != 1 || len(c.idle) != 1 {
		t.Error("a helper ends, though computations follow one another closely")
	}
}
