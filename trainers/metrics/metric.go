package metrics

import (
	"fmt"
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/trainers/data"
)

// A Metric is something to measure over the batches of an evaluation. It needs a Name and Sums; one of
// your own is mostly one function:
//
//	metrics.Metric{Name: "bias", Reads: []string{"prediction"}, Better: metrics.Neither,
//		Sums: func(b metrics.Outcome) ([]float64, error) { ... return []float64{sum, n}, nil }}
type Metric struct {
	Name   string    // "accuracy": observers and records find it by this
	Unit   string    // "%", "bits"; "" where there is none
	Better Direction // which way it improves
	Reads  []string  // the outputs of the model's graph that Sums needs; others are not computed
	// Sums gives what one batch adds. Every batch gives as many numbers.
	Sums func(b Outcome) ([]float64, error)
	// Value makes the value of the sums over all batches. nil is the mean: the first divided by the
	// second. Where nothing counted it is NaN.
	Value func(sums []float64) float64
}

// Direction is the way in which a Metric improves.
type Direction int

// The zero value of Direction is Lower.
const (
	Lower   Direction = iota // as a loss
	Higher                   // as an accuracy
	Neither                  // as a coverage, which should be what it is meant to be
)

// Improves reports whether a value is better than another by more than delta. Any number is better than
// NaN.
func (d Direction) Improves(value, than, delta float64) bool {
	switch {
	case d == Neither:
		return false
	case math.IsNaN(than):
		return !math.IsNaN(value)
	case d == Higher:
		return value > than+delta
	}
	return value < than-delta
}

// An Outcome is what one batch gave.
type Outcome struct {
	Batch   data.Batch               // all of it, also what the model does not read
	Loss    float64                  // the mean over the batch
	Weight  float64                  // how much that mean counts, in targets or sequences: see trainers.Model
	Outputs map[string]tensor.Tensor // those that the Metric reads
}

// A Value is what a Metric came to.
type Value struct {
	Name   string
	Unit   string
	Better Direction
	Value  float64
}

// String is the value with its name and unit: "accuracy 51.20 %".
func (v Value) String() string {
	text := fmt.Sprintf("%s %#.4g", v.Name, v.Value)
	if v.Unit != "" {
		text += " " + v.Unit
	}
	return text
}

// Running measures batch by batch. Begin makes one.
type Running struct {
	metric Metric
	sums   []float64
}

// Begin starts a measurement.
func (m Metric) Begin() *Running { return &Running{metric: m} }

// Add takes in a batch. On error nothing was added.
func (r *Running) Add(b Outcome) error {
	if r == nil {
		return errors.New("metric: running is nil, want one of Metric.Begin's")
	}
	if r.metric.Sums == nil {
		return errors.Errorf("metric %q: no Sums", r.metric.Name)
	}
	sums, err := r.metric.Sums(b)
	if err != nil {
		return errors.Wrapf(err, "metric %q", r.metric.Name)
	}
	if r.sums != nil && len(sums) != len(r.sums) || r.metric.Value == nil && len(sums) != 2 {
		return errors.Errorf("metric %q: %d sums of a batch, want %d", r.metric.Name, len(sums), r.wanted())
	}
	if r.sums == nil {
		r.sums = make([]float64, len(sums))
	}
	for i, v := range sums {
		r.sums[i] += v
	}
	return nil
}

// wanted is how many sums each batch has to give.
func (r *Running) wanted() int {
	if r.metric.Value == nil {
		return 2
	}
	return len(r.sums)
}

// Value is the measurement so far; NaN before the first batch.
func (r *Running) Value() Value {
	if r == nil {
		return Value{Value: math.NaN()}
	}
	v := Value{Name: r.metric.Name, Unit: r.metric.Unit, Better: r.metric.Better, Value: math.NaN()}
	switch {
	case r.sums == nil:
	case r.metric.Value != nil:
		v.Value = r.metric.Value(r.sums)
	default:
		v.Value = mean(r.sums)
	}
	return v
}

// mean is the first sum over the second, the number of what was added; NaN if that is 0.
func mean(sums []float64) float64 {
	if len(sums) < 2 {
		return math.NaN()
	}
	return sums[0] / sums[1]
}

// percent is the mean in per cent.
func percent(sums []float64) float64 { return 100 * mean(sums) }
