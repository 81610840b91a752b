package trainers

import (
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/internal/kernel"
)

// An Optimizer changes parameters along their gradients. It keeps its moments by parameter path, so
// they can be saved and resumed.
//
// The zero value of each optimiser in this package has PyTorch's settings, each field says which. One
// value trains one model.
type Optimizer interface {
	// Step updates the value of every gradient's parameter in place at the given learning rate. On
	// error nothing is changed.
	Step(rate float64, grads []graph.Gradient) error
	// State returns a copy of what Step needs to go on: "path/name" for each moment, of the
	// parameter's shape and type, and "path/step", the number of updates so far, [1] float64.
	State() map[string]*tensor.Dense
	// SetState goes on from a copy of what State gave; nil or empty begins anew. It refuses names and
	// types that the optimiser does not have, the next Step what does not fit its parameters.
	SetState(map[string]*tensor.Dense) error
}

type float interface{ float32 | float64 }

// A rule is the arithmetic of an optimiser on one parameter; memory does the rest.
type rule interface {
	// name begins the messages of errors.
	name() string
	// check refuses settings that make no sense.
	check() error
	// moments names what is kept for each parameter: zeros at first, later what update leaves in m.
	moments() []string
	// update computes p, and the moments m in the order of their names, from the gradient g. steps
	// counts the updates of this parameter, this one included.
	update32(rate float64, steps int, p, g []float32, m [][]float32)
	update64(rate float64, steps int, p, g []float64, m [][]float64)
}

// prepare lets an optimiser check a step beforehand, where it can.
func prepare(o Optimizer, rate float64, grads []graph.Gradient) error {
	if p, ok := o.(interface {
		prepare(rate float64, grads []graph.Gradient) error
	}); ok {
		return p.prepare(rate, grads)
	}
	return nil
}

// memory is what an optimiser keeps from step to step, by parameter path.
type memory struct {
	params   map[string]*kept
	restored bool           // by SetState, and not yet compared with the parameters
	threads  kernel.Threads // that the update under way may use
}

// kept is what is kept for one parameter.
type kept struct {
	steps   int
	moments map[string]*tensor.Dense
	// The elements of moments, in the order of the rule's names, as the type that they have.
	list32 [][]float32
	list64 [][]float64
}

func (m *memory) step(r rule, rate float64, grads []graph.Gradient) error {
	if err := m.prepare(r, rate, grads); err != nil {
		return err
	}
	n := len(r.moments())
	for _, g := range grads {
		k := m.params[g.Path]
		k.steps++
		m.threads = kernel.Threads(g.Threads())
		if g.Value.Dtype() == tensor.Float32 {
			r.update32(rate, k.steps, g.Value.Float32s(), g.Grad.Float32s(), k.list32[:n])
		} else {
			r.update64(rate, k.steps, g.Value.Float64s(), g.Grad.Float64s(), k.list64[:n])
		}
	}
	return nil
}

// prepare checks everything that a step relies on, then makes the moments of parameters that are new.
func (m *memory) prepare(r rule, rate float64, grads []graph.Gradient) error {
	return errors.Wrap(m.check(r, rate, grads), r.name())
}

func (m *memory) check(r rule, rate float64, grads []graph.Gradient) error {
	if err := r.check(); err != nil {
		return err
	}
	if !(rate >= 0) || math.IsInf(rate, 1) {
		return errors.Errorf("learning rate %v, want a finite number of 0 or more", rate)
	}
	if err := checkGradients(grads); err != nil {
		return err
	}
	for _, g := range grads {
		if err := m.fits(r, g); err != nil {
			return err
		}
	}
	if m.restored {
		for path := range m.params {
			if !slices.ContainsFunc(grads, func(g graph.Gradient) bool { return g.Path == path }) {
				return errors.Errorf("state of %q: no such parameter is trained", path)
			}
		}
	}
	for _, g := range grads {
		if m.params[g.Path] == nil {
			m.add(r, g)
		}
	}
	m.restored = false
	return nil
}

