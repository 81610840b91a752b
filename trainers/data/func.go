package data

import (
	"iter"
	"maps"
	"reflect"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// Func is a Source of n batches an epoch that a function makes: for data that is computed, or that something
// else reads. batch has to give the same for the same epoch and k in [0, n) whatever was asked for before, as from
// random numbers of a generator seeded with both, tensors that nothing else holds, and be safe for concurrent use.
//
// Each batch is held to spec: the same names, types of elements and shapes, of which the leading axis may be
// shorter but not empty, as of sequences of fewer timesteps. The first that differs is an error, which ends the
// epoch, and so is one of batch. With a negative n, or without a function, there are no batches, and Batches
// yields an error that says so.
//
// The Source does not say along which axis its sequences lie: training cannot share its batches out. See Sharder.
func Func(spec Spec, n int, batch func(epoch, k int) (Batch, error)) Source {
	return made{spec.clone(), n, batch}
}

// made is the Source of Func.
type made struct {
	spec  Spec
	n     int
	batch func(epoch, k int) (Batch, error)
}

// Spec implements Source.
func (m made) Spec() Spec { return m.spec.clone() }

// Len implements Source.
func (m made) Len() int {
	if m.batch == nil {
		return 0
	}
	return max(0, m.n)
}

// Batches implements Source.
func (m made) Batches(epoch, from int) iter.Seq2[Batch, error] {
	if m.batch == nil || m.n < 0 {
		return func(yield func(Batch, error) bool) {
			yield(nil, errors.Errorf("batches: Func of %d batches, function given: %t; wanted 0 or more, and one", m.n, m.batch != nil))
		}
	}
	return count(from, m.n, func(k int) (Batch, error) {
		b, err := m.batch(epoch, k)
		if err == nil {
			err = m.spec.check(b)
		}
		if err != nil {
			return nil, errors.Wrapf(err, "batch %d of epoch %d", k, epoch)
		}
		return b, nil
	})
}

func (s Spec) clone() Spec {
	c := make(Spec, len(s))
	for name, field := range s {
		c[name] = Field{Shape: slices.Clone(field.Shape), Dtype: field.Dtype}
	}
	return c
}

// check reports the first tensor, by name, that is not as the spec says.
func (s Spec) check(b Batch) error {
	for _, name := range slices.Sorted(maps.Keys(s)) {
		want, t := s[name], b[name]
		switch {
		case !present(t):
			return errors.Errorf("%q is missing, wanted %v of %s", name, want.Shape, typeName(want.Dtype))
		case t.Dtype().Kind() == reflect.String: // in place of numbers that could not be made, as graph.Floats says it
			return errors.Errorf("%q: %v", name, t.Data())
		case t.Dtype() != want.Dtype:
			return errors.Errorf("%q has elements of %s, wanted %s", name, typeName(t.Dtype()), typeName(want.Dtype))
		case !fits(t.Shape(), want.Shape):
			return errors.Errorf("%q has shape %v, wanted %v or fewer along the leading axis", name, t.Shape(), want.Shape)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if _, ok := s[name]; !ok {
			return errors.Errorf("%q is not in the spec, which has %q", name, slices.Sorted(maps.Keys(s)))
		}
	}
	return nil
}

// fits reports whether a tensor of a shape is one of a declared shape, or of fewer along the leading axis. A
// scalar is one element along one axis.
func fits(shape, declared tensor.Shape) bool {
	if len(shape) == 0 && len(declared) == 1 {
		shape = tensor.Shape{1}
	}
	if len(shape) != len(declared) {
		return false
	}
	for i, d := range shape {
		if d != declared[i] && (i > 0 || d < 1 || d > declared[i]) {
			return false
		}
	}
	return true
}

func typeName(d tensor.Dtype) string {
	if d.Type == nil {
		return "no type"
	}
	return d.Name()
}
