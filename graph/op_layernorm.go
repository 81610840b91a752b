package graph

import (
	"fmt"
	"math"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Normalize shifts and scales x [..., n] along its last axis to mean 0 and variance 1: (x-μ)/√(σ²+ε),
// σ² the mean of the squared deviations (Ba et al., 2016, eq. 3, without gain and bias).
func (s *Scope) Normalize(x *G.Node, epsilon float64) *G.Node {
	if !(epsilon >= 0) {
		s.Fail("normalize: epsilon %v, want at least 0", epsilon)
	}
	return s.apply(normalize{epsilon}, x)
}

type normalize struct{ epsilon float64 }

func (n normalize) String() string { return fmt.Sprintf("normalize %v", n.epsilon) }

func (normalize) infer(in []tensor.Shape) (tensor.Shape, error) {
	if in[0].IsScalar() {
		return nil, errors.New("want at least one axis")
	}
	return in[0], nil
}

func (n normalize) run32(dst []float32, in []operand[float32]) error {
	return normalizeRun(n, dst, in[0])
}

func (n normalize) run64(dst []float64, in []operand[float64]) error {
	return normalizeRun(n, dst, in[0])
}

func normalizeRun[F float](n normalize, dst []F, x operand[F]) error {
	_, width := flat(x.shape)
	for at := 0; at < len(dst); at += width {
		row := x.data[at : at+width]
		mean, scale := n.moments(len(row), func(k int) float64 { return float64(row[k]) })
		for k, v := range row {
			dst[at+k] = F((float64(v) - mean) * scale)
		}
	}
	return nil
}

// moments gives the mean of a row and 1/√(σ²+ε).
func (n normalize) moments(width int, x func(int) float64) (mean, scale float64) {
	for k := range width {
		mean += x(k)
	}
	mean /= float64(width)
	var variance float64
	for k := range width {
		d := x(k) - mean
		variance += d * d
	}
	return mean, 1 / math.Sqrt(variance/float64(width)+n.epsilon)
}

func (n normalize) diff(s *Scope, in G.Nodes, out, grad *G.Node) G.Nodes {
	return G.Nodes{s.apply(normalizeGrad(n), in[0], out, grad)}
}

// normalizeGrad is (dy - mean(dy) - y·mean(dy⊙y)) / √(σ²+ε).
type normalizeGrad normalize

func (n normalizeGrad) String() string { return normalize(n).String() + "'" }

func (normalizeGrad) infer(in []tensor.Shape) (tensor.Shape, error) { return in[0], nil }

func (n normalizeGrad) run32(dst []float32, in []operand[float32]) error {
	return normalizeGradRun(n, dst, in)
}

func (n normalizeGrad) run64(dst []float64, in []operand[float64]) error {
	return normalizeGradRun(n, dst, in)
}

func normalizeGradRun[F float](n normalizeGrad, dst []F, in []operand[F]) error {
	_, width := flat(in[0].shape)
	for at := 0; at < len(dst); at += width {
		x, y, dy := in[0].data[at:at+width], in[1].data[at:at+width], in[2].data[at:at+width]
		_, scale := normalize(n).moments(width, func(k int) float64 { return float64(x[k]) })
		var mean, along float64
		for k, g := range dy {
			mean += float64(g)
			along += float64(g) * float64(y[k])
		}
		mean, along = mean/float64(width), along/float64(width)
		for k, g := range dy {
			dst[at+k] = F(scale * (float64(g) - mean - float64(y[k])*along))
		}
	}
	return nil
}
