package main

import (
	"runtime"
	"slices"
	"time"

	"github.com/pkg/errors"
)

// protocol is how long a case is measured.
type protocol struct {
	warmup, least int // steps
	budget        time.Duration
}

// timing is the median step of a case, and how many threads it took.
type timing struct {
	seconds float64
	threads int
}

// measure times a case with each number of threads and returns the fastest.
func (p protocol) measure(c benchmark, threads []int) (timing, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var best timing
	for _, n := range threads {
		runtime.GOMAXPROCS(n)
		work, err := c.prepare()
		if err != nil {
			return best, err
		}
		runtime.GC() // what cases before this one have left
		seconds, err := p.seconds(work.step)
		if closing := work.close(); err == nil {
			err = closing
		}
		if err != nil {
			return best, errors.Wrapf(err, "%d threads", n)
		}
		if best.threads == 0 || seconds < best.seconds {
			best = timing{seconds, n}
		}
	}
	return best, nil
}

// seconds is the median time of a step.
func (p protocol) seconds(step func() error) (float64, error) {
	for range p.warmup {
		if err := step(); err != nil {
			return 0, err
		}
	}
	var times []float64
	for start := time.Now(); len(times) < p.least || time.Since(start) < p.budget; {
		began := time.Now()
		if err := step(); err != nil {
			return 0, err
		}
		times = append(times, time.Since(began).Seconds())
	}
	return median(times), nil
}

// median of values, of which there is at least one.
func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
