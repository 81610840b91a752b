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

func (n normalize) run32(t threads, dst []float32, in []operand[float32]) error {
	return normalizeRun(t, n, dst, in[0])
}

func (n normalize) run64(t threads, dst []float64, in []operand[float64]) error {
	return normalizeRun(t, n, dst, in[0])
}

func normalizeRun[F float](t threads, n normalize, dst []F, x operand[F]) error {
	rows, width := flat(x.shape)
	inParallel(t, rows, width, func(from, to int) {
		for at := from * width; at < to*width; at += width {
			row, y := x.data[at:at+width], dst[at:at+width]
			mean, scale := moments(n, row)
			for k, v := range row {
				y[k] = F((float64(v) - mean) * scale)
			}
		}
	})
	return nil
}

// moments gives the mean of a row and 1/√(σ²+ε).
func moments[F float](n normalize, row []F) (mean, scale float64) {
	mean = total(row) / float64(len(row))
	var variance float64
	for _, v := range row {
		d := float64(v) - mean
		variance += d * d
	}
	return mean, 1 / math.Sqrt(variance/float64(len(row))+n.epsilon)
}

func (n normalize) diff(s *Scope, in G.Nodes, out, grad *G.Node) G.Nodes {
	return G.Nodes{s.apply(normalizeGrad(n), in[0], out, grad)}
}

// normalizeGrad is (dy - mean(dy) - y·mean(dy⊙y)) / √(σ²+ε).
type normalizeGrad normalize

func (n normalizeGrad) String() string { return normalize(n).String() + "'" }

func (normalizeGrad) infer(in []tensor.Shape) (tensor.Shape, error) { return in[0], nil }

func (n normalizeGrad) run32(t threads, dst []float32, in []operand[float32]) error {
	return normalizeGradRun(t, n, dst, in)
}

func (n normalizeGrad) run64(t threads, dst []float64, in []operand[float64]) error {
	return normalizeGradRun(t, n, dst, in)
}

func normalizeGradRun[F float](t threads, n normalizeGrad, dst []F, in []operand[F]) error {
	rows, width := flat(in[0].shape)
	inParallel(t, rows, width, func(from, to int) {
		for at := from * width; at < to*width; at += width {
			normalizeGradRow(n, dst[at:at+width], in[0].data[at:at+width], in[1].data[at:at+width], in[2].data[at:at+width])
		}
	})
	return nil
}

func normalizeGradRow[F float](n normalizeGrad, dx, x, y, dy []F) {
	_, scale := moments(normalize(n), x)
	var mean, along float64
	for k, g := range dy {
		mean += float64(g)
		along += float64(g) * float64(y[k])
	}
	mean, along = mean/float64(len(x)), along/float64(len(x))
	for k, g := range dy {
		dx[k] = F(scale * (float64(g) - mean - float64(y[k])*along))
	}
}
