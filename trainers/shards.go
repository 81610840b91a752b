package trainers

import (
	"context"
	"fmt"
	"slices"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/internal/kernel"
	"github.com/elman-go/elman/trainers/data"
)

// shards are the training graphs, one for each piece of a batch, which run side by side.
type shards struct {
	src      data.Source
	sessions []*graph.Session // the first is the Run's
	inputs   []string
	counted  bool      // the model says how many targets its loss is the mean over
	counts   []float64 // of the last batch, piece by piece
	runs     uint64    // batches so far
	threads  kernel.Threads
}

// newShards builds n graphs, each of an n-th of the sequences of a batch.
func newShards(m Model, src data.Source, n, threads int) (*shards, error) {
	spec := src.Spec()
	if n > 1 {
		var err error
		if spec, err = data.ShardSpec(src, n); err != nil {
			return nil, err
		}
	}
	s := &shards{src: src, threads: kernel.Threads(threads)}
	for range n {
		session, err := graph.Build(m.Store(), func(s *graph.Scope) *G.Node { return m.Loss(s, spec) }, graph.Threads(threads))
		if err != nil {
			s.close()
			return nil, err
		}
		s.sessions = append(s.sessions, session)
	}
	s.inputs, s.counts = s.sessions[0].Inputs(), make([]float64, n)
	s.counted = slices.Contains(s.sessions[0].Outputs(), countName)
	return s, nil
}

func (s *shards) close() {
	for _, session := range s.sessions {
		session.Close()
	}
}

func (s *shards) zeroGradients() {
	for _, session := range s.sessions {
		session.ZeroGradients()
	}
}

// shardCost sets whole steps apart from what is computed in one.
const shardCost = 1 << 30

// run computes the losses of the pieces of a batch, their gradients, which are not accumulated yet, and how
// much each counts. The number of a run, which random operations draw by, tells pieces apart.
func (s *shards) run(ctx context.Context, batch data.Batch) error {
	n := len(s.sessions)
	errs := make([]error, n)
	s.threads.Parallel(n, shardCost, func(i int) {
		piece := batch
		if n > 1 {
			if piece, errs[i] = data.Shard(s.src, batch, i, n); errs[i] != nil {
				return
			}
		}
		feed, err := pick(piece, s.inputs)
		if err != nil {
			errs[i] = err
			return
		}
		s.sessions[i].SetRuns(s.runs*uint64(n) + uint64(i))
		if errs[i] = s.sessions[i].Compute(ctx, feed); errs[i] == nil {
			s.counts[i], errs[i] = s.count(i, piece, feed)
		}
	})
	if err := first(errs...); err != nil {
		return err
	}
	s.runs++
	return nil
}

// count is how much a piece counts in a mean over several.
func (s *shards) count(i int, piece data.Batch, read graph.Feed) (float64, error) {
	if !s.counted {
		return countTargets(s.src, piece, read), nil
	}
	t, err := s.sessions[i].Output(countName)
	if err != nil {
		return 0, err
	}
	return countOfTargets(t)
}

// gather adds the gradients of all pieces to those of the first, in their order.
func (s *shards) gather() error {
	for _, other := range s.sessions[1:] {
		if err := s.sessions[0].AddGradients(other); err != nil {
			return err
		}
	}
	return nil
}

// carried is the state of all graphs; of several, each piece's behind its number.
func (s *shards) carried() graph.Carried {
	if len(s.sessions) == 1 {
		return s.sessions[0].Carried()
	}
	all := graph.Carried{}
	for i, session := range s.sessions {
		for name, v := range session.Carried() {
			all[fmt.Sprintf("%d/%s", i, name)] = v
		}
	}
	return all
}

func (s *shards) setCarried(state graph.Carried) error {
	if len(s.sessions) == 1 || state == nil {
		for _, session := range s.sessions {
			if err := session.SetCarried(state); err != nil {
				return err
			}
		}
		return nil
	}
	for i, session := range s.sessions {
		if err := session.SetCarried(part(state, fmt.Sprintf("%d/", i))); err != nil {
			return errors.Wrapf(err, "shard %d", i)
		}
	}
	return nil
}

// nonFinite names what was first not finite, in the first piece that has it and counts.
func (s *shards) nonFinite() string {
	for i, session := range s.sessions {
		if s.counts[i] == 0 {
			continue
		}
		if at := session.NonFinite(); at != "" {
			if len(s.sessions) > 1 {
				return fmt.Sprintf("%s, in shard %d", at, i)
			}
			return at
		}
	}
	return ""
}
