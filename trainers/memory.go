package trainers

import (
	"fmt"
	"runtime"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers/data"
)

// memory foresees what training will take, lets Progress say it, and refuses what cannot be had.
func (f *fit) memory() error {
	r := f.run
	m := r.Session.Memory()
	activations := int64(len(r.shards.sessions)) * m.Activations
	for _, h := range f.Hooks {
		if a, ok := h.(activator); ok {
			activations += a.activations()
		}
	}
	var trained int64
	for _, g := range f.grads {
		trained += int64(g.Value.MemSize())
	}
	moments := int64(momentsOf(f.Optimizer)) * trained
	more := activations + moments
	if r.Step > 0 { // resumed: they are there
		more -= moments
	}
	if f.Checkpoints.Dir != "" { // a copy of what is saved
		more += m.Parameters + moments
	}
	runtime.GC()
	runtime.GC() // of what pools and finalisers held
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	total, limit := int64(now.HeapAlloc)+more, graph.MemoryLimit()
	needs := fmt.Sprintf("parameters %s, activations %s, %s in all", megabytes(m.Parameters), megabytes(activations), megabytes(total))
	if total > limit {
		return errors.Errorf("memory: %s; there are %s. Activations grow with the batch and the number of timesteps; "+
			"a recurrence that keeps its history in segments needs a part of them", needs, megabytes(limit))
	}
	return f.announce("memory: " + needs)
}

// dropped says how much each epoch leaves out.
func (f *fit) dropped() error {
	d, ok := f.source.(data.Dropper)
	if !ok || d.Dropped().Count == 0 {
		return nil
	}
	return f.announce(fmt.Sprintf("data: %v fill no batch and are left out of each epoch", d.Dropped()))
}

func (f *fit) announce(line string) error {
	for _, h := range f.Hooks {
		if p, ok := h.(announcer); ok {
			if err := p.announce(line); err != nil {
				return err
			}
		}
	}
	return nil
}

// An activator is a Hook that keeps graphs of its own, whose activations take so many bytes.
type activator interface{ activations() int64 }

// An announcer is a Hook that says things before the first step.
type announcer interface{ announce(line string) error }

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// momentsOf is how many tensors an optimiser keeps for each parameter. Of one that is not this package's it
// is a guess.
func momentsOf(o Optimizer) int {
	switch o := o.(type) {
	case rule:
		return len(o.moments())
	case *GradientNoise:
		return momentsOf(o.Optimizer)
	case Groups:
		most := 0
		for _, g := range o {
			most = max(most, momentsOf(g.Optimizer))
		}
		return most
	}
	return 2
}
