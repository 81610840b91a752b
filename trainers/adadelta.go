package trainers

import (
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

var _ Optimizer = (*Adadelta)(nil)

// Adadelta scales the gradient by the ratio of the sizes of recent updates and recent gradients (Zeiler,
// 2012, algorithm 1), with a learning rate, which is 1 in the paper:
//
//	s = Decay·s + (1-Decay)·g²
//	u = √(d + Epsilon) / √(s + Epsilon) · g
//	d = Decay·d + (1-Decay)·u²
//	p = p - rate·u
//
// State: "square" s, "delta" d.
type Adadelta struct {
	Decay   float64 // in [0, 1), the paper's ρ; 0 means 0.9
	Epsilon float64 // 0 means 1e-6

	memory
}

// Step implements Optimizer.
func (o *Adadelta) Step(rate float64, grads []graph.Gradient) error {
	if o == nil {
		return errNil(o)
	}
	return o.memory.step(o, rate, grads)
}

// State implements Optimizer.
func (o *Adadelta) State() map[string]*tensor.Dense {
	if o == nil {
		return nil
	}
	return o.memory.state()
}

// SetState implements Optimizer.
func (o *Adadelta) SetState(state map[string]*tensor.Dense) error {
	if o == nil {
		return errNil(o)
	}
	return o.memory.setState(o, state)
}

var adadeltaMoments = []string{"square", "delta"}

func (o *Adadelta) prepare(rate float64, grads []graph.Gradient) error {
	if o == nil {
		return errNil(o)
	}
	return o.memory.prepare(o, rate, grads)
}

func (o *Adadelta) name() string      { return "adadelta" }
func (o *Adadelta) moments() []string { return adadeltaMoments }

func (o *Adadelta) check() error {
	return first(checkShare("Decay", o.Decay), checkNotNegative("Epsilon", o.Epsilon))
}

func (o *Adadelta) update32(rate float64, _ int, p, g []float32, m [][]float32) {
	adadelta(o, rate, p, g, m[0], m[1])
}

func (o *Adadelta) update64(rate float64, _ int, p, g []float64, m [][]float64) {
	adadelta(o, rate, p, g, m[0], m[1])
}

func adadelta[F float](o *Adadelta, rate float64, p, g, s, d []F) {
	rho := or(o.Decay, 0.9)
	eta, keep, take, eps := F(rate), F(rho), F(1-rho), F(or(o.Epsilon, 1e-6))
	for i, grad := range g {
		s[i] = keep*s[i] + take*grad*grad
		u := root(d[i]+eps) / root(s[i]+eps) * grad
		d[i] = keep*d[i] + take*u*u
		p[i] -= eta * u
	}
}
