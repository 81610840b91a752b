package trainers

import (
	"context"
	"fmt"
	"iter"
	"math"
	"strings"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers/data"
)

// Overfitting says how training on one batch went.
type Overfitting struct {
	Before, After float64  // the batch's loss, without dropout
	OK            bool     // After is at most the share of Before that was asked for
	Wrong         []string // if not OK, what was seen that may be the reason
}

// Overfit trains on the first batch alone and sees whether its loss falls to a share of what it was, 0.1
// say. A model that cannot learn one batch by heart has a mistake in it, or settings that keep it from
// learning anything. The loss has to be one that is 0 at best. Hooks and Checkpoints take no part, and
// parameters and optimiser are as before when it returns.
func (t *Trainer) Overfit(ctx context.Context, m Model, src data.Source, steps int, share float64) (Overfitting, error) {
	if err := t.check(m, src, steps); err != nil {
		return Overfitting{}, errors.Wrap(err, "overfit")
	}
	if !(share > 0 && share < 1) {
		return Overfitting{}, errors.Errorf("overfit: share is %v, want 0 < share < 1", share)
	}
	one := sameBatch{src}
	var result Overfitting
	var err error
	if result.Before, err = Loss(ctx, m, one); err != nil {
		return Overfitting{}, errors.Wrap(err, "overfit")
	}
	var seen signs
	watch := Every(1, func(r *Run) error {
		seen.add(r, t.ClipNorm)
		if r.Step == r.Steps {
			result.After, err = Loss(ctx, m, one)
		}
		return err
	})
	report, err := t.alone(watch).rehearse(ctx, m, one, steps)
	if err == nil {
		err = ctx.Err()
	}
	switch {
	case errors.As(err, new(diverged)):
		result.After, result.Wrong = math.NaN(), []string{err.Error()}
		return result, nil
	case err != nil:
		return Overfitting{}, errors.Wrap(err, "overfit")
	}
	result.OK = result.After <= share*result.Before
	if !result.OK {
		result.Wrong = seen.wrong(m, report, result)
	}
	return result, nil
}

// String says it in one line for each thing.
func (o Overfitting) String() string {
	verdict := "the batch was not learned"
	if o.OK {
		verdict = "the batch was learned"
	}
	return strings.Join(append([]string{fmt.Sprintf("%s: loss %#.4g before, %#.4g after", verdict, o.Before, o.After)}, o.Wrong...), "\n  ")
}

// signs are what is noticed while training.
type signs struct {
	reached map[string]bool // paths whose gradient was not zero at some step
	clipped int             // steps
	moving  bool            // a rate was not 0
}

func (s *signs) add(r *Run, clipNorm float64) {
	if s.reached == nil {
		s.reached = map[string]bool{}
	}
	for _, g := range r.Session.Gradients() {
		if !s.reached[g.Path] {
			s.reached[g.Path] = ClipByNorm([]graph.Gradient{g}, 0) > 0
		}
	}
	if clipNorm > 0 && r.GradNorm > clipNorm {
		s.clipped++
	}
	s.moving = s.moving || r.Rate > 0
}

// wrong names what may be the reason that the loss did not fall.
func (s *signs) wrong(m Model, report Report, result Overfitting) (found []string) {
	complain := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	var dead, frozen []string
	for _, p := range m.Store().Params() {
		switch {
		case p.Frozen:
			frozen = append(frozen, p.Path)
		case !s.reached[p.Path]:
			dead = append(dead, p.Path)
		}
	}
	if len(dead) > 0 {
		complain("no gradient reaches %s", strings.Join(dead, ", "))
	}
	if len(frozen) > 0 {
		complain("frozen: %s", strings.Join(frozen, ", "))
	}
	if s.clipped == report.Steps {
		complain("the gradient was clipped at every step: ClipNorm may be too small, or the rate")
	}
	switch {
	case !s.moving:
		complain("the learning rate was 0 at every step")
	case result.After > result.Before:
		complain("the loss rose: the learning rate may be too high")
	case report.Loss > 1.5*result.After:
		complain("the loss in training was %#.4g: dropout keeps the model from learning by heart", report.Loss)
	default:
		complain("the loss falls too slowly: more steps, a higher learning rate or a larger model may do it; " +
			"if not, the targets do not follow from what the model reads")
	}
	return found
}

// sameBatch is the first batch of epoch 0, over and over.
type sameBatch struct{ data.Source }

func (s sameBatch) Len() int { return 1 }

func (s sameBatch) Batches(_, from int) iter.Seq2[data.Batch, error] {
	return data.First(s.Source, 1).Batches(0, from)
}
