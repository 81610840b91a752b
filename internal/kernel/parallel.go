package kernel

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
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
	w.left.Store(int64(n))
	w.group.Add(n)
	for range threads - 1 {
		enlist(w)
	}
	w.run()
	w.wait()
	if w.failed != nil {
		panic(w.failed)
	}
}

// work is what threads take calls from, the next one when they are done with one.
type work struct {
	n      int64
	f      func(i int)
	next   atomic.Int64
	left   atomic.Int64   // calls that are not done
	group  sync.WaitGroup // of the calls, to sleep on
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
		w.left.Add(-1)
		w.group.Done()
	}()
	w.f(i)
}

// wait returns when all calls are done, whoever makes them: not when all helpers have come.
func (w *work) wait() {
	if !spin(func() bool { return w.left.Load() == 0 }) {
		w.group.Wait()
	}
}

// A helper takes part in one computation after the other. To wake a thread that sleeps takes longer than
// many a computation does, 50 µs on virtual machines; so a helper without work looks out for some before
// it ends.
type helper struct {
	work atomic.Pointer[work]
}

// idle are the helpers that look out for work.
var idle struct {
	sync.Mutex
	helpers []*helper
}

// enlist makes a helper take part in w: one that looks out for work, or else a new one.
func enlist(w *work) {
	idle.Lock()
	var h *helper
	if n := len(idle.helpers); n > 0 {
		h, idle.helpers = idle.helpers[n-1], idle.helpers[:n-1]
	}
	idle.Unlock()
	if h != nil {
		h.work.Store(w)
		return
	}
	h = new(helper)
	h.work.Store(w)
	go h.serve()
}

func (h *helper) serve() {
	for {
		h.work.Swap(nil).run()
		if !h.offer() {
			return
		}
		if !spin(func() bool { return h.work.Load() != nil }) && h.withdraw() {
			return
		}
		for h.work.Load() == nil { // enlisted, and about to be told for what
			runtime.Gosched()
		}
	}
}

// offer lists an idle helper, unless there are enough.
func (h *helper) offer() bool {
	idle.Lock()
	defer idle.Unlock()
	if len(idle.helpers) >= Threads()-1 {
		return false
	}
	idle.helpers = append(idle.helpers, h)
	return true
}

// withdraw takes a helper off the list, if it was not enlisted meanwhile.
func (h *helper) withdraw() bool {
	idle.Lock()
	defer idle.Unlock()
	i := slices.Index(idle.helpers, h)
	if i < 0 {
		return false
	}
	idle.helpers = slices.Delete(idle.helpers, i, i+1)
	return true
}

// patience is how long a thread looks out for something before it sleeps: what sleeping and waking would
// take, a few times over.
const patience = 200 * time.Microsecond

// spin waits, awake, until done, but not for longer than its patience.
func spin(done func() bool) bool {
	for began := time.Now(); ; {
		for range 50 {
			if done() {
				return true
			}
		}
		if time.Since(began) > patience {
			return false
		}
	}
}
