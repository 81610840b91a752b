package trainers

import (
	"fmt"
	"io"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/metrics"
)

// An Observer is told of each evaluation.
type Observer interface {
	Observe(r *Run, e Evaluation) error
}

// ObserverFunc makes an Observer of a function.
type ObserverFunc func(r *Run, e Evaluation) error

// Observe implements Observer.
func (f ObserverFunc) Observe(r *Run, e Evaluation) error { return f(r, e) }

// A watcher is an Observer that reads one metric.
type watcher interface{ watching() string }

// Evaluate is a hook that measures the model on other data, as Measure does, and leaves training as it
// would be without. Observers that are Starters or Enders get their Start and End from it. Several, of
// different names, may stand side by side: one on the validation data, one on a part of the training data.
type Evaluate struct {
	Name      string // in the log and in Evaluations; "" means "validation"
	Source    data.Source
	Metrics   []metrics.Metric // measured beside the loss
	Average   *EMA             // measured, and shown to observers, in the place of the parameters; nil: themselves
	Every     int              // steps between evaluations; 0 means only after the last step, which always has one
	Unit      string           // of the loss, for the log: "nats"
	Log       io.Writer        // a line for each evaluation; nil writes none
	Observers []Observer       // called in this order
	History   []Evaluation     // filled while training

	evaluation *evaluation
}

var (
	_ Hook    = (*Evaluate)(nil)
	_ Starter = (*Evaluate)(nil)
	_ Ender   = (*Evaluate)(nil)
)

// Start implements Starter: it declares the graph, so that a mistake shows before the first step.
func (e *Evaluate) Start(r *Run) (err error) {
	var nothing Evaluation
	for _, metric := range e.Metrics {
		nothing.Values = append(nothing.Values, metric.Begin().Value())
	}
	for i, o := range e.Observers {
		if w, ok := o.(watcher); ok {
			if _, err := watched(nothing, w.watching()); err != nil {
				return errors.Wrapf(err, "observer %d (%T)", i, o)
			}
		}
	}
	if e.Average != nil && e.Average.values == nil {
		return errors.New("evaluate: Average has no values; it is to be a hook too, before this one")
	}
	if e.evaluation, err = newEvaluation(r.Model, e.Source, e.Metrics); err != nil {
		return err
	}
	for i, o := range e.Observers {
		if s, ok := o.(Starter); ok {
			if err := s.Start(r); err != nil {
				return errors.Wrapf(err, "observer %d (%T)", i, o)
			}
		}
	}
	return nil
}

// Step implements Hook.
func (e *Evaluate) Step(r *Run) error {
	if !r.due(e.Every) {
		return nil
	}
	if e.Average != nil {
		return e.Average.Use(r.Model.Store(), func() error { return e.measure(r) })
	}
	return e.measure(r)
}

func (e *Evaluate) measure(r *Run) error {
	now, err := e.evaluation.run(r.ctx)
	if err != nil {
		return err
	}
	now.Step, now.Name = r.Step, named(e.Name, "validation")
	e.History = append(e.History, now)
	r.Scalar(now.Name+"/"+lossName, now.Loss)
	for _, v := range now.Values {
		r.Scalar(now.Name+"/"+v.Name, v.Value)
	}
	if e.Log != nil {
		if err := e.write(now); err != nil {
			return err
		}
	}
	for i, o := range e.Observers {
		err := o.Observe(r, now)
		if cancelled := r.ctx.Err(); err != nil && (cancelled == nil || !errors.Is(err, cancelled)) {
			return errors.Wrapf(err, "observer %d (%T)", i, o)
		}
	}
	return nil
}

// write writes a line:
//
//	step 200  validation loss 1.234  accuracy 51.20 %
func (e *Evaluate) write(now Evaluation) error {
	line := fmt.Sprintf("step %d  %s %v", now.Step, now.Name, metrics.Value{Name: lossName, Unit: e.Unit, Value: now.Loss})
	for _, v := range now.Values {
		line += "  " + v.String()
	}
	_, err := fmt.Fprintln(e.Log, line)
	return err
}

// End implements Ender.
func (e *Evaluate) End(r *Run) error {
	var err error
	for _, o := range e.Observers {
		if ender, ok := o.(Ender); ok {
			err = first(err, ender.End(r))
		}
	}
	if e.evaluation != nil {
		err = first(err, e.evaluation.session.Close())
		e.evaluation = nil
	}
	return err
}
