package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/pkg/errors"
)

// turns compares a case on one thread with the same on several, by turns: what else the machine does then
// disturbs both alike.
type turns struct {
	rounds int
	length time.Duration // of a turn
	load   int           // processes beside that are always busy
}

// spent is what the steps on some threads took.
type spent struct {
	steps     int
	wall, cpu time.Duration
}

func (s spent) millis() (wall, cpu float64) {
	n := float64(max(1, s.steps))
	return s.wall.Seconds() * 1e3 / n, s.cpu.Seconds() * 1e3 / n
}

// run measures the case in rounds of two turns, on one thread and on threads.
func (t turns) run(w io.Writer, c benchmark, threads int) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	work, err := c.prepare()
	if err != nil {
		return err
	}
	defer work.close()
	busy, err := occupy(t.load)
	if err != nil {
		return err
	}
	defer busy()
	on := []int{1, threads}
	var all [2]spent
	for round := range t.rounds + 1 {
		for i, n := range on {
			runtime.GOMAXPROCS(n)
			s, err := during(t.length, work.step)
			if err != nil {
				return err
			}
			if round > 0 { // the first is to warm up
				all[i].steps, all[i].wall, all[i].cpu = all[i].steps+s.steps, all[i].wall+s.wall, all[i].cpu+s.cpu
			}
		}
	}
	one, oneCPU := all[0].millis()
	several, severalCPU := all[1].millis()
	_, err = fmt.Fprintf(w, "%-22s  load %d  1 thread %9.3f ms (cpu %9.3f)  %d threads %9.3f ms (cpu %9.3f)  ratio %.2f\n",
		c.name, t.load, one, oneCPU, threads, several, severalCPU, several/one)
	return err
}

// during takes steps for so long, at least one.
func during(length time.Duration, step func() error) (s spent, err error) {
	cpu, start := processTime(), time.Now()
	for s.steps == 0 || time.Since(start) < length {
		if err := step(); err != nil {
			return s, err
		}
		s.steps++
	}
	s.wall, s.cpu = time.Since(start), processTime()-cpu
	return s, nil
}

// busyCommand is the first argument of a process that only keeps a processor busy, until its input ends.
const busyCommand = "keep-busy"

func keepBusy(input io.Reader) {
	var ended atomic.Bool
	go func() {
		_, _ = io.Copy(io.Discard, input)
		ended.Store(true)
	}()
	for !ended.Load() { // busy on purpose
	}
}

// occupy starts busy processes; stop ends them.
func occupy(n int) (stop func(), err error) {
	var stops []func()
	stop = func() {
		for _, s := range stops {
			s()
		}
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	for range n {
		busy := exec.Command(self, busyCommand)
		input, err := busy.StdinPipe()
		if err == nil {
			err = busy.Start()
		}
		if err != nil {
			stop()
			return nil, errors.Wrap(err, "load")
		}
		stops = append(stops, func() {
			input.Close()
			_ = busy.Wait()
		})
	}
	return stop, nil
}
