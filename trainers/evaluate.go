package trainers

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/internal/brief"
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
func (f ObserverFunc) Observe(r *Run, e Evaluation) error {
	if f == nil {
		return errNil(f)
	}
	return f(r, e)
}

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
	EveryRows int              // sequences trained on between evaluations, counted in whole batches; 0 means none beside Every's
	Initial   bool             // one before the first step too; without it there is one for an EarlyStopping, shown to no other Observer
	Unit      string           // of the loss, for logs and charts: "nats"
	Log       io.Writer        // a line for each evaluation; nil writes none
	Observers []Observer       // called in this order
	History   []Evaluation     // filled while training

	evaluation *evaluation
	from       int // of History, where this call of Fit begins
}

var (
	_ Hook      = (*Evaluate)(nil)
	_ Starter   = (*Evaluate)(nil)
	_ Rewinder  = (*Evaluate)(nil)
	_ Ender     = (*Evaluate)(nil)
	_ composite = (*Evaluate)(nil)
)

// A composite is a Hook that has parts which remember.
type composite interface{ parts() []any }

func (e *Evaluate) parts() []any {
	if e == nil { // as Start says
		return nil
	}
	list := make([]any, len(e.Observers))
	for i, o := range e.Observers {
		list[i] = o
	}
	return list
}

// partsOf lists the parts of what has some.
func partsOf(v any) []any {
	if c, ok := v.(composite); ok {
		return c.parts()
	}
	return nil
}

// at is the evaluation after a step of this call of Fit, if it is the last.
func (e *Evaluate) at(step int) (Evaluation, bool) {
	if n := len(e.History); n > e.from && e.History[n-1].Step == step {
		return e.History[n-1], true
	}
	return Evaluation{}, false
}

// Start implements Starter: it declares the graph, so that a mistake shows before the first step.
func (e *Evaluate) Start(r *Run) (err error) {
	if err := ready(e, r); err != nil {
		return err
	}
	var nothing Evaluation
	for _, metric := range e.Metrics {
		nothing.Values = append(nothing.Values, metric.Begin().Value())
	}
	for i, o := range e.Observers {
		if isNil(o) {
			return errors.Errorf("observer %d (%T) is nil", i, o)
		}
		if w, ok := o.(watcher); ok {
			if _, err := watched(nothing, w.watching()); err != nil {
				return errors.Wrapf(err, "observer %d (%T)", i, o)
			}
		}
	}
	if e.Average != nil && e.Average.values == nil {
		return errors.New("evaluate: Average has no values; it is to be a hook too, before this one")
	}
	if e.EveryRows < 0 || e.EveryRows > 0 && r.rows == 0 {
		return errors.Errorf("evaluate: EveryRows is %d, want 0, or more where the source says how many sequences a batch has (data.Sharder)", e.EveryRows)
	}
	src := e.Source
	if r.rehearsal && src != nil {
		src = data.First(src, 1)
	}
	done := r.busy("preparing %s", e.name())
	e.evaluation, err = newEvaluation(r.Model, src, e.Metrics, r.threads)
	done()
	if err != nil {
		return err
	}
	e.from = len(e.History)
	for i, o := range e.Observers {
		if s, ok := o.(Starter); ok {
			if err := s.Start(r); err != nil {
				return errors.Wrapf(err, "observer %d (%T)", i, o)
			}
		}
	}
	if (e.Initial || slices.ContainsFunc(e.Observers, seesInitial)) && !r.resumed && !r.rehearsal {
		return e.evaluate(r)
	}
	return nil
}

// seesInitial reports whether an Observer may give the model back as it was before the first step.
func seesInitial(o Observer) bool {
	_, ok := o.(interface{ seesInitial() })
	return ok
}

func (e *Evaluate) name() string { return named(e.Name, "validation") }

// Step implements Hook.
func (e *Evaluate) Step(r *Run) error {
	if err := ready(e, r); err != nil {
		return err
	}
	if r.rehearsal && r.Step == r.Steps || !r.rehearsal && e.due(r) {
		return e.evaluate(r)
	}
	return nil
}

