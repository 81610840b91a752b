// Command bench measures how fast recurrent networks train and generate on this machine.
//
//	go run ./internal/bench [-json] [-budget 4s] [-threads n] [CASE...]
//	go run ./internal/bench -turns 20 [-load n] [-budget 4s] [-threads n] [CASE...]
//
// A case runs with one thread and with all cores, and the better of the two counts: three steps to warm
// up, then steps until the budget is spent, at least five, of which it is the median. Without CASE it
// runs those that other frameworks are compared by; -h lists them and the others.
//
// With -turns a case runs on one thread and on several by turns, and the ratio of the two counts; -load has
// other processes keep as many processors busy meanwhile.
//
// Training cases also tell how much of the machine they use: the floating-point operations of their
// matrix products, beside what a matrix product alone reached in the same run.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/internal/kernel"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == busyCommand {
		keepBusy(os.Stdin)
		return
	}
	err := run(os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run is main without the process.
func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { usage(flags) }
	asJSON := flags.Bool("json", false, "print a line of JSON for each case")
	budget := flags.Duration("budget", 4*time.Second, "time to measure a case for, with each number of threads")
	n := flags.Int("threads", 0, "threads to run with; 0: one, and GOMAXPROCS")
	rounds := flags.Int("turns", 0, "compare one thread with several in so many rounds, instead")
	load := flags.Int("load", 0, "with -turns: processes beside that keep a processor busy each")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *budget < 0 || *n < 0 {
		return errors.Errorf("budget %v, %d threads: want 0 or more", *budget, *n)
	}
	selected, err := choose(flags.Args())
	if err != nil {
		return err
	}
	if *rounds < 0 || *load < 0 || *load > 0 && *rounds == 0 {
		return errors.Errorf("%d turns, load %d: want 0 or more, and a load with -turns only", *rounds, *load)
	}
	threads := []int{*n}
	if *n == 0 {
		threads = slices.Compact([]int{1, runtime.GOMAXPROCS(0)})
	}

	if *rounds > 0 {
		return byTurns(stdout, selected, turns{rounds: *rounds, length: *budget / time.Duration(2**rounds), load: *load}, slices.Max(threads))
	}

	b := bench{protocol: protocol{warmup: 3, least: 5, budget: *budget}, threads: threads}
	out := printer{w: stdout, json: *asJSON}
	for _, c := range selected {
		out.name = max(out.name, len(c.name))
	}
	for _, c := range selected {
		r, err := b.row(c)
		if err != nil {
			return errors.Wrap(err, c.name)
		}
		if err := out.print(r); err != nil {
			return err
		}
	}
	return nil
}

func byTurns(w io.Writer, selected []benchmark, t turns, threads int) error {
	for _, c := range selected {
		if c.prepare == nil {
			return errors.Errorf("%s has no steps to take by turns", c.name)
		}
		if err := t.run(w, c, threads); err != nil {
			return errors.Wrap(err, c.name)
		}
	}
	return nil
}

// bench is one run of the command.
type bench struct {
	protocol
	threads []int
	peak    peak // measured when it is first needed
}

// cores is how many threads there are at most.
func (b *bench) cores() int { return slices.Max(b.threads) }

// row runs a case.
func (b *bench) row(c benchmark) (row, error) {
	if (c.flops > 0 || c.prepare == nil) && b.peak == (peak{}) {
		b.peak = measurePeak(min(b.budget, time.Second), b.cores())
	}
	r := row{Case: c.name, Engine: "elman " + kernel.Path()}
	if c.prepare == nil {
		best := b.peak.all
		r.PerSecond, r.Millis, r.Threads = 1/best.seconds, best.seconds*1e3, b.cores()
		r.GFLOPS, r.CoreGFLOPS = best.rate()/1e9, b.peak.core.rate()/1e9
		return r, nil
	}
	t, err := b.measure(c, b.threads)
	if err != nil {
		return row{}, err
	}
	r.PerSecond, r.Millis, r.Threads = float64(c.items)/t.seconds, t.seconds*1e3, t.threads
	if c.flops > 0 {
		r.GFLOPS = c.flops / t.seconds / 1e9
		r.PeakFraction = r.GFLOPS * 1e9 / (b.peak.core.rate() * float64(b.cores()))
	}
	return r, nil
}
