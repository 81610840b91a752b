package trainers

import (
	"iter"
	"maps"
	"slices"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers/data"
)

// A Position is where training stands between two steps: with the parameters and the optimiser's State
// all that it needs to go on to the last bit. The learning rate goes on where the Schedule depends on the
// step alone. The zero value is the beginning.
type Position struct {
	Step    int           // steps done
	Epoch   int           // of the next batch, from 0
	Batch   int           // of the next batch, from 0 in each epoch
	Runs    uint64        // batches so far: what dropout draws depends on it
	Carried graph.Carried // state of truncated back-propagation; nil is zeros
}

// Position is where training stands after the last step, for a hook that saves it.
func (r *Run) Position() Position {
	if r == nil || r.shards == nil {
		return Position{}
	}
	at := r.at
	at.Runs, at.Carried = r.shards.runs, r.shards.carried()
	return at
}

// batches yields the batches of one epoch after the other, from the Position on, which it moves, but those
// that are to be left out.
func (r *Run) batches(src data.Source, without [][2]int) iter.Seq2[data.Batch, error] {
	return func(yield func(data.Batch, error) bool) {
		for at := &r.at; ; at.Epoch, at.Batch = at.Epoch+1, 0 {
			for batch, err := range src.Batches(at.Epoch, at.Batch) {
				r.Epoch = at.Epoch
				at.Batch++
				if slices.Contains(without, [2]int{at.Epoch, at.Batch - 1}) {
					continue
				}
				if !yield(batch, err) {
					return
				}
			}
			if at.Batch == 0 {
				yield(nil, errors.Errorf("epoch %d has no batch", at.Epoch))
				return
			}
		}
	}
}

// sequences is how many a full batch of src has; 0 where it does not say.
func sequences(src data.Source) int {
	s, ok := src.(data.Sharder)
	if !ok {
		return 0
	}
	spec := src.Spec()
	for _, name := range slices.Sorted(maps.Keys(spec)) {
		if axis := s.BatchAxis(name); axis >= 0 && axis < len(spec[name].Shape) {
			return spec[name].Shape[axis]
		}
	}
	return 0
}
