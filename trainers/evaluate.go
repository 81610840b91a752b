package trainers

import (
	"context"
	"fmt"
	"io"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers/data"
)

// Loss is the model's mean loss over epoch 0 of src, without dropout and from a carried state of zeros.
// Batches count alike, or as much as the output "count" of the model says. A model that was not
// trained gets the parameters that training would begin with.
func Loss(ctx context.Context, m Model, src data.Source) (float64, error) {
	session, err := evaluation(m, src)
	if err != nil {
		return 0, err
	}
	defer session.Close()
	return meanLoss(ctx, session, src)
}

// evaluation builds the graph that meanLoss runs.
func evaluation(m Model, src data.Source) (*graph.Session, error) {
	switch {
	case m == nil:
		return nil, errors.New("evaluate: no Model")
	case src == nil:
		return nil, errors.New("evaluate: no Source")
	}
	session, err := graph.Build(m.Store(), func(s *graph.Scope) *G.Node {
		loss := m.Loss(s, src.Spec())
		if loss == nil {
			s.Fail("the model declares no loss")
		}
		return loss
	}, graph.Eval())
	return session, errors.Wrap(err, "evaluate")
}

func meanLoss(ctx context.Context, session *graph.Session, src data.Source) (float64, error) {
	session.ResetCarry()
	inputs := session.Inputs()
	var sum, weight float64
	for batch, err := range src.Batches(0, 0) {
		if err != nil {
			return 0, errors.Wrap(err, "evaluate")
		}
		feed, err := pick(batch, inputs)
		if err != nil {
			return 0, errors.Wrap(err, "evaluate")
		}
		if err := session.Run(ctx, feed); err != nil {
			return 0, errors.Wrap(err, "evaluate")
		}
		n, err := count(session)
		if err != nil {
			return 0, err
		}
		if n > 0 { // of no targets there is no mean
			sum += n * session.Cost()
			weight += n
		}
	}
	if weight == 0 {
		return 0, errors.New("evaluate: the source has no target that counts")
	}
	return sum / weight, nil
}

// count is how much the batch of the last run weighs.
func count(session *graph.Session) (float64, error) {
	out, err := session.Output("count")
	if err != nil {
		return 1, nil // not declared: after a run there is no other error
	}
	switch n := out.Data().(type) {
	case float32:
		return float64(n), nil
	case float64:
		return n, nil
	case int:
		return float64(n), nil
	}
	return 0, errors.Errorf(`evaluate: output "count" has shape %v, want a scalar`, out.Shape())
}

// An Evaluation is the loss on held-out data after a step.
type Evaluation struct {
	Step int
	Loss float64
}

// An Observer is told of each evaluation.
type Observer interface {
	Observe(r *Run, e Evaluation) error
}

// ObserverFunc makes an Observer of a function.
type ObserverFunc func(r *Run, e Evaluation) error

// Observe implements Observer.
func (f ObserverFunc) Observe(r *Run, e Evaluation) error { return f(r, e) }

// Evaluate is a hook that measures the model on other data, as Loss does, and leaves training as it
// would be without. Observers that are Enders get their End from it.
type Evaluate struct {
	Source    data.Source
	Every     int          // steps between evaluations; 0 means only after the last step, which always has one
	Log       io.Writer    // a line for each evaluation; nil writes none
	Observers []Observer   // called in this order
	History   []Evaluation // filled while training

	session *graph.Session
}

var (
	_ Hook    = (*Evaluate)(nil)
	_ Starter = (*Evaluate)(nil)
	_ Ender   = (*Evaluate)(nil)
)

// Start implements Starter: it declares the graph, so that a mistake shows before the first step.
func (e *Evaluate) Start(r *Run) (err error) {
	e.session, err = evaluation(r.Model, e.Source)
	return err
}

// Step implements Hook.
func (e *Evaluate) Step(r *Run) error {
	if !r.due(e.Every) {
		return nil
	}
	loss, err := meanLoss(r.ctx, e.session, e.Source)
	if err != nil {
		return err
	}
	now := Evaluation{Step: r.Step, Loss: loss}
	e.History = append(e.History, now)
	r.Scalar("validation/loss", loss)
	if e.Log != nil {
		if _, err := fmt.Fprintf(e.Log, "step %d  validation loss %#.4g\n", now.Step, now.Loss); err != nil {
			return err
		}
	}
	for i, o := range e.Observers {
		if err := o.Observe(r, now); err != nil {
			return errors.Wrapf(err, "observer %d (%T)", i, o)
		}
	}
	return nil
}

// End implements Ender.
func (e *Evaluate) End(r *Run) error {
	var err error
	for _, o := range e.Observers {
		if ender, ok := o.(Ender); ok {
			err = first(err, ender.End(r))
		}
	}
	if e.session != nil {
		err = first(err, e.session.Close())
		e.session = nil
	}
	return err
}
