package graph

import (
	"fmt"
	"math"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
)

// CrossEntropy is the negative log-likelihood, in nats, of each target under softmax(logits): logits
// [..., V] and targets [...] int in [0, V) give [...]. A negative target counts nowhere: its loss and
// its gradients are 0; one of V or more is an error of the run. smoothing in [0, 1) is the share of
// the target's probability that is spread evenly over all V classes (Szegedy et al., 2016, section 7).
//
// It never forms the probabilities, so it is exact where a softmax has underflown.
func (s *Scope) CrossEntropy(logits, targets *G.Node, smoothing float64) *G.Node {
	if !(smoothing >= 0 && smoothing < 1) {
		s.Fail("cross-entropy: smoothing %v, want 0 ≤ smoothing < 1", smoothing)
	}
	return s.apply(crossEntropy{smoothing}, logits, targets)
}

type crossEntropy struct{ smoothing float64 }

func (c crossEntropy) String() string { return settingString("cross-entropy", c.smoothing) }

func (crossEntropy) indices() (int, bool) { return 1, true }

func (crossEntropy) infer(in []tensor.Shape) (tensor.Shape, error) {
	logits, targets := in[0], in[1]
	if len(logits) == 0 || !sameShape(logits[:len(logits)-1], targets) {
		return nil, errors.New("want logits [..., V] and targets [...]")
	}
	return targets, nil
}

// expected is the mean of a row of logits under the target's distribution.
func expected[F float](c crossEntropy, row []F, target int) float64 {
	chosen := float64(row[target])
	if c.smoothing == 0 {
		return chosen
	}
	return (1-c.smoothing)*chosen + c.smoothing*total(row)/float64(len(row))
}

func (c crossEntropy) run32(t threads, dst []float32, in []operand[float32]) error {
	return crossEntropyRun(t, c, dst, in)
}

func (c crossEntropy) run64(t threads, dst []float64, in []operand[float64]) error {
	return crossEntropyRun(t, c, dst, in)
}

func crossEntropyRun[F float](t threads, c crossEntropy, dst []F, in []operand[F]) error {
	rows, V := flat(in[0].shape)
	for i, target := range in[1].index {
		if target >= V {
			return errors.Errorf("target %d at position %d, want less than %d", target, i, V)
		}
	}
	inParallel(t, rows, V, func(from, to int) {
		for i := from; i < to; i++ {
			target := in[1].index[i]
			if target < 0 {
				dst[i] = 0
				continue
			}
			row := in[0].data[i*V : (i+1)*V]
			dst[i] = F(kernel.LogSumExp(row) - expected(c, row, target))
		}
	})
	return nil
}

func (c crossEntropy) diff(s *Scope, in G.Nodes, out, grad *G.Node) G.Nodes {
	return G.Nodes{s.apply(crossEntropyGrad(c), in[0], in[1], grad, out), nil}
}

// crossEntropyGrad is softmax(logits) less the target's distribution, times the gradient of the loss. The
// loss itself, its last operand, is what the logarithm of the sum of the softmax is found from again.
type crossEntropyGrad crossEntropy

func (c crossEntropyGrad) String() string { return fmt.Sprintf("%v'", crossEntropy(c)) }

func (crossEntropyGrad) indices() (int, bool) { return 1, true }

func (crossEntropyGrad) overwrites() int { return 0 }

func (crossEntropyGrad) infer(in []tensor.Shape) (tensor.Shape, error) { return in[0], nil }

func (c crossEntropyGrad) run32(t threads, dst []float32, in []operand[float32]) error {
	return crossEntropyGradRun(t, c, dst, in)
}

func (c crossEntropyGrad) run64(t threads, dst []float64, in []operand[float64]) error {
	return crossEntropyGradRun(t, c, dst, in)
}

func crossEntropyGradRun[F float](t threads, c crossEntropyGrad, dst []F, in []operand[F]) error {
	rows, V := flat(in[0].shape)
	inParallel(t, rows, V, func(from, to int) {
		for i := from; i < to; i++ {
			row, to, target := in[0].data[i*V:(i+1)*V], dst[i*V:(i+1)*V], in[1].index[i]
			if target < 0 {
				clear(to)
				continue
			}
			crossEntropyGradRow(c, to, row, target, float64(in[2].data[i]), float64(in[3].data[i]))
		}
	})
	return nil
}

func crossEntropyGradRow[F float](c crossEntropyGrad, dst, row []F, target int, grad, loss float64) {
	chosen := float64(row[target]) // dst may be row
	z := loss + expected(crossEntropy(c), row, target)
	if !(loss < 16) { // of a greater one a float32 has lost too much
		z = kernel.LogSumExp(row)
	}
	expLess(dst, row, z, grad)
	spread := c.smoothing / float64(len(row))
	if c.smoothing > 0 {
		mapRow(kernel.Shift, F(-grad*spread), dst, dst, nil)
	}
	// In float64: of a target that is almost certain little is left.
	dst[target] = F(grad * (math.Expm1(chosen-z) + c.smoothing - spread))
}
