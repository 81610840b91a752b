package trainers

import (
	"github.com/bmatcuk/doublestar/v4"
	"github.com/pkg/errors"

	"github.com/elman-go/elman/graph"
)

// Freeze keeps the parameters whose paths match a pattern out of training: * is any part of a name, **
// any names, as in "embedding/**". It takes effect at the next Fit; one under way has its gradients.
// An optimiser's State from before does not fit what is trained then: go on with the optimiser itself, or
// with a new one. It is an error if the pattern is malformed or matches nothing.
func Freeze(store *graph.Store, pattern string) error { return setFrozen(store, pattern, true) }

// Unfreeze is the reverse of Freeze.
func Unfreeze(store *graph.Store, pattern string) error { return setFrozen(store, pattern, false) }

func setFrozen(store *graph.Store, pattern string, frozen bool) error {
	if !doublestar.ValidatePattern(pattern) {
		return errors.Errorf("freeze: pattern %q is malformed", pattern)
	}
	matched := false
	params := store.Params()
	for _, p := range params {
		if doublestar.MatchUnvalidated(pattern, p.Path) {
			p.Frozen, matched = frozen, true
		}
	}
	switch {
	case len(params) == 0:
		return errors.New("freeze: the model has no parameters yet; they are there once a graph of it was built")
	case !matched:
		return errors.Errorf("freeze: no parameter matches %q", pattern)
	}
	return nil
}
