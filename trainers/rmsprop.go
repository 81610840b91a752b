package trainers

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

var _ Optimizer = (*RMSProp)(nil)

// RMSProp divides the gradient by a running root mean square of it (Tieleman & Hinton, 2012, lecture
// 6e), with momentum on what results, as PyTorch does:
//
//	s = Decay·s + (1-Decay)·g²
//	u = g / (√s + Epsilon)
//	v = Momentum·v + u
//	p = p - rate·v                    without Momentum, p - rate·u
//
// State: "square" s, and "momentum" v where Momentum is not 0.
type RMSProp struct {
	Decay    float64 // in [0, 1), PyTorch's alpha; 0 means 0.99
	Momentum float64 // in [0, 1); 0 means none
	Epsilon  float64 // 0 means 1e-8

	memory
}

// Step implements Optimizer.
func (o *RMSProp) Step(rate float64, grads []graph.Gradient) error {
	if o == nil {
		return errNil(o)
	}
	return o.memory.step(o, rate, grads)
}

// State implements Optimizer.
func (o *RMSProp) State() map[string]*tensor.Dense {
	if o == nil {
		return nil
	}
	return o.memory.state()
}

// SetState implements Optimizer.
func (o *RMSProp) SetState(state map[string]*tensor.Dense) error {
	if o == nil {
		return errNil(o)
	}
	return o.memory.setState(o, state)
}

var rmspropMoments = []string{"square", "momentum"}

func (o *RMSProp) prepare(rate float64, grads []graph.Gradient) error {
	if o == nil {
		return errNil(o)
	}
	return o.memory.prepare(o, rate, grads)
}

func (o *RMSProp) name() string { return "rmsprop" }

func (o *RMSProp) moments() []string {
	if o.Momentum == 0 {
		return rmspropMoments[:1]
	}
	return rmspropMoments
}

func (o *RMSProp) check() error {
	return first(checkShare("Decay", o.Decay), checkShare("Momentum", o.Momentum), checkNotNegative("Epsilon", o.Epsilon))
}

func (o *RMSProp) update32(rate float64, _ int, p, g []float32, m [][]float32) {
	rmsprop(o, rate, p, g, m)
}

func (o *RMSProp) update64(rate float64, _ int, p, g []float64, m [][]float64) {
	rmsprop(o, rate, p, g, m)
}

func rmsprop[F float](o *RMSProp, rate float64, p, g []F, m [][]F) {
	alpha := or(o.Decay, 0.99)
	eta, keep, take, mu, eps := F(rate), F(alpha), F(1-alpha), F(o.Momentum), F(or(o.Epsilon, 1e-8))
	s := m[0]
	var v []F
	if len(m) > 1 {
		v = m[1]
	}
	for i, d := range g {
		s[i] = keep*s[i] + take*d*d
		u := d / (root(s[i]) + eps)
		if v != nil {
			v[i] = mu*v[i] + u
			u = v[i]
		}
		p[i] -= eta * u
	}
}

func root[F float](v F) F { return F(math.Sqrt(float64(v))) }
