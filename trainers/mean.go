package trainers

import (
	"math"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
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

// countTargets is what a batch counts whose model does not say, by what the model reads of it: the "targets" that are
// not negative, or the numbers of "y", each by its "mask". Without these it is the batch's sequences, or 1 where its
// source does not say how many there are.
func countTargets(src data.Source, batch data.Batch, read graph.Feed) float64 {
	if n, ok := countRead(read); ok {
		return n
	}
	if n, ok := data.Sequences(src, batch); ok {
		return float64(n)
	}
	return 1
}

// countRead counts targets of classes, which a mask of their shape weighs, and numbers that have a mask.
func countRead(read graph.Feed) (n float64, ok bool) {
	mask := weightsIn(read["mask"])
	if classes, ok := listOf(read["targets"]).([]int); ok {
		for i, class := range classes {
			switch {
			case class < 0:
			case len(mask) == len(classes):
				n += mask[i]
			default:
				n++
			}
		}
		return n, true
	}
	y := read["y"]
	if y == nil || len(mask) == 0 || y.Size()%len(mask) != 0 {
		return 0, false
	}
	for _, m := range mask {
		n += m
	}
	return n * float64(y.Size()/len(mask)), true // sizes of 1 are repeated
}

// weightsIn gives the elements of a mask; nil where they are no weights.
func weightsIn(mask tensor.Tensor) (weights []float64) {
	switch v := listOf(mask).(type) {
	case []float64:
		weights = v
	case []float32:
		weights = make([]float64, len(v))
		for i, m := range v {
			weights[i] = float64(m)
		}
	}
	if slices.ContainsFunc(weights, func(m float64) bool { return !(m >= 0) || math.IsInf(m, 1) }) {
		return nil
	}
	return weights
}

// listOf gives the elements of a tensor as a list, of a scalar too; nil of no tensor.
func listOf(t tensor.Tensor) any {
	if t == nil {
		return nil
	}
	switch v := t.Data().(type) {
	case int:
		return []int{v}
	case float64:
		return []float64{v}
	case float32:
		return []float32{v}
	default:
		return v
	}
}
