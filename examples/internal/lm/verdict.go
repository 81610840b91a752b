package lm

import (
	"fmt"

	"github.com/elman-go/elman/trainers"
)

// overfits is by how much, in nats per symbol, the last loss is above the best where training overfits.
const overfits = 0.02

// A Verdict says when the model was best, which is the one that is kept, and whether training went past it.
type Verdict struct {
	When   func(step int) string     // as in "step 900"
	Figure func(loss float64) string // as in "2.40 bits per character"; the loss is in nats
	Advice string                    // against overfitting
}

// Of judges the training that evaluated so; it says nothing where nothing was evaluated since training resumed.
func (v Verdict) Of(best *trainers.EarlyStopping, evaluated []trainers.Evaluation) string {
	if len(evaluated) == 0 {
		return ""
	}
	last := evaluated[len(evaluated)-1]
	if best.BestStep == last.Step {
		return fmt.Sprintf("best after %s, the last one: %s", v.When(last.Step), v.Figure(best.Best))
	}
	verdict := fmt.Sprintf("best after %s: %s; %s, the last one, had %s",
		v.When(best.BestStep), v.Figure(best.Best), v.When(last.Step), v.Figure(last.Loss))
	if !(last.Loss-best.Best < overfits) {
		verdict += ": it overfits, " + v.Advice
	}
	return fmt.Sprintf("%s. The model of %s is kept", verdict, v.When(best.BestStep))
}
