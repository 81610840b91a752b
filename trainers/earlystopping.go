package trainers

import (
	"fmt"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

var (
	_ Observer = (*EarlyStopping)(nil)
	_ Starter  = (*EarlyStopping)(nil)
	_ Ender    = (*EarlyStopping)(nil)
	_ watcher  = (*EarlyStopping)(nil)
	_ Stateful = (*EarlyStopping)(nil)
)

// EarlyStopping, an Observer of Evaluate, ends training when a metric has not improved for more than
// Patience evaluations in a row (Prechelt, 1998), and gives the model the parameters of the best one
// back, whatever ended training. Evaluate shows it the model before the first step too, which may stay the best;
// only where nothing was evaluated since, training keeps what it has learned.
type EarlyStopping struct {
	Metric   string  // to watch, by name, in the direction that is better for it; "" means the loss
	Patience int     // evaluations without improvement that are let pass; 0 means none
	MinDelta float64 // by how much a value has to be better than the best to improve on it; 0 means by anything
	Best     float64 // the metric's best value, filled while training
	BestStep int     // where it was

	plateau plateau
	weights map[string]*tensor.Dense // at the best
}

func (s *EarlyStopping) seesInitial() {}

// Observe implements Observer.
func (s *EarlyStopping) Observe(r *Run, e Evaluation) error {
	if err := ready(s, r); err != nil {
		return err
	}
	if r.rehearsal {
		_, err := watched(e, s.Metric)
		return errors.Wrap(err, "early stopping")
	}
	improved, err := s.plateau.improved(e, s.Metric, s.MinDelta)
	if err != nil {
		return errors.Wrap(err, "early stopping")
	}
	if improved {
		s.Best, s.BestStep, s.weights = s.plateau.best, e.Step, valuesOf(r.Model.Store())
		return nil
	}
	if s.plateau.bad > s.Patience {
		s.stop(r, e.Name+" ")
	}
	return nil
}

// Start implements Starter: a run that had stopped does not go on when it is resumed.
func (s *EarlyStopping) Start(r *Run) error {
	if err := ready(s, r); err != nil {
		return err
	}
	if s.plateau.bad > s.Patience && !r.rehearsal {
		s.stop(r, "")
	}
	return nil
}

func (s *EarlyStopping) stop(r *Run, place string) {
	r.Stop(fmt.Sprintf("%s%s %#.4g of step %d did not improve in %d evaluations",
		place, named(s.Metric, lossName), s.Best, s.BestStep, s.plateau.bad))
}

func (s *EarlyStopping) watching() string {
	if s == nil { // as Start says
		return ""
	}
	return s.Metric
}

// End implements Ender. Without an evaluation after a step the parameters stay as they are. Only Best and BestStep
// are remembered.
func (s *EarlyStopping) End(r *Run) error {
	if err := ready(s, r); err != nil {
		return err
	}
	if r.rehearsal {
		return nil
	}
	best := s.weights
	if s.plateau.step == 0 && s.plateau.bad == 0 {
		best = nil
	}
	s.plateau, s.weights = plateau{}, nil
	return errors.Wrap(r.Model.Store().SetValues(best), "early stopping")
}

// State implements Stateful: "best", "step" and "bad", the value, the step and the evaluations since of
// the best, and "weights/path", its parameters. Take it while training: after the end there is none.
func (s *EarlyStopping) State() map[string]*tensor.Dense {
	if s == nil {
		return nil
	}
	state := s.plateau.state()
	for path, v := range s.weights {
		state["weights/"+path] = v.Clone().(*tensor.Dense)
	}
	return state
}

// SetState implements Stateful. That the parameters fit the model shows at the end of training.
func (s *EarlyStopping) SetState(state map[string]*tensor.Dense) error {
	if s == nil {
		return errNil(s)
	}
	if len(state) == 0 { // Best and BestStep stay until there is another
		s.plateau, s.weights = plateau{}, nil
		return nil
	}
	if err := onlyNames(state, "best", "step", "bad", "weights/"); err != nil {
		return errors.Wrap(err, "early stopping")
	}
	p, err := plateauOf(state)
	if err != nil {
		return errors.Wrap(err, "early stopping")
	}
	weights := map[string]*tensor.Dense{}
	for key, v := range state {
		if path, ok := strings.CutPrefix(key, "weights/"); ok {
			if weights[path], err = copyOf(key, v); err != nil {
				return errors.Wrap(err, "early stopping")
			}
		}
	}
	s.plateau, s.weights, s.Best, s.BestStep = p, weights, p.best, p.step
	return nil
}

// valuesOf copies all parameters of a Store, by path.
func valuesOf(store *graph.Store) map[string]*tensor.Dense {
	values := map[string]*tensor.Dense{}
	for _, p := range store.Params() {
		values[p.Path] = p.Value.Clone().(*tensor.Dense)
	}
	return values
}

// A chooser is an Observer that chooses the best model by a metric; "" is the loss.
type chooser interface{ choosesBy() string }

// choosesBy implements chooser.
func (s *EarlyStopping) choosesBy() string { return s.Metric }
