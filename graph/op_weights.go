package graph

import (
	"math"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Weights is x, numbers or indices, as weights of a sum: of the Store's dtype and without a gradient. One
// that is negative or not finite is an error of the run.
func (s *Scope) Weights(x *G.Node) *G.Node { return s.apply(weights{}, x) }

type weights struct{}

func (weights) String() string { return "weights" }

func (weights) result(store tensor.Dtype) tensor.Dtype { return store }

func (weights) infer(in []tensor.Shape) (tensor.Shape, error) { return in[0], nil }

func (weights) run32(t threads, dst []float32, in []operand[float32]) error {
	return weightsRun(dst, in[0])
}
func (weights) run64(t threads, dst []float64, in []operand[float64]) error {
	return weightsRun(dst, in[0])
}

func weightsRun[F float](dst []F, x operand[F]) error {
	if err := castRun(dst, x); err != nil {
		return err
	}
	for i, v := range dst {
		if !(v >= 0) || math.IsInf(float64(v), 1) {
			return errors.Errorf("%v at %v, want finite and 0 or more", v, place(x.shape, i))
		}
	}
	return nil
}
