package trainers

import (
	"context"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/trainers/data"
)

// rehearse trains from the beginning and leaves no trace: the parameters are put back, and the states of the
// optimiser and of what is to remember. Sources have nothing to put back.
func (t Trainer) rehearse(ctx context.Context, m Model, src data.Source, steps int, remember ...Stateful) (report Report, err error) {
	t.From = Position{}
	var before map[string]*tensor.Dense
	t.Hooks = append(slices.Clone(t.Hooks), starterFunc(func(r *Run) error { // by now all parameters are declared
		before = valuesOf(r.Model.Store())
		return nil
	}))
	if !isNil(t.Optimizer) {
		remember = append(remember, t.Optimizer)
	}
	states := make([]map[string]*tensor.Dense, len(remember))
	for i, s := range remember {
		states[i] = s.State()
	}
	defer func() {
		for i, s := range remember {
			err = first(err, errors.Wrapf(s.SetState(states[i]), "put %T back", s))
			trust(s)
		}
		if before != nil {
			err = first(err, errors.Wrap(m.Store().SetValues(before), "put the parameters back"))
		}
	}()
	return t.Fit(ctx, m, src, steps)
}

// alone is the trainer with one hook, and nothing that is written.
func (t Trainer) alone(hook Hook) Trainer {
	t.Hooks, t.Checkpoints, t.Recovery, t.Shards = []Hook{hook}, Checkpoints{}, Recovery{}, 0
	return t
}

// starterFunc is a Hook of its start only.
type starterFunc func(*Run) error

func (f starterFunc) Start(r *Run) error { return f(r) }
func (starterFunc) Step(*Run) error      { return nil }
