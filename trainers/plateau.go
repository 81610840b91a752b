package trainers

import (
	"math"

	"github.com/pkg/errors"
)

// plateau counts the evaluations since the loss last improved.
type plateau struct {
	seen bool
	best Evaluation
	bad  int
}

// improved takes in an evaluation. The first improves whatever it is; one that is NaN does not.
func (p *plateau) improved(e Evaluation, minDelta float64) bool {
	if !p.seen || e.Loss < p.best.Loss-minDelta || math.IsNaN(p.best.Loss) && !math.IsNaN(e.Loss) {
		p.seen, p.best, p.bad = true, e, 0
		return true
	}
	p.bad++
	return false
}

var (
	_ Schedule = (*ReduceOnPlateau)(nil)
	_ Observer = (*ReduceOnPlateau)(nil)
)

// ReduceOnPlateau multiplies the learning rate by Factor whenever more than Patience evaluations in a
// row did not improve on the best loss. It is the Schedule of a Trainer and an Observer of its Evaluate
// at once. What it has seen is not part of a Position.
type ReduceOnPlateau struct {
	Initial  float64 // rate at first
	Factor   float64 // in (0, 1); 0 means 0.1
	Patience int     // evaluations without improvement that are let pass; 0 means none
	MinDelta float64 // by how much a loss has to be below the best to improve on it; 0 means by anything
	Floor    float64 // the rate does not fall below it

	plateau plateau
	cuts    int
}

// Rate implements Schedule.
func (s *ReduceOnPlateau) Rate(int) float64 {
	return max(s.Initial*math.Pow(or(s.Factor, 0.1), float64(s.cuts)), s.Floor)
}

// Observe implements Observer.
func (s *ReduceOnPlateau) Observe(_ *Run, e Evaluation) error {
	if factor := or(s.Factor, 0.1); !(factor > 0 && factor < 1) {
		return errors.Errorf("reduce on plateau: Factor is %v, want 0 < Factor < 1", s.Factor)
	}
	if !s.plateau.improved(e, s.MinDelta) && s.plateau.bad > s.Patience {
		s.cuts++
		s.plateau.bad = 0
	}
	return nil
}
