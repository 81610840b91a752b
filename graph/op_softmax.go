package graph

import (
	"math"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Softmax is eˣ divided by its sum along the last axis, stable for any finite x. Elements of -Inf get
// probability 0, as long as one in the row is finite.
func (s *Scope) Softmax(x *G.Node) *G.Node { return s.apply(softmax{}, x) }

// LogSoftmax is the logarithm of Softmax along the last axis.
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

func (m softmax) run32(dst []float32, in []operand[float32]) error { return softmaxRun(m, dst, in[0]) }
func (m softmax) run64(dst []float64, in []operand[float64]) error { return softmaxRun(m, dst, in[0]) }

func softmaxRun[F float](m softmax, dst []F, x operand[F]) error {
	_, n := flat(x.shape)
	for at := 0; at < len(dst); at += n {
		row, to := x.data[at:at+n], dst[at:at+n]
		z := logSumExp(row)
		for k, v := range row {
			if to[k] = F(float64(v) - z); !m.log {
				to[k] = F(math.Exp(float64(v) - z))
			}
		}
	}
	return nil
}

// logSumExp is log Σ eˣ, computed beside the greatest x so that nothing overflows.
func logSumExp[F float](row []F) float64 {
	top := float64(row[0])
	for _, v := range row[1:] {
		top = max(top, float64(v))
	}
	var total float64
	for _, v := range row {
		total += math.Exp(float64(v) - top)
	}
	return top + math.Log(total)
}

func (m softmax) diff(s *Scope, _ G.Nodes, out, grad *G.Node) G.Nodes {
	return G.Nodes{s.apply(softmaxGrad(m), out, grad)}
}

// softmaxGrad makes the gradient of softmax from its result and the gradient of that.
type softmaxGrad softmax

func (m softmaxGrad) String() string { return softmax(m).String() + "'" }

func (softmaxGrad) infer(in []tensor.Shape) (tensor.Shape, error) { return in[0], nil }

func (m softmaxGrad) run32(dst []float32, in []operand[float32]) error {
	return softmaxGradRun(m, dst, in)
}

func (m softmaxGrad) run64(dst []float64, in []operand[float64]) error {
	return softmaxGradRun(m, dst, in)
}

func softmaxGradRun[F float](m softmaxGrad, dst []F, in []operand[F]) error {
	_, n := flat(in[0].shape)
	for at := 0; at < len(dst); at += n {
		y, dy, dx := in[0].data[at:at+n], in[1].data[at:at+n], dst[at:at+n]
		var total float64
		if m.log {
			for _, g := range dy {
				total += float64(g)
			}
			for k, g := range dy {
				dx[k] = F(float64(g) - math.Exp(float64(y[k]))*total)
			}
			continue
		}
		for k, g := range dy {
			total += float64(g) * float64(y[k])
		}
		for k, g := range dy {
			dx[k] = F(float64(y[k]) * (float64(g) - total))
		}
	}
	return nil
}
