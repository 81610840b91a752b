package trainers

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/trainers/data"
)

// A mean is the loss of a step over the targets of all its pieces: of Accumulate batches, each cut into
// Shards. Pieces differ in how many targets they have: in the last batch of an epoch, and wherever sequences
// have different lengths.
//
// Weights are relative to the first piece that counts anything, so that pieces that count alike have the
// weight 1, and multiplying by it changes no bit.
type mean struct {
	unit    float64 // what the first piece counts
	count   float64 // of all pieces
	weight  float64 // of all pieces
	batches []batchLoss
}

type batchLoss struct{ loss, weight float64 }

// add takes in the batch that was run last, and its gradients, and returns the batch's own loss. Pieces that
// count nothing add nothing, whatever their loss is.
func (m *mean) add(s *shards) float64 {
	var batch batchLoss
	weights := make([]float64, len(s.counts))
	for i, count := range s.counts {
		if m.unit == 0 {
			m.unit = count
		}
		if count > 0 {
			weights[i] = count / m.unit
		}
		m.count += count
		batch.weight += weights[i]
	}
	for i, session := range s.sessions {
		session.Accumulate(weights[i])
		if weights[i] > 0 {
			batch.loss += weights[i] * session.Cost() / batch.weight
		}
	}
	m.weight += batch.weight
	batch.weight /= float64(len(s.counts)) // 1 where all count alike
	m.batches = append(m.batches, batch)
	return batch.loss
}

// loss is the mean, 0 of nothing.
func (m *mean) loss() (loss float64) {
	var all float64
	for _, batch := range m.batches {
		all += batch.weight
	}
	for _, batch := range m.batches {
		if all > 0 {
			loss += batch.loss * batch.weight / all
		}
	}
	return loss
}

// countName is the output by which a model says how many targets its loss is the mean over.
const countName = "count"

// countOfTargets reads that output.
func countOfTargets(t tensor.Tensor) (float64, error) {
	var n float64
	switch v := t.Data().(type) {
	case float32:
		n = float64(v)
	case float64:
		n = v
	case int:
		n = float64(v)
	default:
		return 0, errors.Errorf(`output "count" has shape %v, want a scalar`, t.Shape())
	}
	if !(n >= 0) || !finite(n) {
		return 0, errors.Errorf(`output "count" is %v, want finite and 0 or more`, n)
	}
	return n, nil
}

// sequencesOf is what a batch counts whose model does not say: its sequences, or 1 where its source does not say
// how many these are.
func sequencesOf(src data.Source, batch data.Batch) float64 {
	if n, ok := data.Sequences(src, batch); ok {
		return float64(n)
	}
	return 1
}
