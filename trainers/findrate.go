package trainers

import (
	"context"
	"math"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers/data"
)

// A RateCurve is how the loss goes as the learning rate grows.
type RateCurve struct {
	Rates     []float64 // of each step that had a target
	Losses    []float64 // of each of them, smoothed
	Suggested float64   // a tenth of the rate at which the smoothed loss is least
	Diverged  bool      // the test ended early: the loss had grown fourfold, or was not finite
}

// FindRate is the learning rate range test of Smith, 2017, section 3.3: it trains for at most so many
// steps while the rate grows from low to high, each by the same factor, and stops when the loss diverges.
// 1e-6, 1 and 100 suit most models under Adam. The losses are smoothed by a running mean that keeps 0.9 at
// each step, corrected for its start at zero. Hooks, Schedule and Checkpoints take no part, and
// parameters and optimiser are as before when it returns.
//
// The rate that it suggests is one for the peak of a schedule. Where the loss is least the rate is about to
// be too high; a tenth of that is the usual distance to keep. Look at the curve too: a good rate lies where
// it is steep.
//
// It is an error if the loss is nowhere less than at the start; the curve comes with it.
func (t *Trainer) FindRate(ctx context.Context, m Model, src data.Source, low, high float64, steps int) (RateCurve, error) {
	if t == nil {
		return RateCurve{}, errors.New("find rate: no Trainer")
	}
	if !(low > 0 && low < high) || math.IsInf(high, 1) || steps < 2 {
		return RateCurve{}, errors.Errorf("find rate: from %v to %v in %d steps, want 0 < low < high and 2 steps or more", low, high, steps)
	}
	const keep = 0.9
	var curve RateCurve
	var mean float64
	best := math.Inf(1)
	record := Every(1, func(r *Run) error {
		if r.Count == 0 { // the loss tells nothing
			return nil
		}
		mean = keep*mean + (1-keep)*r.Loss
		smooth := mean / (1 - math.Pow(keep, float64(len(curve.Losses)+1)))
		curve.Rates, curve.Losses = append(curve.Rates, r.Rate), append(curve.Losses, smooth)
		if smooth < best {
			best, curve.Suggested = smooth, r.Rate/10
		}
		if smooth > 4*math.Abs(best) {
			curve.Diverged = true
			r.Stop("diverged")
		}
		return nil
	})
	rising := t.alone(record)
	rising.Schedule = Exponential{Base: low, Gamma: math.Pow(high/low, 1/float64(steps-1))}
	_, err := rising.rehearse(ctx, m, src, steps)
	if errors.As(err, new(diverged)) {
		curve.Diverged, err = true, nil
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return RateCurve{}, errors.Wrap(err, "find rate")
	}
	if len(curve.Losses) == 0 || best == curve.Losses[0] {
		curve.Suggested = 0
		return curve, errors.Errorf("find rate: in %d steps from rate %v the loss never fell", len(curve.Losses), low)
	}
	return curve, nil
}
