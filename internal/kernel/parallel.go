package kernel

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Threads is the most threads that a computation may use. 0 stands for GOMAXPROCS, which is never
// exceeded: the number of processors that the Go runtime found the process may use, which is fewer than
// the machine has where an affinity mask or the CPU limit of a control group says so. Of a limit of one
// processor or less it is one thread.
type Threads int

// Most is how many threads that is at the moment.
func (t Threads) Most() int {
	n := runtime.GOMAXPROCS(0)
	if t > 0 {
		n = min(n, int(t))
	}
	if n > 1 && oneProcessor() && !eager.Load() {
		return 1
	}
	return n
}

// Worth is how many threads to cut a computation for: one if it is small, or if computations of its cost
// have not been faster on several lately. The cost is about how many nanoseconds it takes on one thread.
func (t Threads) Worth(cost int) int {
	if cost < leastCost && !eager.Load() {
		return 1
	}
	n := t.Most()
	if n > 1 && !trialOf(cost).pays(now()) && !eager.Load() {
		return 1
	}
	return n
}

// leastCost is from which cost on several threads can be worth it: a helper that is awake takes up work
// within a microsecond.
const leastCost = 4_000

var eager atomic.Bool

// Eager makes every computation worth all threads until it is undone, for tests of what is computed in
// parts.
func Eager() (undo func()) {
	before := eager.Swap(true)
	return func() { eager.Store(before) }
}

// Parallel calls f for each i in [0, n), on as many threads as are worth it. The cost is that of all
// calls together. A panic in f is raised again in the caller, once the other calls are done.
func (t Threads) Parallel(n, cost int, f func(i int)) {
	threads := min(n, t.Worth(cost))
	if threads <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	w := &work{n: int64(n), f: f}
	w.left.Store(int64(n))
	w.group.Add(1)
	start := now()
	listed := crew.enlist(w, threads-1, start)
	enlisted := now()
	mine := w.run()
	alone := now()
	w.wait()
	end := now()
	crew.ended.Store(end)
	if listed {
		crew.strike(w)
	}
	if w.failed != nil {
		panic(w.failed)
	}
	trialOf(cost).note(section{parts: n, mine: mine, calls: alone - enlisted, took: end - start}, end)
}

// work is what threads take calls from, the next one when they are done with one.
type work struct {
	n      int64
	f      func(i int)
	next   atomic.Int64
	left   atomic.Int64   // calls that are not done
	group  sync.WaitGroup // of all calls as one, to sleep on
	once   sync.Once
	failed any
}

// run makes calls until there are no more, and counts them.
func (w *work) run() (calls int) {
	for {
		i := w.next.Add(1) - 1
		if i >= w.n {
			return calls
		}
		w.call(int(i))
		calls++
	}
}

func (w *work) call(i int) {
	defer func() {
		if r := recover(); r != nil {
			w.once.Do(func() { w.failed = r })
		}
		if w.left.Add(-1) == 0 {
			w.group.Done()
		}
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
// many a computation does, 50 µs on virtual machines; so a helper looks out for work for a while before
// it ends, if computations follow one another that closely.
type helper struct {
	work atomic.Pointer[work]
}

// crew is all helpers. There are never more than processors beside the caller's.
var crew helpers

type helpers struct {
	sync.Mutex
	idle  []*helper    // those that look out for work
	count int          // of all
	wait  []*work      // for a helper that is done with what it does now
	asked int          // how many computations have asked for help
	gap   int64        // between computations, in the mean, in nanoseconds
	ended atomic.Int64 // when the last computation did
}

// Shared is how many computations have run on several threads, or would have if helpers had been free.
func Shared() int {
	crew.Lock()
	defer crew.Unlock()
	return crew.asked
}

// enlist makes helpers take part in w: those that look out for work, then new ones. It lists w for those
// that are busy if that is not enough.
func (c *helpers) enlist(w *work, most int, at int64) (listed bool) {
	c.Lock()
	defer c.Unlock()
	c.asked++
	c.gap += (min(max(0, at-c.ended.Load()), 4*int64(patience)) - c.gap) / 4
	for ; most > 0 && len(c.idle) > 0; most-- {
		last := len(c.idle) - 1
		c.idle[last].work.Store(w)
		c.idle = c.idle[:last]
	}
	for limit := runtime.GOMAXPROCS(0) - 1; most > 0 && c.count < limit; most-- {
		c.count++
		h := new(helper)
		h.work.Store(w)
		go h.serve()
	}
	if most > 0 {
		c.wait = append(c.wait, w)
	}
	return most > 0
}

// strike takes w off the list.
func (c *helpers) strike(w *work) {
	c.Lock()
	defer c.Unlock()
	if i := slices.Index(c.wait, w); i >= 0 {
		c.wait = slices.Delete(c.wait, i, i+1)
	}
}

func (h *helper) serve() {
	for {
		h.work.Swap(nil).run()
		if !crew.offer(h) {
			return
		}
		if !spin(func() bool { return h.work.Load() != nil }) && crew.withdraw(h) {
			return
		}
	}
}

// offer gives a helper that is idle other work or lists it, or lets it go if looking out for work would
// not pay.
func (c *helpers) offer(h *helper) bool {
	c.Lock()
	defer c.Unlock()
	last := len(c.wait) - 1
	switch {
	case last >= 0:
		h.work.Store(c.wait[last])
		c.wait = slices.Delete(c.wait, last, last+1)
	case c.gap > int64(patience)/2 || c.count >= runtime.GOMAXPROCS(0):
		c.count--
		return false
	default:
		c.idle = append(c.idle, h)
	}
	return true
}

// withdraw lets a helper go, if it was not enlisted meanwhile.
func (c *helpers) withdraw(h *helper) bool {
	c.Lock()
	defer c.Unlock()
	i := slices.Index(c.idle, h)
	if i < 0 {
		return false
	}
	c.idle = slices.Delete(c.idle, i, i+1)
	c.count--
	return true
}

// patience is how long a thread looks out for something before it sleeps: what sleeping and waking would
// take, a few times over. After the first part of it the thread lets others of the process run first.
const patience = 200 * time.Microsecond

// spin waits, awake, until done, but not for longer than its patience.
func spin(done func() bool) bool {
	for start := now(); ; {
		for range 50 {
			if done() {
				return true
			}
		}
		waited := now() - start
		if waited > int64(patience) {
			return false
		}
		if waited > int64(patience)/10 {
			runtime.Gosched()
		}
	}
}
