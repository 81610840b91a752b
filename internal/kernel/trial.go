package kernel

import (
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
)

// A trial is what is known of computations of about the same cost: whether helpers make them faster. On
// a machine that has other work to do, a helper starts late or stops in the middle of its part, and the
// caller would have been faster alone. Then such computations run on one thread for a while, until they
// are tried again: the more often that does not pay, the later.
type trial struct {
	sync.Mutex
	sections int   // that ran on several threads since the last verdict
	alone    int64 // how long they would have taken on one, about, in nanoseconds
	together int64 // how long they took
	pause    int64 // how long the next pause is
	until    atomic.Int64
}

// trials are by the number of bits of the cost.
var trials [65]trial

func trialOf(cost int) *trial { return &trials[bits.Len(uint(cost))] }

// pays reports whether several threads are worth it, as far as is known.
func (s *trial) pays(at int64) bool { return at >= s.until.Load() }

// A verdict needs several sections, for a thread may be interrupted in one of them, and is given early
// where much has been lost already.
const (
	verdictSections, earlySections = 16, 4
	verdictTime                    = int64(2 * time.Millisecond)
	shortPause                     = int64(20 * time.Millisecond)
	longPause                      = int64(4 * time.Second)
)

// A section is one computation on several threads: of parts parts the caller computed mine, in calls
// nanoseconds, and all took took.
type section struct {
	parts, mine int
	calls, took int64
}

// note takes a section into account that ended at the given time.
func (s *trial) note(x section, at int64) {
	if !s.TryLock() {
		return
	}
	defer s.Unlock()
	s.sections++
	s.together += x.took
	if x.mine > 0 {
		// The caller is interrupted alone as often as in company.
		s.alone += x.calls * int64(x.parts) / int64(x.mine)
	} else {
		s.alone += x.took
	}
	early := s.sections >= earlySections && s.together > 2*s.alone
	if s.together < verdictTime || s.sections < verdictSections && !early {
		return
	}
	s.pause = max(s.pause, shortPause)
	if 10*s.alone > 11*s.together {
		// Beside busy processes most verdicts are good, until a helper is stopped for milliseconds.
		s.pause = max(s.pause-s.pause/16, shortPause)
	} else {
		s.until.Store(at + s.pause)
		s.pause = min(4*s.pause, longPause)
	}
	s.sections, s.alone, s.together = 0, 0, 0
}

// began is when the clock of now starts.
var began = time.Now()

// now is the time in nanoseconds.
func now() int64 { return int64(time.Since(began)) }
