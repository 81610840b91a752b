package trainers

import (
	"reflect"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

// isNil reports whether an interface holds nothing, or a nil pointer or function.
func isNil(v any) bool {
	of := reflect.ValueOf(v)
	return !of.IsValid() || (of.Kind() == reflect.Pointer || of.Kind() == reflect.Func) && of.IsNil()
}

// errNil is the error of a method of v that is nil.
func errNil(v any) error { return errors.Errorf("%T is nil", v) }

// ready refuses a hook that is nil, and a Run that none of its fields says anything of.
func ready(hook any, r *Run) error {
	switch {
	case isNil(hook):
		return errNil(hook)
	case r == nil || isNil(r.Model) || r.Session == nil:
		return errors.Errorf("%T: run is nil or zero, want the one that Fit hands to its hooks", hook)
	}
	return nil
}

// checkGradients refuses what is no gradient of a parameter.
func checkGradients(grads []graph.Gradient) error {
	for i, g := range grads {
		if g.Param == nil || !isFloats(g.Value) || !isFloats(g.Grad) {
			return errors.Errorf("gradient %d: want one of Session.Gradients, floats for a parameter of floats", i)
		}
	}
	return nil
}

func isFloats(t *tensor.Dense) bool {
	return t != nil && (t.Dtype() == tensor.Float32 || t.Dtype() == tensor.Float64)
}
