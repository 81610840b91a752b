package trainers

import (
	"context"
	"os"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers/data"
)

// Smoke does a little of everything that Fit would, so that a mistake shows in a minute and not after a
// night: two steps, each hook at least once, of which an Evaluate measures one batch, and save, which may
// be nil, into a folder that is removed again.
//
// Parameters, the optimiser and whatever else of this package remembers are as before when it returns. What
// hooks write to files they have written, as have your own done whatever they do.
func (t *Trainer) Smoke(ctx context.Context, m Model, src data.Source, save func(folder string) error) (Report, error) {
	var remember []Stateful
	note := func(v any) {
		if s, ok := v.(Stateful); ok {
			remember = append(remember, s)
		}
	}
	note(t.Schedule)
	hooks := make([]Hook, len(t.Hooks))
	for i, h := range t.Hooks {
		hooks[i] = h
		note(h)
		if e, ok := h.(*Evaluate); ok {
			hooks[i] = e.smoke()
			for _, o := range e.Observers {
				note(o)
			}
		}
	}
	if save != nil {
		hooks = append(hooks, Every(0, func(*Run) error { return inTemporary(save) }))
	}
	report, err := t.rehearse(ctx, m, src, 2, hooks, remember...)
	return report, errors.Wrap(err, "smoke")
}

// smoke is an Evaluate on one batch.
func (e *Evaluate) smoke() *Evaluate {
	little := *e
	little.Every, little.History = 0, nil
	if e.Source != nil {
		little.Source = data.First(e.Source, 1)
	}
	return &little
}

// inTemporary calls f with a folder that is removed afterwards.
func inTemporary(f func(folder string) error) error {
	folder, err := os.MkdirTemp("", "smoke")
	if err != nil {
		return errors.Wrap(err, "save")
	}
	err = errors.Wrap(f(folder), "save")
	return first(err, os.RemoveAll(folder))
}
