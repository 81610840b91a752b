package trainers

import (
	"strings"
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
	Name    string        // such as "loss" or "update_ratio/lm/rnn/wx", in UTF-8
	Unit    string        // of a number: "nats"; "" where there is none, or it is not known
	Value   any           // float64, string, Histogram or Curves
}

// Curves are lines that belong in one picture, such as a forecast beside the truth.
type Curves struct {
	X, Y  string  // what the axes show, such as "month" and "passengers"
	Unit  string  // of y: "thousands"; "" where there is none
	Dates bool    // x are times, in seconds since 1970 as Time.Unix has them, shown as dates in UTC
	Lines []Curve // the first, as a rule the truth, is drawn in the colour of text
	Bands []Band  // below the lines, such as between two quantiles
}

// A Band is what lies between two lines.
type Band struct {
	Name         string    // "10 to 90 %"
	X            []float64 // as long as Lower and Upper; nil counts 0, 1, 2, …
	Lower, Upper []float64
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

// Quantity emits a number that has a unit, "nats" or "°C".
func (r *Run) Quantity(name string, value float64, unit string) {
	if r != nil && len(r.listeners) > 0 {
		r.emitIn(name, value, unit)
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

// Curves emits a picture. Its lines and bands are not to be changed afterwards. Where one has not as many x as y,
// training ends with an error.
func (r *Run) Curves(name string, value Curves) {
	if r == nil || len(r.listeners) == 0 {
		return
	}
	if err := value.check(); err != nil {
		r.failed = first(r.failed, errors.Wrapf(err, "curves %q", name))
		return
	}
	r.emit(name, value)
}

func (c Curves) check() error {
	for _, l := range c.Lines {
		if l.X != nil && len(l.X) != len(l.Y) {
			return errors.Errorf("line %q has %d x, want %d as there are y", l.Name, len(l.X), len(l.Y))
		}
	}
	for _, b := range c.Bands {
		if len(b.Lower) != len(b.Upper) || b.X != nil && len(b.X) != len(b.Lower) {
			return errors.Errorf("band %q has %d x, %d lower and %d upper values, want as many of each", b.Name, len(b.X), len(b.Lower), len(b.Upper))
		}
	}
	return nil
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
func (r *Run) emit(name string, value any) { r.emitIn(name, value, "") }

func (r *Run) emitIn(name string, value any, unit string) {
	name = strings.ToValidUTF8(name, "\uFFFD") // a checkpoint says it too
	switch {
	case r.mute:
		return
	case r.hold != nil:
		r.hold(name, unit, value)
		return
	}
	r.emitted = append(r.emitted, name)
	e := Event{Step: r.Step, Epoch: r.Epoch, Elapsed: r.Elapsed, Name: name, Unit: unit, Value: value}
	for _, l := range r.listeners {
		if r.failed == nil {
			r.failed = errors.Wrapf(l.Event(r, e), "%T: %s", l, name)
		}
	}
}