// fits compares a parameter with its gradient and with what is kept for it.
func (m *memory) fits(r rule, g graph.Gradient) error {
	if !alike(g.Grad, g.Value) {
		return errors.Errorf("%s: gradient %v %v, parameter %v %v", g.Path, g.Grad.Dtype(), g.Grad.Shape(), g.Value.Dtype(), g.Value.Shape())
	}
	k := m.params[g.Path]
	if k == nil {
		if m.restored {
			return errors.Errorf("state of %q is missing", g.Path)
		}
		return nil
	}
	for _, name := range r.moments() {
		moment := k.moments[name]
		if moment == nil {
			return errors.Errorf("state %q is missing", g.Path+"/"+name)
		}
		if !alike(moment, g.Value) {
			return errors.Errorf("state %q: %v %v, parameter %v %v", g.Path+"/"+name, moment.Dtype(), moment.Shape(), g.Value.Dtype(), g.Value.Shape())
		}
	}
	if k.list32 == nil && k.list64 == nil {
		k.list(r)
	}
	return nil
}

func (m *memory) add(r rule, g graph.Gradient) {
	k := &kept{moments: map[string]*tensor.Dense{}}
	for _, name := range r.moments() {
		k.moments[name] = tensor.New(tensor.WithShape(g.Value.Shape()...), tensor.Of(g.Value.Dtype()))
	}
	k.list(r)
	if m.params == nil {
		m.params = map[string]*kept{}
	}
	m.params[g.Path] = k
}

func (k *kept) list(r rule) {
	for _, name := range r.moments() {
		if d := k.moments[name]; d.Dtype() == tensor.Float32 {
			k.list32 = append(k.list32, d.Float32s())
		} else {
			k.list64 = append(k.list64, d.Float64s())
		}
	}
}

func (m *memory) state() map[string]*tensor.Dense {
	state := map[string]*tensor.Dense{}
	for path, k := range m.params {
		state[path+"/step"] = tensor.New(tensor.WithShape(1), tensor.WithBacking([]float64{float64(k.steps)}))
		for name, d := range k.moments {
			state[path+"/"+name] = d.Clone().(*tensor.Dense)
		}
	}
	return state
}

func (m *memory) setState(r rule, state map[string]*tensor.Dense) error {
	params := map[string]*kept{}
	for key, d := range state {
		slash := strings.LastIndexByte(key, '/')
		path, name := key[:max(slash, 0)], key[slash+1:]
		if path == "" || name != "step" && !slices.Contains(r.moments(), name) {
			return errors.Errorf("%s: state %q: want a parameter's path and one of %s", r.name(), key, strings.Join(append([]string{"step"}, r.moments()...), ", "))
		}
		k := params[path]
		if k == nil {
			k = &kept{steps: -1, moments: map[string]*tensor.Dense{}}
			params[path] = k
		}
		var err error
		if name != "step" {
			k.moments[name], err = copyOf(key, d)
		} else if k.steps, err = countOf(state, key); err != nil {
			err = errors.Errorf("state %q: want one float64 of 0 or more", key)
		}
		if err != nil {
			return errors.Wrap(err, r.name())
		}
	}
	for path, k := range params {
		if k.steps < 0 {
			return errors.Errorf("%s: state %q is missing", r.name(), path+"/step")
		}
	}
	m.params, m.restored = params, len(params) > 0
	return nil
}

// trust says that what SetState was given is known to fit: it came from this very optimiser, which may
// train other parameters by now.
func (m *memory) trust() { m.restored = false }

// trust says so to an optimiser of this package.
func trust(o any) {
	if o, ok := o.(interface{ trust() }); ok && !isNil(o) {
		o.trust()
	}
}

// alike reports whether two tensors have one shape and one type. Not Shape.Eq, for which (n), (n, 1)
// and (1, n) are equal.
func alike(a, b *tensor.Dense) bool {
	return a.Dtype() == b.Dtype() && slices.Equal([]int(a.Shape()), []int(b.Shape()))
}

// or is v, and what a setting of 0 means where v is 0.
func or(v, zero float64) float64 {
	if v == 0 {
		return zero
	}
	return v
}

// named is a name, or what an empty one means.
func named(name, empty string) string {
	if name == "" {
		return empty
	}
	return name
}

// checkShare refuses a decay rate outside [0, 1).
func checkShare(name string, v float64) error {
	if !(v >= 0 && v < 1) {
		return errors.Errorf("%s is %v, want 0 ≤ %s < 1", name, v, name)
	}
	return nil
}

// checkNotNegative refuses a setting below 0 or without bound.
func checkNotNegative(name string, v float64) error {
	if !(v >= 0) || math.IsInf(v, 1) {
		return errors.Errorf("%s is %v, want a finite number of 0 or more", name, v)
	}
	return nil
}

// first returns the first error that is not nil.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
