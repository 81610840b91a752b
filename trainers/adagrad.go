package trainers

import (
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

var _ Optimizer = (*AdaGrad)(nil)

// AdaGrad divides the gradient by the root of the sum of all its squares so far (Duchi, Hazan & Singer,
// 2011, figure 1, diagonal matrices):
//
//	s = s + g²
//	p = p - rate·g / (√s + Epsilon)
//
// State: "square" s.
type AdaGrad struct {
	Epsilon float64 // 0 means 1e-10

	memory
}

// Step implements Optimizer.
func (o *AdaGrad) Step(rate float64, grads []graph.Gradient) error {
	if o == nil {
		return errNil(o)
	}
	return o.memory.step(o, rate, grads)
}

// State implements Optimizer.
func (o *AdaGrad) State() map[string]*tensor.Dense {
	if o == nil {
		return nil
	}
	return o.memory.state()
}

// SetState implements Optimizer.
func (o *AdaGrad) SetState(state map[string]*tensor.Dense) error {
	if o == nil {
		return errNil(o)
	}
	return o.memory.setState(o, state)
}

var adagradMoments = []string{"square"}

func (o *AdaGrad) prepare(rate float64, grads []graph.Gradient) error {
	if o == nil {
		return errNil(o)
	}
	return o.memory.prepare(o, rate, grads)
}

func (o *AdaGrad) name() string      { return "adagrad" }
func (o *AdaGrad) moments() []string { return adagradMoments }
func (o *AdaGrad) check() error      { return checkNotNegative("Epsilon", o.Epsilon) }

func (o *AdaGrad) update32(rate float64, _ int, p, g []float32, m [][]float32) {
	adagrad(o, rate, p, g, m[0])
}

func (o *AdaGrad) update64(rate float64, _ int, p, g []float64, m [][]float64) {
	adagrad(o, rate, p, g, m[0])
}

func adagrad[F float](o *AdaGrad, rate float64, p, g, s []F) {
	eta, eps := F(rate), F(or(o.Epsilon, 1e-10))
	for i, d := range g {
		s[i] += d * d
		p[i] -= eta * d / (root(s[i]) + eps)
	}
}
