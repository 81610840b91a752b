package trainers

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/trainers/metrics"
)

// plateau counts the evaluations since a metric last improved.
type plateau struct {
	seen bool
	best float64
	step int // of the best
	bad  int // evaluations since
}

// improved takes in an evaluation. The first improves whatever it is; one that is NaN does not.
func (p *plateau) improved(e Evaluation, metric string, minDelta float64) (bool, error) {
	v, err := watched(e, metric)
	if err != nil {
		return false, err
	}
	if !p.seen || v.Better.Improves(v.Value, p.best, minDelta) {
		*p = plateau{seen: true, best: v.Value, step: e.Step}
		return true, nil
	}
	p.bad++
	return false, nil
}

// watched is the metric of that name, which has to have a better.
func watched(e Evaluation, metric string) (metrics.Value, error) {
	v, err := e.Value(metric)
	if err == nil && v.Better == metrics.Neither {
		err = errors.Errorf("metric %q: neither higher nor lower is better, so nothing can watch it", metric)
	}
	return v, err
}

// state is what has been seen, by name.
func (p plateau) state() map[string]*tensor.Dense {
	if !p.seen {
		return map[string]*tensor.Dense{}
	}
	return map[string]*tensor.Dense{"best": number(p.best), "step": number(float64(p.step)), "bad": number(float64(p.bad))}
}

// plateauOf is what state gave; without any of it the beginning.
func plateauOf(state map[string]*tensor.Dense) (p plateau, err error) {
	if state["best"] == nil && state["step"] == nil && state["bad"] == nil {
		return plateau{}, nil
	}
	p.seen = true
	if p.best, err = numberOf(state, "best"); err != nil {
		return plateau{}, err
	}
	if p.step, err = countOf(state, "step"); err != nil {
		return plateau{}, err
	}
	p.bad, err = countOf(state, "bad")
	return p, err
}

var (
	_ Schedule = (*ReduceOnPlateau)(nil)
	_ Observer = (*ReduceOnPlateau)(nil)
	_ watcher  = (*ReduceOnPlateau)(nil)
	_ Stateful = (*ReduceOnPlateau)(nil)
)

// ReduceOnPlateau multiplies the learning rate by Factor whenever more than Patience evaluations in a
// row did not improve on the best. It is the Schedule of a Trainer and an Observer of its Evaluate at
// once. What it has seen is not part of a Position but its State.
type ReduceOnPlateau struct {
	Metric   string  // to watch, by name, in the direction that is better for it; "" means the loss
	Initial  float64 // rate at first
	Factor   float64 // in (0, 1); 0 means 0.1
	Patience int     // evaluations without improvement that are let pass; 0 means none
	MinDelta float64 // by how much a value has to be better than the best to improve on it; 0 means by anything
	Floor    float64 // the rate does not fall below it

	plateau plateau
	cuts    int
}

// Rate implements Schedule.
func (s *ReduceOnPlateau) Rate(int) float64 {
	if s == nil {
		return math.NaN()
	}
	return max(s.Initial*math.Pow(or(s.Factor, 0.1), float64(s.cuts)), s.Floor)
}

// Observe implements Observer.
func (s *ReduceOnPlateau) Observe(_ *Run, e Evaluation) error {
	if s == nil {
		return errNil(s)
	}
	if factor := or(s.Factor, 0.1); !(factor > 0 && factor < 1) {
		return errors.Errorf("reduce on plateau: Factor is %v, want 0 < Factor < 1", s.Factor)
	}
	improved, err := s.plateau.improved(e, s.Metric, s.MinDelta)
	if err != nil {
		return errors.Wrap(err, "reduce on plateau")
	}
	if !improved && s.plateau.bad > s.Patience {
		s.cuts++
		s.plateau.bad = 0
	}
	return nil
}

func (s *ReduceOnPlateau) watching() string {
	if s == nil { // as Observe says
		return ""
	}
	return s.Metric
}

// State implements Stateful: "best", "step" and "bad", the value, the step and the evaluations since of
// the best, and "cuts", how often the rate was cut.
func (s *ReduceOnPlateau) State() map[string]*tensor.Dense {
	if s == nil {
		return nil
	}
	state := s.plateau.state()
	state["cuts"] = number(float64(s.cuts))
	return state
}

// SetState implements Stateful.
func (s *ReduceOnPlateau) SetState(state map[string]*tensor.Dense) error {
	if s == nil {
		return errNil(s)
	}
	if len(state) == 0 {
		s.plateau, s.cuts = plateau{}, 0
		return nil
	}
	if err := onlyNames(state, "best", "step", "bad", "cuts"); err != nil {
		return errors.Wrap(err, "reduce on plateau")
	}
	p, err := plateauOf(state)
	if err != nil {
		return errors.Wrap(err, "reduce on plateau")
	}
	cuts, err := countOf(state, "cuts")
	if err != nil {
		return errors.Wrap(err, "reduce on plateau")
	}
	s.plateau, s.cuts = p, cuts
	return nil
}
