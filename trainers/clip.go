package trainers

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/internal/kernel"
)

// ClipByNorm scales all gradients by one factor so that their global norm, that of all elements of all
// of them together, is at most max (Pascanu, Mikolov & Bengio, 2013, algorithm 1), and returns the norm
// from before. A max of 0 or less does not clip, and gradients whose norm is not finite stay as they
// are. The factor is max/(norm+1e-6), as PyTorch's. What is no tensor of floats is left out.
func ClipByNorm(grads []graph.Gradient, max float64) (norm float64) {
	var sum float64
	for _, g := range grads {
		if !isFloats(g.Grad) {
			continue
		}
		if g.Grad.Dtype() == tensor.Float32 {
			sum += squares(g, g.Grad.Float32s())
		} else {
			sum += squares(g, g.Grad.Float64s())
		}
	}
	norm = math.Sqrt(sum)
	if factor := max / (norm + 1e-6); max > 0 && factor < 1 && !math.IsInf(norm, 1) {
		scale(grads, factor)
	}
	return norm
}

// squares sums in float64, in which no float32 overflows. Rows that are zero are left out.
func squares[F float](g graph.Gradient, values []F) (sum float64) {
	rows, threads := g.Rows(), kernel.Threads(g.Threads())
	if rows == nil {
		return kernel.SumSquares(threads, values)
	}
	width := len(values) / g.Grad.Shape()[0]
	for _, row := range rows {
		sum += kernel.SumSquares(threads, values[row*width:(row+1)*width])
	}
	return sum
}

// scale multiplies every element of every gradient.
func scale(grads []graph.Gradient, factor float64) {
	for _, g := range grads {
		if !isFloats(g.Grad) {
			continue
		}
		if g.Grad.Dtype() == tensor.Float32 {
			scaleRows(g, g.Grad.Float32s(), float32(factor))
		} else {
			scaleRows(g, g.Grad.Float64s(), factor)
		}
	}
}

func scaleRows[F float](g graph.Gradient, values []F, factor F) {
	rows := g.Rows()
	if rows == nil {
		kernel.ScaleAll(kernel.Threads(g.Threads()), values, factor)
		return
	}
	width := len(values) / g.Grad.Shape()[0]
	for _, row := range rows { // each is too short for several threads
		v := kernel.View[F]{Data: values[row*width : (row+1)*width], Stride: width}
		kernel.Map(kernel.Scale, factor, 1, width, v, v, kernel.View[F]{}, kernel.View[F]{})
	}
}
