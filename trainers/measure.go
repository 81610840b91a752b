package trainers

import (
	"context"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/metrics"
)

// Loss is the model's mean loss over all that src has, without dropout and from a carried state of zeros: over
// its data.Whole, where its batches leave something out, and else over epoch 0.
// Batches count as much as Model says. A model that was not trained gets the parameters that training would
// begin with.
func Loss(ctx context.Context, m Model, src data.Source) (float64, error) {
	e, err := Measure(ctx, m, src)
	return e.Loss, err
}

// Measure is the Loss and the values of metrics, over the same in one go. The outputs of the model that
// no metric reads are not computed. It is an error if a metric reads an output that the model does not
// declare, or a tensor that the batches do not have.
func Measure(ctx context.Context, m Model, src data.Source, ms ...metrics.Metric) (Evaluation, error) {
	e, err := newEvaluation(m, src, ms, 0)
	if err != nil {
		return Evaluation{}, err
	}
	defer e.close()
	return e.run(ctx)
}

// evaluation are the graphs that measure a model on all that a source has.
type evaluation struct {
	parts   []measured
	metrics []metrics.Metric
}

// measured is a source with a graph of its batches.
type measured struct {
	data.Source
	session *graph.Session // of several of one Spec the same
}

func newEvaluation(m Model, src data.Source, ms []metrics.Metric, threads int) (*evaluation, error) {
	switch {
	case isNil(m):
		return nil, errors.New("evaluate: no Model")
	case isNil(src):
		return nil, errors.New("evaluate: no Source")
	}
	names, reads := []string{lossName}, []string{countName}
	for i, metric := range ms {
		if metric.Name == "" || slices.Contains(names, metric.Name) {
			return nil, errors.Errorf("evaluate: metric %d is called %q, want a name that no other has", i, metric.Name)
		}
		names, reads = append(names, metric.Name), append(reads, metric.Reads...)
	}
	e := &evaluation{metrics: ms}
	for _, part := range data.Whole(src) {
		if err := e.add(m, part, reads, threads); err != nil {
			e.close()
			return nil, errors.Wrap(err, "evaluate")
		}
	}
	return e, nil
}

// add declares the graph of a source, unless there is one already.
func (e *evaluation) add(m Model, src data.Source, reads []string, threads int) error {
	spec := src.Spec()
	for _, part := range e.parts {
		if reflect.DeepEqual(part.Spec(), spec) {
			e.parts = append(e.parts, measured{src, part.session})
			return nil
		}
	}
	session, err := graph.Build(m.Store(), func(s *graph.Scope) *G.Node {
		loss := m.Loss(s, spec)
		if loss == nil {
			s.Fail("the model declares no loss")
		}
		return loss
	}, graph.Eval(), graph.Only(reads...), graph.Threads(threads))
	if err != nil {
		return err
	}
	e.parts = append(e.parts, measured{src, session})
	outputs := session.Outputs()
	for _, metric := range e.metrics {
		for _, name := range metric.Reads {
			if !slices.Contains(outputs, name) {
				return errors.Errorf("metric %q reads the output %q, which the model does not declare", metric.Name, name)
			}
		}
	}
	return nil
}

func (e *evaluation) close() (err error) {
	for _, part := range e.parts {
		err = first(err, part.session.Close())
	}
	return err
}

// activations is the memory that the graphs take beside the parameters.
func (e *evaluation) activations() (bytes int64) {
	var seen []*graph.Session
	for _, part := range e.parts {
		if !slices.Contains(seen, part.session) {
			seen = append(seen, part.session)
			bytes += part.session.Memory().Activations
		}
	}
	return bytes
}

// run measures on epoch 0.
func (e *evaluation) run(ctx context.Context) (Evaluation, error) {
	var result Evaluation
	running := make([]*metrics.Running, len(e.metrics))
	for i, metric := range e.metrics {
		running[i] = metric.Begin()
	}
	var sum, weight float64
	unit := 1. // of the weights: what the first batch counts, so that batches alike have the weight 1
	for outcome, err := range e.outcomes(ctx) {
		if err != nil {
			return Evaluation{}, errors.Wrap(err, "evaluate")
		}
		if _, counted := outcome.Outputs[countName]; !counted && weight == 0 && outcome.Weight > 0 {
			unit = outcome.Weight
		}
		if outcome.Weight > 0 { // of no targets there is no mean
			sum += outcome.Weight / unit * outcome.Loss
			weight += outcome.Weight / unit
			result.Count += outcome.Weight
		}
		for _, r := range running {
			if err := r.Add(outcome); err != nil {
				return Evaluation{}, errors.Wrap(err, "evaluate")
			}
		}
	}
	if weight == 0 {
		return Evaluation{}, errors.New("evaluate: the source has no target that counts")
	}
	result.Loss = sum / weight
	for _, r := range running {
		result.Values = append(result.Values, r.Value())
	}
	return result, nil
}

// outcomes runs all batches and yields what each gave.
func (e *evaluation) outcomes(ctx context.Context) iter.Seq2[metrics.Outcome, error] {
	return func(yield func(metrics.Outcome, error) bool) {
		for _, part := range e.parts {
			part.session.ResetCarry()
			for batch, err := range part.Batches(0, 0) {
				var outcome metrics.Outcome
				if err == nil {
					outcome, err = part.outcome(ctx, batch)
				}
				if !yield(outcome, err) || err != nil {
					return
				}
			}
		}
	}
}

// outcome is what a batch gives.
func (p measured) outcome(ctx context.Context, batch data.Batch) (o metrics.Outcome, err error) {
	feed, err := pick(batch, p.session.Inputs())
	if err != nil {
		return o, err
	}
	if err := p.session.Run(ctx, feed); err != nil {
		return o, err
	}
	o = metrics.Outcome{Batch: batch, Loss: p.session.Cost(), Outputs: map[string]tensor.Tensor{}}
	for _, name := range p.session.Outputs() {
		if o.Outputs[name], err = p.session.Output(name); err != nil {
			return o, err
		}
	}
	if count, ok := o.Outputs[countName]; ok {
		o.Weight, err = countOfTargets(count)
	} else {
		o.Weight = countTargets(p.Source, batch, feed)
	}
	return o, err
}

// lossName is what observers call the loss by.
const lossName = "loss"

// An Evaluation is what was measured on held-out data after a step.
type Evaluation struct {
	Name   string // of the Evaluate: "validation"
	Step   int
	Loss   float64         // mean over all targets
	Count  float64         // of these targets: the sum of the weights that Model says
	Values []metrics.Value // of the metrics, in their order
}

// Value finds a metric by its name; "" and "loss" are the loss.
func (e Evaluation) Value(name string) (metrics.Value, error) {
	if name == "" || name == lossName {
		return metrics.Value{Name: lossName, Value: e.Loss}, nil
	}
	names := []string{lossName}
	for _, v := range e.Values {
		if v.Name == name {
			return v, nil
		}
		names = append(names, v.Name)
	}
	return metrics.Value{}, errors.Errorf("no metric %q; there are %s", name, strings.Join(names, ", "))
}
