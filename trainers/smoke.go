package trainers

import (
	"context"
	"os"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers/data"
)

// Smoke does a little of everything that Fit would, so that a mistake shows in a minute and not after a
// night: two steps, each hook at least once, of which an Evaluate measures one batch, and where there are
// Checkpoints one of them, in a temporary folder that is removed again.
//
// Parameters, the optimiser and whatever else of this package remembers are as before when it returns. The hooks of
// this module write nothing, neither files nor lines. Your own are called as by Fit: one that writes asks
// Run.Rehearsal.
func (t *Trainer) Smoke(ctx context.Context, m Model, src data.Source) (report Report, err error) {
	if t == nil {
		return Report{}, errors.New("smoke: no Trainer")
	}
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
		if s, ok := v.(Stateful); ok && !isNil(v) {
			remember = append(remember, s)
		}
	}
	note(t.Schedule)
	for _, h := range t.Hooks {
		note(h)
		for _, p := range partsOf(h) {
			note(p)
		}
	}
	little.rehearsal = true
	report, err = little.rehearse(ctx, m, src, 2, remember...)
	return report, errors.Wrap(err, "smoke")
}
