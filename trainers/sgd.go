package trainers

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

var _ Optimizer = (*SGD)(nil)

// SGD is stochastic gradient descent (Robbins & Monro, 1951), with momentum (Polyak, 1964) in the form
// of Sutskever et al., 2013, eq. 1-4, with the learning rate outside of the velocity, as PyTorch does:
//
//	g = g + WeightDecay·p
//	v = Momentum·v + g
//	p = p - rate·v                    or, with Nesterov, p - rate·(g + Momentum·v)
//
// State: "momentum" v, where Momentum is not 0.
type SGD struct {
	Momentum    float64 // in [0, 1); 0 means none
	Nesterov    bool    // look ahead along the velocity; needs Momentum
	WeightDecay float64 // L2 penalty, added to the gradient; 0 means none

	memory
}

// Step implements Optimizer.
func (o *SGD) Step(rate float64, grads []graph.Gradient) error {
	if o == nil {
		return errNil(o)
	}
	return o.memory.step(o, rate, grads)
}

// State implements Optimizer.
func (o *SGD) State() map[string]*tensor.Dense {
	if o == nil {
		return nil
	}
	return o.memory.state()
}

// SetState implements Optimizer.
func (o *SGD) SetState(state map[string]*tensor.Dense) error {
	if o == nil {
		return errNil(o)
	}
	return o.memory.setState(o, state)
}

var sgdMoments = []string{"momentum"}

func (o *SGD) prepare(rate float64, grads []graph.Gradient) error {
	if o == nil {
		return errNil(o)
	}
	return o.memory.prepare(o, rate, grads)
}

func (o *SGD) name() string { return "sgd" }

func (o *SGD) moments() []string {
	if o.Momentum == 0 {
		return nil
	}
	return sgdMoments
}

func (o *SGD) check() error {
	if o.Nesterov && o.Momentum == 0 {
		return errors.New("Nesterov without Momentum")
	}
	return first(checkShare("Momentum", o.Momentum), checkNotNegative("WeightDecay", o.WeightDecay))
}

func (o *SGD) update32(rate float64, _ int, p, g []float32, m [][]float32) { sgd(o, rate, p, g, m) }
func (o *SGD) update64(rate float64, _ int, p, g []float64, m [][]float64) { sgd(o, rate, p, g, m) }

func sgd[F float](o *SGD, rate float64, p, g []F, m [][]F) {
	eta, mu, decay := F(rate), F(o.Momentum), F(o.WeightDecay)
	if len(m) == 0 {
		for i, d := range g {
			p[i] -= eta * (d + decay*p[i])
		}
		return
	}
	v := m[0]
	for i, d := range g {
		d += decay * p[i]
		v[i] = mu*v[i] + d
		if o.Nesterov {
			d += mu * v[i]
		} else {
			d = v[i]
		}
		p[i] -= eta * d
	}
}
