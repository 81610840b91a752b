package graph

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// CumSum adds up x along an axis, each element with all before it: y[i] = x[0] + … + x[i], of the shape of x.
// It is added up in float64. After a NaN all are NaN.
func (s *Scope) CumSum(x *G.Node, axis int) *G.Node { return s.apply(cumSum{axis: axis}, x) }

type cumSum struct {
	axis    int
	reverse bool // from the end
}

func (c cumSum) String() string {
	if c.reverse {
		return fmt.Sprintf("cumsum axis %d from the end", c.axis)
	}
	return fmt.Sprintf("cumsum axis %d", c.axis)
}

func (c cumSum) infer(in []tensor.Shape) (tensor.Shape, error) { return in[0], hasAxis(in[0], c.axis) }

func (c cumSum) run32(t threads, dst []float32, in []operand[float32]) error {
	return cumSumRun(t, c, dst, in[0])
}
func (c cumSum) run64(t threads, dst []float64, in []operand[float64]) error {
	return cumSumRun(t, c, dst, in[0])
}

func cumSumRun[F float](t threads, c cumSum, dst []F, x operand[F]) error {
	l := lanesOf(x.shape, c.axis, c.axis+1)
	inParallel(t, l.count, l.n, func(from, to int) {
		for i := from; i < to; i++ {
			at, step := l.first(i), l.step
			if c.reverse {
				at, step = at+(l.n-1)*step, -step
			}
			var sum float64
			for range l.n {
				sum += float64(x.data[at])
				dst[at] = F(sum)
				at += step
			}
		}
	})
	return nil
}

func (c cumSum) diff(s *Scope, _ G.Nodes, _, grad *G.Node) G.Nodes {
	return G.Nodes{s.apply(cumSum{axis: c.axis, reverse: !c.reverse}, grad)}
}
