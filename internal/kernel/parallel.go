package kernel

import (
	"runtime"
	"sync"
)

// Threads is how many parts of a computation run at once.
func Threads() int { return runtime.GOMAXPROCS(0) }

// Parallel calls f for each i in [0, n), on as many threads as there are. A panic in f is raised again
// in the caller.
func Parallel(n int, f func(i int)) {
	if n <= 1 || Threads() == 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var (
		group  sync.WaitGroup
		once   sync.Once
		failed any
	)
	call := func(i int) {
		defer func() {
			if r := recover(); r != nil {
				once.Do(func() { failed = r })
			}
		}()
		f(i)
	}
	for i := 1; i < n; i++ {
		group.Go(func() { call(i) })
	}
	call(0)
	group.Wait()
	if failed != nil {
		panic(failed)
	}
}
