package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Threads is how many parts of a computation run at once.
func Threads() int { return runtime.GOMAXPROCS(0) }

// Parallel calls f for each i in [0, n), on as many threads as there are. A panic in f is raised again
// in the caller, once the other calls are done.
func Parallel(n int, f func(i int)) {
	threads := min(n, Threads())
	if threads <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	w := &work{n: int64(n), f: f}
	for range threads - 1 {
		w.group.Go(w.run)
	}
	w.run()
	w.group.Wait()
	if w.failed != nil {
		panic(w.failed)
	}
}

// work is what threads take calls from, the next one when they are done with one.
type work struct {
	n      int64
	f      func(i int)
	next   atomic.Int64
	group  sync.WaitGroup
	once   sync.Once
	failed any
}

func (w *work) run() {
	for {
		i := w.next.Add(1) - 1
		if i >= w.n {
			return
		}
		w.call(int(i))
	}
}

func (w *work) call(i int) {
	defer func() {
		if r := recover(); r != nil {
			w.once.Do(func() { w.failed = r })
		}
	}()
	w.f(i)
}
