package trainers

import (
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

var (
	_ Hook     = (*EMA)(nil)
	_ Starter  = (*EMA)(nil)
	_ Stateful = (*EMA)(nil)
)

// EMA, a Hook, keeps an exponential moving average of all parameters of the model, which mostly does
// better than where the last step left them (Polyak & Juditsky, 1992, with a mean over all steps). It
// begins with the parameters that training begins with. At step t, counted from 0:
//
//	a = a + (1-d)·(p-a)        d = min(Decay, (1+t)/(10+t))
//
// Training goes on with the parameters themselves. As the Average of an Evaluate, which comes behind it
// among the hooks, it is what is measured. After training, Store.SetValues(Values()) gives it to the
// model. It remembers from Fit to Fit, as an optimiser does.
type EMA struct {
	Decay float64 // in [0, 1); 0 means 0.999

	steps  int
	values map[string]*tensor.Dense // by path; nil before the first start
}

// Start implements Starter.
func (a *EMA) Start(r *Run) error {
	if err := ready(a, r); err != nil {
		return err
	}
	if err := checkShare("Decay", a.Decay); err != nil {
		return errors.Wrap(err, "ema")
	}
	params := r.Model.Store().Params()
	if a.values == nil {
		a.values = valuesOf(r.Model.Store())
	}
	if len(a.values) != len(params) {
		return errors.Errorf("ema: averages of %d parameters, the model has %d", len(a.values), len(params))
	}
	for _, p := range params {
		v := a.values[p.Path]
		if v == nil {
			return errors.Errorf("ema: no average of %q", p.Path)
		}
		if !alike(v, p.Value) {
			return errors.Errorf("ema: average of %q: %v %v, parameter %v %v", p.Path, v.Dtype(), v.Shape(), p.Value.Dtype(), p.Value.Shape())
		}
	}
	return nil
}

// Step implements Hook.
func (a *EMA) Step(r *Run) error {
	if err := ready(a, r); err != nil {
		return err
	}
	t := float64(a.steps)
	take := 1 - min(or(a.Decay, 0.999), (1+t)/(10+t))
	for _, p := range r.Model.Store().Params() {
		v := a.values[p.Path]
		if v == nil || !alike(v, p.Value) {
			return errors.Errorf("ema: no average of %q %v; Start makes it", p.Path, p.Value.Shape())
		}
		if v.Dtype() == tensor.Float32 {
			follow(v.Float32s(), p.Value.Float32s(), float32(take))
		} else {
			follow(v.Float64s(), p.Value.Float64s(), take)
		}
	}
	a.steps++
	return nil
}

func follow[F float](average, values []F, take F) {
	for i, v := range values {
		average[i] += take * (v - average[i])
	}
}

// Values is a copy of the averages, by path; empty before training.
func (a *EMA) Values() map[string]*tensor.Dense {
	copied := map[string]*tensor.Dense{}
	if a == nil {
		return copied
	}
	for path, v := range a.values {
		copied[path] = v.Clone().(*tensor.Dense)
	}
	return copied
}

// Use calls f while the model of store has the averages for its parameters, to save it or to try it out.
// Afterwards it has those from before, to the last bit, whatever f gave.
func (a *EMA) Use(store *graph.Store, f func() error) error {
	switch {
	case a == nil:
		return errNil(a)
	case f == nil:
		return errors.New("ema: no function to call")
	case a.values == nil:
		return errors.New("ema: nothing was averaged yet; is it among the hooks, and the first of those that use it?")
	}
	before := valuesOf(store)
	if err := store.SetValues(a.values); err != nil {
		return errors.Wrap(err, "ema")
	}
	err := f()
	return first(err, errors.Wrap(store.SetValues(before), "ema"))
}

// State implements Stateful: "average/path" for each parameter, and "step", the number of steps so far.
func (a *EMA) State() map[string]*tensor.Dense {
	state := map[string]*tensor.Dense{}
	if a == nil || a.values == nil {
		return state
	}
	for path, v := range a.Values() {
		state["average/"+path] = v
	}
	state["step"] = number(float64(a.steps))
	return state
}

// SetState implements Stateful. What does not fit the model's parameters is refused by Start.
func (a *EMA) SetState(state map[string]*tensor.Dense) error {
	if a == nil {
		return errNil(a)
	}
	if len(state) == 0 {
		a.steps, a.values = 0, nil
		return nil
	}
	if err := onlyNames(state, "step", "average/"); err != nil {
		return errors.Wrap(err, "ema")
	}
	steps, err := countOf(state, "step")
	if err != nil {
		return errors.Wrap(err, "ema")
	}
	values := map[string]*tensor.Dense{}
	for key, v := range state {
		if path, ok := strings.CutPrefix(key, "average/"); ok {
			if values[path], err = copyOf(key, v); err != nil {
				return errors.Wrap(err, "ema")
			}
		}
	}
	a.steps, a.values = steps, values
	return nil
}
