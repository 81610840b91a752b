package graph

import (
	"fmt"
	"math"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
)

// LogSumExp is log Σ eˣ over the given axes, which the result no longer has; without axes over all. It does not
// overflow, and its gradient is the softmax. Elements of -Inf count nothing: nothing but those gives -Inf, and
// sends no gradient. +Inf gives +Inf, and the elements that are +Inf share the gradient. NaN gives NaN.
func (s *Scope) LogSumExp(x *G.Node, axes ...int) *G.Node {
	axes = s.axesOf("logsumexp", x, axes)
	if len(axes) == 0 { // of a scalar
		return s.apply(logSumExp{}, x)
	}
	for to := len(axes); to > 0; { // last axes first; those that lie next to one another at once
		from := to - 1
		for from > 0 && axes[from-1] == axes[from]-1 {
			from--
		}
		x = s.apply(logSumExp{axes[from], axes[to-1] + 1}, x)
		to = from
	}
	return x
}

// logSumExp reduces the axes from ≤ axis < to.
type logSumExp struct{ from, to int }

func (r logSumExp) String() string { return fmt.Sprintf("logsumexp over [%d:%d]", r.from, r.to) }

func (r logSumExp) infer(in []tensor.Shape) (tensor.Shape, error) {
	return append(in[0][:r.from].Clone(), in[0][r.to:]...), nil
}

func (r logSumExp) run32(t threads, dst []float32, in []operand[float32]) error {
	return logSumExpRun(t, r, dst, in[0])
}
func (r logSumExp) run64(t threads, dst []float64, in []operand[float64]) error {
	return logSumExpRun(t, r, dst, in[0])
}

func logSumExpRun[F float](t threads, r logSumExp, dst []F, x operand[F]) error {
	l := lanesOf(x.shape, r.from, r.to)
	inParallel(t, l.count, l.n, func(from, to int) {
		row := make([]F, l.n)
		for i := from; i < to; i++ {
			pickLane(row, x.data, l, i)
			dst[i] = F(logSumExpOf(row))
		}
	})
	return nil
}

// pickLane puts the elements of a lane side by side.
func pickLane[F float](row, x []F, l lanes, i int) {
	at := l.first(i)
	for k := range row {
		row[k] = x[at]
		at += l.step
	}
}

// logSumExpOf is log Σ eˣ of any row.
func logSumExpOf[F float](row []F) float64 {
	z := kernel.LogSumExp(row)
	if z == z {
		return z
	}
	return float64(slices.Max(row)) // infinite, or NaN
}

func (r logSumExp) diff(s *Scope, in G.Nodes, _, grad *G.Node) G.Nodes {
	return G.Nodes{s.apply(logSumExpGrad(r), in[0], grad)}
}

// logSumExpGrad is the softmax of its first operand times the gradient, its second.
type logSumExpGrad logSumExp

func (r logSumExpGrad) String() string { return logSumExp(r).String() + "'" }

func (logSumExpGrad) infer(in []tensor.Shape) (tensor.Shape, error) { return in[0], nil }

func (r logSumExpGrad) run32(t threads, dst []float32, in []operand[float32]) error {
	return logSumExpGradRun(t, r, dst, in)
}
func (r logSumExpGrad) run64(t threads, dst []float64, in []operand[float64]) error {
	return logSumExpGradRun(t, r, dst, in)
}

func logSumExpGradRun[F float](t threads, r logSumExpGrad, dst []F, in []operand[F]) error {
	l := lanesOf(in[0].shape, r.from, r.to)
	inParallel(t, l.count, l.n, func(from, to int) {
		row := make([]F, l.n)
		for i := from; i < to; i++ {
			pickLane(row, in[0].data, l, i)
			logSumExpGradRow(row, float64(in[1].data[i]))
			at := l.first(i)
			for _, v := range row {
				dst[at] = v
				at += l.step
			}
		}
	})
	return nil
}

// logSumExpGradRow makes the gradient of a row in its place.
func logSumExpGradRow[F float](row []F, grad float64) {
	z := logSumExpOf(row)
	switch {
	case math.IsInf(z, -1):
		clear(row)
	case math.IsInf(z, 1):
		greatest := 0
		for k, v := range row {
			row[k] = truth[F](float64(v) == z)
			greatest += int(row[k])
		}
		mapRow(kernel.Scale, F(grad/float64(greatest)), row, row, nil)
	default:
		expLess(row, row, z, grad)
	}
}
