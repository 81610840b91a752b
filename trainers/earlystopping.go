package trainers

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

var (
	_ Observer = (*EarlyStopping)(nil)
	_ Ender    = (*EarlyStopping)(nil)
)

// EarlyStopping, an Observer of Evaluate, ends training when the loss has not improved for more than
// Patience evaluations in a row (Prechelt, 1998), and gives the model the parameters of the best one
// back, whatever ended training.
type EarlyStopping struct {
	Patience int        // evaluations without improvement that are let pass; 0 means none
	MinDelta float64    // by how much a loss has to be below the best to improve on it; 0 means by anything
	Best     Evaluation // filled while training

	plateau plateau
	weights *graph.Store
}

// Observe implements Observer.
func (s *EarlyStopping) Observe(r *Run, e Evaluation) error {
	if s.plateau.improved(e, s.MinDelta) {
		s.Best, s.weights = e, r.Model.Store().Snapshot()
		return nil
	}
	if s.plateau.bad > s.Patience {
		r.Stop(fmt.Sprintf("validation loss %#.4g of step %d did not improve in %d evaluations", s.Best.Loss, s.Best.Step, s.plateau.bad))
	}
	return nil
}

// End implements Ender. Without an evaluation the parameters stay as they are. Only Best is remembered.
func (s *EarlyStopping) End(r *Run) error {
	if s.weights == nil {
		return nil
	}
	best := map[string]*tensor.Dense{}
	for _, p := range s.weights.Params() {
		best[p.Path] = p.Value
	}
	s.plateau, s.weights = plateau{}, nil
	return r.Model.Store().SetValues(best)
}
