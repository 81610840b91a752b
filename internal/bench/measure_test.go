package main

import (
	"errors"
	"runtime"
	"testing"
	"time"
)

func TestMeasure(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	steps, closed := 0, 0
	pauses := map[int]time.Duration{1: 50 * time.Millisecond, 2: time.Millisecond} // far apart: machines are busy
	c := benchmark{prepare: func() (*workload, error) {
		n := runtime.GOMAXPROCS(0)
		return &workload{
			step:  func() error { steps++; time.Sleep(pauses[n]); return nil },
			close: func() error { closed++; return nil },
		}, nil
	}}
	got, err := protocol{warmup: 3, least: 5}.measure(c, []int{1, 2})
	if err != nil || got.threads != 2 || got.seconds < 1e-3 {
		t.Errorf("measured %+v (%v), want 2 threads at 1 ms or more", got, err)
	}
	if steps != 16 || closed != 2 {
		t.Errorf("%d steps, %d times closed; want 16 and 2", steps, closed)
	}
	if after := runtime.GOMAXPROCS(0); after != before {
		t.Errorf("left %d threads, found %d", after, before)
	}
}

func TestMeasureFails(t *testing.T) {
	broken := errors.New("broken")
	for name, prepare := range map[string]func() (*workload, error){
		"prepare": func() (*workload, error) { return nil, broken },
		"step": func() (*workload, error) {
			return &workload{func() error { return broken }, func() error { return nil }}, nil
		},
		"close": func() (*workload, error) {
			return &workload{func() error { return nil }, func() error { return broken }}, nil
		},
	} {
		if _, err := (protocol{least: 1}).measure(benchmark{prepare: prepare}, []int{1}); !errors.Is(err, broken) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestMedian(t *testing.T) {
	if got := median([]float64{5, 1, 3}); got != 3 {
		t.Errorf("of three: %v", got)
	}
	if got := median([]float64{4, 1, 3, 9}); got != 3.5 {
		t.Errorf("of four: %v", got)
	}
}
