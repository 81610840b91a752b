package trainers

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

// ClipByNorm scales all gradients by one factor so that their global norm, that of all elements of all
// of them together, is at most max (Pascanu, Mikolov & Bengio, 2013, algorithm 1), and returns the norm
// from before. A max of 0 or less does not clip, and gradients whose norm is not finite stay as they
// are. The factor is max/(norm+1e-6), as PyTorch's.
func ClipByNorm(grads []graph.Gradient, max float64) (norm float64) {
	var sum float64
	for _, g := range grads {
		if g.Grad.Dtype() == tensor.Float32 {
			sum += squares(g.Grad.Float32s())
		} else {
			sum += squares(g.Grad.Float64s())
		}
	}
	norm = math.Sqrt(sum)
	if factor := max / (norm + 1e-6); max > 0 && factor < 1 && !math.IsInf(norm, 1) {
		scale(grads, factor)
	}
	return norm
}

// squares sums in float64, in which no float32 overflows.
func squares[F float](values []F) (sum float64) {
	for _, v := range values {
		sum += float64(v) * float64(v)
	}
	return sum
}

// scale multiplies every element of every gradient.
func scale(grads []graph.Gradient, factor float64) {
	for _, g := range grads {
		if g.Grad.Dtype() == tensor.Float32 {
			scaleAll(g.Grad.Float32s(), float32(factor))
		} else {
			scaleAll(g.Grad.Float64s(), factor)
		}
	}
}

func scaleAll[F float](values []F, factor F) {
	for i := range values {
		values[i] *= factor
	}
}