// due reports whether steps, or rows, are a multiple that has come with this step.
func (e *Evaluate) due(r *Run) bool {
	if n := e.EveryRows; n > 0 && r.Step*r.rows/n > (r.Step-1)*r.rows/n {
		return true
	}
	return r.due(e.Every)
}

// evaluate measures the model, or its average.
func (e *Evaluate) evaluate(r *Run) error {
	defer r.busy("evaluating %s", e.name())()
	if e.Average != nil {
		return e.Average.Use(r.Model.Store(), func() error { return e.measure(r) })
	}
	return e.measure(r)
}

func (e *Evaluate) measure(r *Run) error {
	if e.evaluation == nil {
		return errors.Errorf("evaluate %q: Start was not called", e.name())
	}
	now, err := e.evaluation.run(r.ctx)
	if err != nil {
		return err
	}
	now.Step, now.Name = r.Step, e.name()
	if !r.rehearsal {
		e.History = append(e.History, now)
	}
	r.Quantity(now.Name+"/"+lossName, now.Loss, e.Unit)
	for _, v := range now.Values {
		r.Quantity(now.Name+"/"+v.Name, v.Value, v.Unit)
	}
	if e.Log != nil && !r.rehearsal {
		r.clearBars()
		if err := e.write(now, r.Elapsed); err != nil {
			return err
		}
	}
	for i, o := range e.Observers {
		if r.Step == 0 && !e.Initial && !seesInitial(o) {
			continue
		}
		err := o.Observe(r, now)
		if cancelled := r.ctx.Err(); err != nil && (cancelled == nil || !errors.Is(err, cancelled)) {
			return errors.Wrapf(err, "observer %d (%T)", i, o)
		}
	}
	return nil
}

// write writes a line:
//
//	step 200  validation loss 1.234  accuracy 51.20 %  1m32s
func (e *Evaluate) write(now Evaluation, elapsed time.Duration) error {
	line := fmt.Sprintf("step %d  %s %v", now.Step, brief.Line(now.Name), metrics.Value{Name: lossName, Unit: brief.Line(e.Unit), Value: now.Loss})
	for _, v := range now.Values {
		line += "  " + v.String()
	}
	_, err := fmt.Fprintf(e.Log, "%s  %v\n", line, elapsed.Round(time.Second))
	return err
}

// Rewind implements Rewinder: evaluations that did not happen are out of History.
func (e *Evaluate) Rewind(r *Run) error {
	if err := ready(e, r); err != nil {
		return err
	}
	for n := len(e.History); n > e.from && e.History[n-1].Step > r.Step; n-- {
		e.History = e.History[:n-1]
	}
	for i, o := range e.Observers {
		if err := rewind(o, r); err != nil {
			return errors.Wrapf(err, "observer %d (%T)", i, o)
		}
	}
	return nil
}

// End implements Ender.
func (e *Evaluate) End(r *Run) error {
	if err := ready(e, r); err != nil {
		return err
	}
	var err error
	for _, o := range e.Observers {
		if ender, ok := o.(Ender); ok {
			err = first(err, ender.End(r))
		}
	}
	if e.evaluation != nil {
		err = first(err, e.evaluation.close())
		e.evaluation = nil
	}
	return err
}

// score implements scorer: by the metric that an observer chooses by, and else by the loss.
func (e *Evaluate) score(step int) (v metrics.Value, scored bool) {
	now, seen := e.at(step)
	if !seen {
		return metrics.Value{}, false
	}
	metric := ""
	for _, o := range e.Observers {
		if c, ok := o.(chooser); ok {
			metric = c.choosesBy()
			break
		}
	}
	v, err := watched(now, metric)
	return v, err == nil
}

// activations implements activator.
func (e *Evaluate) activations() int64 {
	if e.evaluation == nil {
		return 0
	}
	return e.evaluation.activations()
}
