package graph

import (
	"math"
	"slices"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
)

// Softmax is eˣ divided by its sum along the last axis, stable for any finite x. Elements of -Inf get
// probability 0, all of them if a row is nothing but that: of what is all masked there is nothing to choose.
func (s *Scope) Softmax(x *G.Node) *G.Node { return s.apply(softmax{}, x) }

// LogSoftmax is the logarithm of Softmax along the last axis, -Inf where that is 0.
func (s *Scope) LogSoftmax(x *G.Node) *G.Node { return s.apply(softmax{log: true}, x) }

// softmax is normalised along the last axis.
type softmax struct{ log bool }

func (m softmax) String() string {
	if m.log {
		return "log softmax"
	}
	return "softmax"
}

func (softmax) infer(in []tensor.Shape) (tensor.Shape, error) {
	if in[0].IsScalar() {
		return nil, errors.New("want at least one axis")
	}
	return in[0], nil
}

func (m softmax) run32(t threads, dst []float32, in []operand[float32]) error {
	return softmaxRun(t, m, dst, in[0])
}
func (m softmax) run64(t threads, dst []float64, in []operand[float64]) error {
	return softmaxRun(t, m, dst, in[0])
}

func softmaxRun[F float](t threads, m softmax, dst []F, x operand[F]) error {
	rows, n := flat(x.shape)
	inParallel(t, rows, n, func(from, to int) {
		for i := from; i < to; i++ {
			row, to := x.data[i*n:(i+1)*n], dst[i*n:(i+1)*n]
			z := kernel.LogSumExp(row)
			if z != z && !slices.ContainsFunc(row, func(v F) bool { return !math.IsInf(float64(v), -1) }) {
				z = 0
			}
			if !m.log {
				expLess(to, row, z, 1)
				continue
			}
			for k, v := range row {
				to[k] = F(float64(v) - z)
			}
		}
	})
	return nil
}

// expLess sets dst to k·e^(x-z). What is lost of z in a float32 is worked into k.
func expLess[F float](dst, x []F, z, k float64) {
	shift := F(z)
	kernel.ExpShift(dst, x, shift, F(k*math.Exp(float64(shift)-z)))
}

func (m softmax) diff(s *Scope, _ G.Nodes, out, grad *G.Node) G.Nodes {
	return G.Nodes{s.apply(softmaxGrad(m), out, grad)}
}

// softmaxGrad makes the gradient of softmax from its result and the gradient of that.
type softmaxGrad softmax

func (m softmaxGrad) String() string { return softmax(m).String() + "'" }

func (softmaxGrad) infer(in []tensor.Shape) (tensor.Shape, error) { return in[0], nil }

func (m softmaxGrad) run32(t threads, dst []float32, in []operand[float32]) error {
	return softmaxGradRun(t, m, dst, in)
}

func (m softmaxGrad) run64(t threads, dst []float64, in []operand[float64]) error {
	return softmaxGradRun(t, m, dst, in)
}

func softmaxGradRun[F float](t threads, m softmaxGrad, dst []F, in []operand[F]) error {
	rows, n := flat(in[0].shape)
	inParallel(t, rows, n, func(from, to int) {
		for i := from; i < to; i++ {
			softmaxGradRow(m, dst[i*n:(i+1)*n], in[0].data[i*n:(i+1)*n], in[1].data[i*n:(i+1)*n])
		}
	})
	return nil
}

func softmaxGradRow[F float](m softmaxGrad, dx, y, dy []F) {
	if m.log {
		kernel.ExpShift(dx, y, 0, F(total(dy)))
		mapRow(kernel.Sub, 0, dx, dy, dx)
		return
	}
	var along float64
	for k, g := range dy {
		along += float64(g) * float64(y[k])
	}
	for k, g := range dy {
		dx[k] = F(float64(y[k]) * (float64(g) - along))
	}
}
