package trainers

import (
	"time"

	"github.com/pkg/errors"
)

// An Event is something that was observed of a run. Fit emits "loss", "rate" and "grad_norm" after each
// step, Evaluate "validation/loss" and its metrics; hooks add their own with the methods of Run. A name is
// a path: what it begins with groups it.
type Event struct {
	Step    int           // steps done
	Epoch   int           // of the last batch, from 0
	Elapsed time.Duration // since this call of Fit began
	Name    string        // such as "loss" or "update_ratio/lm/rnn/wx"
	Value   any           // float64, string, Histogram or Curves
}

// Curves are lines that belong in one picture, such as a forecast beside the truth.
type Curves struct {
	X, Y  string  // what the axes show, with units, such as "month" and "thousand passengers"
	Lines []Curve // the first, as a rule the truth, is drawn in the colour of text
}

// A Curve is one line.
type Curve struct {
	Name string
	X    []float64 // as long as Y; nil counts 0, 1, 2, …
	Y    []float64
}

// A Listener is a Hook that receives every event, in order, on the goroutine of training. Of all hooks it
// is the first to start and the last to end, and its Step follows what the other hooks observed of the
// step. An error ends training. A listener emits nothing itself; what it is given it may keep, but not
// change.
type Listener interface {
	Event(r *Run, e Event) error
}

// Scalar emits a number. Like the other methods that emit, it does nothing where nobody listens.
func (r *Run) Scalar(name string, value float64) {
	if r != nil && len(r.listeners) > 0 {
		r.emit(name, value)
	}
}

// Text emits a text, such as a sample of what the model writes.
func (r *Run) Text(name, value string) {
	if r != nil && len(r.listeners) > 0 {
		r.emit(name, value)
	}
}

// Histogram emits how values are distributed.
func (r *Run) Histogram(name string, values []float64) {
	if r != nil && len(r.listeners) > 0 {
		r.emit(name, NewHistogram(values))
	}
}

// Curves emits a picture. Its lines are not to be changed afterwards.
func (r *Run) Curves(name string, value Curves) {
	if r != nil && len(r.listeners) > 0 {
		r.emit(name, value)
	}
}

// Emitted are the names of the events of r.Step so far, in order, those before a resume included. A Listener
// that goes on with a file, in Start or Rewind, drops whatever else that says of the step, and all of later ones:
// it comes again. nil: not known, as after Trainer.From. It is not to be changed.
func (r *Run) Emitted() []string {
	if r == nil {
		return nil
	}
	return r.emitted
}

// emit keeps the first error, with which training ends when the hook that emits returns.
func (r *Run) emit(name string, value any) {
	if r.mute {
		return
	}
	r.emitted = append(r.emitted, name)
	e := Event{Step: r.Step, Epoch: r.Epoch, Elapsed: r.Elapsed, Name: name, Value: value}
	for _, l := range r.listeners {
		if r.failed == nil {
			r.failed = errors.Wrapf(l.Event(r, e), "%T: %s", l, name)
		}
	}
}
