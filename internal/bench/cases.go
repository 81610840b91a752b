package main

import (
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// benchmark is a case.
type benchmark struct {
	name, about string
	own         bool                      // nothing to compare others by: it runs when it is named
	items       int                       // timesteps of all sequences in a step, or whatever about says
	flops       float64                   // of the matrix products in a step; 0: not counted
	prepare     func() (*workload, error) // nil: the peak itself
}

// workload is what is timed.
type workload struct {
	step  func() error
	close func() error
}

// benchmarks lists all cases.
func benchmarks() []benchmark {
	small := func(cell string) training { return training{cell, 32, 50, 128, 128, 96, 1} }
	medium := func(cell string) training { return training{cell, 32, 50, 256, 256, 96, 2} }
	all := []benchmark{
		small("rnn").benchmark("train-rnn-small"),
		small("gru").benchmark("train-gru-small"),
		small("lstm").benchmark("train-lstm-small"),
		medium("rnn").benchmark("train-rnn-medium"),
		medium("gru").benchmark("train-gru-medium"),
		medium("lstm").benchmark("train-lstm-medium"),
		training{"lstm", 64, 100, 512, 512, 96, 1}.benchmark("train-lstm-large"),
		training{"lstm", 20, 35, 200, 200, 10000, 2}.benchmark("train-lstm-ptb"),
		small("custom").benchmark("train-custom-small"),
		medium("custom").benchmark("train-custom-medium"),
		inference{"lstm", 256, 256, 96, 2}.benchmark("infer-lstm"),
		inference{"gru", 256, 256, 96, 2}.benchmark("infer-gru"),
		{name: "peak", own: true, about: "matrix products alone: the best rate seen, of all cores and of one"},
		unrolled(small("lstm"), "unrolled-small"),
		training{"gru", 16, 64, 256, 256, 96, 1}.named("train-charlm"),
		stream{256, 1, 1}.benchmark(),
		stream{256, 16, 1}.benchmark(),
		stream{256, 16, 16}.benchmark(),
	}
	for _, T := range []int{10, 30, 100, 300, 1000} {
		all = append(all, ofLength(small("lstm"), T))
	}
	all = append(all, short(small("lstm"), 10, 1000))
	for _, T := range []int{10, 100, 1000} {
		all = append(all, compiling(training{"lstm", 32, T, 256, 256, 96, 2}))
	}
	return all
}

// choose finds cases by their names; without any it is those that others are compared by.
func choose(names []string) ([]benchmark, error) {
	all := benchmarks()
	if len(names) == 0 {
		return slices.DeleteFunc(all, func(c benchmark) bool { return c.own }), nil
	}
	var chosen []benchmark
	for _, name := range names {
		i := slices.IndexFunc(all, func(c benchmark) bool { return c.name == name })
		if i < 0 {
			var known []string
			for _, c := range all {
				known = append(known, c.name)
			}
			return nil, errors.Errorf("unknown case %q; there are %s", name, strings.Join(known, ", "))
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// usage explains the flags and the cases.
func usage(flags *flag.FlagSet) {
	w := flags.Output()
	fmt.Fprintf(w, "Usage: bench [flags] [CASE...]\n\n")
	flags.PrintDefaults()
	list := func(title string, own bool) {
		fmt.Fprintf(w, "\n%s\n", title)
		for _, c := range benchmarks() {
			if c.own == own {
				fmt.Fprintf(w, "  %-20s %s\n", c.name, c.about)
			}
		}
	}
	list("Cases:", false)
	list("Cases that run when they are named:", true)
}
