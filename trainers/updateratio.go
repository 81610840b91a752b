package trainers

import (
	"math"

	"gorgonia.org/tensor"
)

// UpdateRatio is a hook that emits, for each trained parameter, the norm of what a step changed over the
// norm of what it was before, "update_ratio/<path>". About 1e-3 is usual; far above, the learning rate is
// too high for that parameter, far below, it hardly learns (Karpathy, Li & Johnson, notes of CS231n,
// Stanford 2016, "Ratio of weights:updates"). A parameter of zeros has no ratio.
type UpdateRatio struct {
	Every int // steps between two; 0 means only the last step, which always has them

	before []float64 // of all parameters, when the next step is one to measure
}

var (
	_ Hook     = (*UpdateRatio)(nil)
	_ Starter  = (*UpdateRatio)(nil)
	_ Rewinder = (*UpdateRatio)(nil)
)

// Start implements Starter.
func (u *UpdateRatio) Start(r *Run) error {
	if err := ready(u, r); err != nil {
		return err
	}
	u.remember(r)
	return nil
}

// Rewind implements Rewinder: the next step is another one.
func (u *UpdateRatio) Rewind(r *Run) error {
	if err := ready(u, r); err != nil {
		return err
	}
	u.remember(r)
	return nil
}

// Step implements Hook.
func (u *UpdateRatio) Step(r *Run) error {
	if err := ready(u, r); err != nil {
		return err
	}
	before := u.before
	if len(before) > 0 {
		for _, g := range r.Session.Gradients() {
			var update, weight float64
			n := g.Value.Size()
			if g.Value.Dtype() == tensor.Float64 {
				update, weight = squaredChange(g.Value.Float64s(), before[:n])
			} else {
				update, weight = squaredChange(g.Value.Float32s(), before[:n])
			}
			before = before[n:]
			if weight > 0 {
				r.Scalar("update_ratio/"+g.Path, math.Sqrt(update/weight))
			}
		}
	}
	u.remember(r)
	return nil
}

// remember keeps the parameters when the next step is one to measure, and else nothing.
func (u *UpdateRatio) remember(r *Run) {
	u.before = u.before[:0]
	if !r.dueAfter(r.Step+1, u.Every) || len(r.listeners) == 0 {
		return
	}
	for _, g := range r.Session.Gradients() {
		u.before = appendFloats(u.before, g.Value)
	}
}

// squaredChange sums the squares of what changed, and of what was there before.
func squaredChange[F float](now []F, before []float64) (update, weight float64) {
	for i, was := range before {
		change := float64(now[i]) - was
		update += change * change
		weight += was * was
	}
	return update, weight
}
