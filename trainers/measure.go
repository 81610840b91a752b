package trainers

import (
	"context"
	"slices"
	"strings"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/metrics"
)

// Loss is the model's mean loss over epoch 0 of src, without dropout and from a carried state of zeros.
// Batches count as much as Model says. A model that was not trained gets the parameters that training would
// begin with.
func Loss(ctx context.Context, m Model, src data.Source) (float64, error) {
	e, err := Measure(ctx, m, src)
	return e.Loss, err
}

// Measure is the Loss and the values of metrics, over one epoch in one go. The outputs of the model that
// no metric reads are not computed. It is an error if a metric reads an output that the model does not
// declare, or a tensor that the batches do not have.
func Measure(ctx context.Context, m Model, src data.Source, ms ...metrics.Metric) (Evaluation, error) {
	e, err := newEvaluation(m, src, ms, 0)
	if err != nil {
		return Evaluation{}, err
	}
	defer e.session.Close()
	return e.run(ctx)
}

// evaluation is the graph that measures a model on a source.
type evaluation struct {
	session *graph.Session
	src     data.Source
	metrics []metrics.Metric
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
	session, err := graph.Build(m.Store(), func(s *graph.Scope) *G.Node {
		loss := m.Loss(s, src.Spec())
		if loss == nil {
			s.Fail("the model declares no loss")
		}
		return loss
	}, graph.Eval(), graph.Only(reads...), graph.Threads(threads))
	if err != nil {
		return nil, errors.Wrap(err, "evaluate")
	}
	outputs := session.Outputs()
	for _, metric := range ms {
		for _, name := range metric.Reads {
			if !slices.Contains(outputs, name) {
				session.Close()
				return nil, errors.Errorf("evaluate: metric %q reads the output %q, which the model does not declare", metric.Name, name)
			}
		}
	}
	return &evaluation{session: session, src: src, metrics: ms}, nil
}

// run measures on epoch 0.
func (e *evaluation) run(ctx context.Context) (Evaluation, error) {
	e.session.ResetCarry()
	inputs := e.session.Inputs()
	var result Evaluation
	running := make([]*metrics.Running, len(e.metrics))
	for i, metric := range e.metrics {
		running[i] = metric.Begin()
	}
	var sum, weight float64
	unit := 1. // of the weights: sequences of the first batch, so that batches alike have the weight 1
	for batch, err := range e.src.Batches(0, 0) {
		if err != nil {
			return Evaluation{}, errors.Wrap(err, "evaluate")
		}
		feed, err := pick(batch, inputs)
		if err != nil {
			return Evaluation{}, errors.Wrap(err, "evaluate")
		}
		if err := e.session.Run(ctx, feed); err != nil {
			return Evaluation{}, errors.Wrap(err, "evaluate")
		}
		outcome, err := e.outcome(batch)
		if err != nil {
			return Evaluation{}, err
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

// outcome is what the last run gave of a batch.
func (e *evaluation) outcome(batch data.Batch) (metrics.Outcome, error) {
	o := metrics.Outcome{Batch: batch, Loss: e.session.Cost(), Outputs: map[string]tensor.Tensor{}}
	for _, name := range e.session.Outputs() {
		t, err := e.session.Output(name)
		if err != nil {
			return o, errors.Wrap(err, "evaluate")
		}
		o.Outputs[name] = t
	}
	count, ok := o.Outputs[countName]
	if !ok {
		o.Weight = sequencesOf(e.src, batch)
		return o, nil
	}
	var err error
	o.Weight, err = countOfTargets(count)
	return o, errors.Wrap(err, "evaluate")
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
