package trainers

import (
	"context"
	"os"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers/data"
)

// Smoke does a little of everything that Fit would, so that a mistake shows in a minute and not after a
// night: two steps, each hook at least once, of which an Evaluate measures one batch, and where there are
// Checkpoints one of them, in a folder that is removed again.
//
// Parameters, the optimiser and whatever else of this package remembers are as before when it returns. What
// hooks write to files they have written, as have your own done whatever they do.
func (t *Trainer) Smoke(ctx context.Context, m Model, src data.Source) (report Report, err error) {
	little := *t
	if t.Checkpoints.Dir != "" {
		folder, err := os.MkdirTemp("", "smoke")
		if err != nil {
			return Report{}, errors.Wrap(err, "smoke")
		}
		defer os.RemoveAll(folder)
		little.Checkpoints.Dir = folder
	}
	var remember []Stateful
	note := func(v any) {
		if s, ok := v.(Stateful); ok {
			remember = append(remember, s)
		}
	}
	note(t.Schedule)
	little.Hooks = make([]Hook, len(t.Hooks))
	for i, h := range t.Hooks {
		little.Hooks[i] = h
		note(h)
		if e, ok := h.(*Evaluate); ok {
			little.Hooks[i] = e.smoke()
			for _, o := range e.Observers {
				note(o)
			}
		}
	}
	report, err = little.rehearse(ctx, m, src, 2, remember...)
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
