package trainers

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/graph"
)

// A Hook watches training. One that is a Starter or an Ender too is called before and after; one that is
// a Listener hears what the others observe.
type Hook interface {
	// Step is called after each optimiser step. An error ends training.
	Step(r *Run) error
}

// A Starter is a Hook that gets ready before the first step, when r.Step is 0 or where training is
// resumed. What it emits is heard at the beginning only, not again after a resume. An error ends training.
type Starter interface {
	Start(r *Run) error
}

// An Ender is a Hook that is called once after the last step, whatever ended training.
type Ender interface {
	End(r *Run) error
}

// A Rewinder is a Hook, or an Observer of Evaluate, that is told when Recovery has gone back to an earlier
// step, r.Step, from which training goes on: what it keeps of later steps did not happen. What is Stateful is
// put back by then. An error ends training.
type Rewinder interface {
	Rewind(r *Run) error
}

// A Run is what hooks see of the training under way, as of the last step. It is theirs to read during
// the call.
type Run struct {
	Model    Model
	Session  *graph.Session // the training graph, of Shards the first: read its outputs, do not run it
	Step     int            // steps done: 1 after the first
	Steps    int            // that Fit was asked for
	Epoch    int            // of the last batch, from 0
	Loss     float64        // mean over the targets of the step
	Count    float64        // of those targets, by the weights that Model says; 0 if there were none, and Loss tells nothing
	Rate     float64        // learning rate
	GradNorm float64        // global norm, before clipping
	Elapsed  time.Duration  // since the start

	rehearsal bool
	resumed   bool
	retried   bool
	mute      bool                               // what is emitted was said before
	emitted   []string                           // names of the events of Step
	hold      func(name, unit string, value any) // keeps events back; nil: they are heard
	rows      int                                // sequences of a step; 0: the source does not say
	doing     atomic.Pointer[string]             // what takes long; nil: a step
	bars      []*progress                        // that a line is not to be written behind

	shards  *shards
	threads int // that it may use
	ctx     context.Context
	began   time.Time
	at      Position // without Runs and Carried, which the Session has
	stopped bool
	reason  string

	listeners []Listener
	failed    error // the first of a listener
}

// Context is the one that Fit was given. Once it is cancelled no further step follows. A hook whose Step that cuts short
// returns the error of the context: training ends without an error, and where it is resumed Step is called again.
func (r *Run) Context() context.Context {
	if r == nil || r.ctx == nil {
		return context.Background()
	}
	return r.ctx
}

// Resumed reports whether training goes on from a checkpoint or from Trainer.From: a hook that writes a file goes on
// with the one there is.
func (r *Run) Resumed() bool { return r != nil && r.resumed }

// Retried reports whether training begins although it was to be resumed, as there is no checkpoint: what an attempt
// that came to none has left is begun anew.
func (r *Run) Retried() bool { return r != nil && r.retried }

// Rehearsal reports whether training is only tried, by Smoke: a hook that writes files, or to its user, writes
// nothing then.
func (r *Run) Rehearsal() bool { return r != nil && r.rehearsal }

// Stop ends training after this step, when the other hooks have been called. The reason stands in the
// Report; of several the first.
func (r *Run) Stop(reason string) {
	if r != nil && !r.stopped {
		r.stopped, r.reason = true, reason
	}
}

// due reports whether something that is done every n steps, and after the last, is to be done now.
func (r *Run) due(n int) bool { return r.dueAfter(r.Step, n) }

// dueAfter is due as it will be, or was, after a step.
func (r *Run) dueAfter(step, n int) bool {
	return n > 0 && step%n == 0 || step == r.Steps
}

// clearBars makes room for a line on a terminal that shows a bar.
func (r *Run) clearBars() {
	for _, p := range r.bars {
		p.clear()
	}
}

// busy lets Progress say what takes long, until the function that it returns is called.
func (r *Run) busy(format string, args ...any) func() {
	what := fmt.Sprintf(format, args...)
	r.doing.Store(&what)
	return func() { r.doing.Store(nil) }
}

// Every makes a hook of f, called every n steps and after the last of all; n of 0 or less: only then.
func Every(n int, f func(*Run) error) Hook { return every{n, f} }

type every struct {
	n int
	f func(*Run) error
}

func (e every) Step(r *Run) error {
	switch {
	case r == nil:
		return errors.New("every: run is nil, want the one that Fit hands to its hooks")
	case e.f == nil:
		return errors.New("every: no function to call")
	case !r.due(e.n):
		return nil
	}
	return e.f(r)
}
