package trainers

import (
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// Stateful is what remembers something from step to step that a run which is resumed needs: every
// Optimizer, EarlyStopping, ReduceOnPlateau and Average.
type Stateful interface {
	// State returns a copy of what is remembered, by name. It can be saved as tensors are.
	State() map[string]*tensor.Dense
	// SetState goes on from a copy of what State gave; nil or empty begins anew. On error nothing is
	// changed.
	SetState(map[string]*tensor.Dense) error
}

// number is one number of a state, [1] float64.
func number(v float64) *tensor.Dense {
	return tensor.New(tensor.WithShape(1), tensor.WithBacking([]float64{v}))
}

func numberOf(state map[string]*tensor.Dense, name string) (float64, error) {
	d := state[name]
	if d == nil || d.Dtype() != tensor.Float64 || d.Size() != 1 {
		return 0, errors.Errorf("state %q: want one float64", name)
	}
	if v, ok := d.Data().(float64); ok {
		return v, nil
	}
	return d.Float64s()[0], nil
}

// countOf is a number that was counted.
func countOf(state map[string]*tensor.Dense, name string) (int, error) {
	if d := state[name]; d != nil && d.Dtype() == tensor.Int && d.Shape().TotalSize() == 1 && d.Ints()[0] >= 0 {
		return d.Ints()[0], nil // as other programs write it
	}
	v, err := numberOf(state, name)
	if err == nil && !(v >= 0 && v == math.Trunc(v) && v < 1<<53) {
		err = errors.Errorf("state %q: %v, want a whole number of 0 or more", name, v)
	}
	return int(v), err
}

// copyOf copies a tensor of a state that has to be one of floats, without gaps.
func copyOf(key string, d *tensor.Dense) (*tensor.Dense, error) {
	if d == nil || d.RequiresIterator() || d.Dtype() != tensor.Float32 && d.Dtype() != tensor.Float64 {
		return nil, errors.Errorf("state %q: want a contiguous tensor of floats", key)
	}
	return d.Clone().(*tensor.Dense), nil
}

// onlyNames refuses what is not one of names. A name that ends in a slash stands for all that begin with it.
func onlyNames(state map[string]*tensor.Dense, names ...string) error {
	for key := range state {
		if !slices.ContainsFunc(names, func(name string) bool {
			return key == name || strings.HasSuffix(name, "/") && strings.HasPrefix(key, name)
		}) {
			return errors.Errorf("state %q: want one of %s", key, strings.Join(names, ", "))
		}
	}
	return nil
}
