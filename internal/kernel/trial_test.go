package kernel

import (
	"runtime"
	"testing"
	"time"
)

// An experiment feeds a trial with sections that follow one another on a clock of its own.
type experiment struct {
	trial
	clock int64
}

// run has computations that take alone on one thread and took on two go on for a time, and returns how
// much of it went by on two.
func (e *experiment) run(took, alone, length time.Duration) (parallel time.Duration) {
	for end := e.clock + int64(length); e.clock < end; {
		if e.pays(e.clock) {
			e.clock += int64(took)
			parallel += took
			e.note(section{parts: 2, mine: 1, calls: int64(alone) / 2, took: int64(took)}, e.clock)
		} else {
			e.clock += int64(alone)
		}
	}
	return parallel
}

func TestTrial(t *testing.T) {
	const us, ms = time.Microsecond, time.Millisecond
	for _, tc := range []struct {
		name        string
		took, alone time.Duration
		least, most float64 // share of the time on two threads
	}{
		{"helpers pay", 60 * us, 100 * us, 1, 1},
		{"helpers pay in long sections", 6 * ms, 10 * ms, 1, 1},
		{"no gain", 100 * us, 100 * us, 0, 0.01},
		{"loss", 150 * us, 100 * us, 0, 0.01},
		{"great loss", 3 * ms, 100 * us, 0, 0.02},
	} {
		var e experiment
		length := 60 * time.Second
		share := float64(e.run(tc.took, tc.alone, length)) / float64(length)
		if share > tc.most || share < 0.999*tc.least {
			t.Errorf("%s: %.3f of the time on two threads, want %v to %v", tc.name, share, tc.least, tc.most)
		}
		// What was measured before does not count for long.
		e.run(60*us, 100*us, 2*time.Duration(longPause))
		if share := float64(e.run(60*us, 100*us, time.Second)) / float64(time.Second); share < 0.999 {
			t.Errorf("%s: afterwards, with helpers that pay, %.3f of the time on two threads", tc.name, share)
		}
	}
}

// A helper that never comes leaves all calls to the caller, who gains nothing.
func TestTrialWithoutHelp(t *testing.T) {
	var s trial
	for at := range int64(100) {
		s.note(section{parts: 4, mine: 4, calls: 1e6, took: 1e6 + 100}, at)
	}
	if s.pays(1e6) {
		t.Error("several threads pay, though no helper comes")
	}
}

// While several threads do not pay a computation is not cut.
func TestWorth(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	const cost = 1 << 29 // of no other test
	s := trialOf(cost)
	defer s.until.Store(0)
	s.until.Store(now() + int64(time.Hour))
	if n := Threads(0).Worth(cost); n != 1 {
		t.Errorf("worth %d threads during a pause", n)
	}
	if n := together(0, cost); n != 1 {
		t.Errorf("%d calls ran at once during a pause", n)
	}
	s.until.Store(0)
	if n := Threads(0).Worth(cost); n != 2 {
		t.Errorf("worth %d threads after a pause", n)
	}
}
