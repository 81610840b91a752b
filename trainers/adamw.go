package trainers

import (
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

var _ Optimizer = (*AdamW)(nil)

// AdamW is Adam with weight decay apart from the gradient (Loshchilov & Hutter, 2019, algorithm 2): the
// parameter shrinks by the factor 1 - rate·WeightDecay, then Adam's update follows.
//
// State: that of Adam.
type AdamW struct {
	Beta1       float64 // in [0, 1); 0 means 0.9
	Beta2       float64 // in [0, 1); 0 means 0.999
	Epsilon     float64 // 0 means 1e-8
	WeightDecay float64 // 0 means 0.01; without any decay it is Adam

	memory
}

// Step implements Optimizer.
func (o *AdamW) Step(rate float64, grads []graph.Gradient) error {
	if o == nil {
		return errNil(o)
	}
	return o.memory.step(o, rate, grads)
}

// State implements Optimizer.
func (o *AdamW) State() map[string]*tensor.Dense {
	if o == nil {
		return nil
	}
	return o.memory.state()
}

// SetState implements Optimizer.
func (o *AdamW) SetState(state map[string]*tensor.Dense) error {
	if o == nil {
		return errNil(o)
	}
	return o.memory.setState(o, state)
}

func (o *AdamW) prepare(rate float64, grads []graph.Gradient) error {
	if o == nil {
		return errNil(o)
	}
	return o.memory.prepare(o, rate, grads)
}

func (o *AdamW) name() string      { return "adamw" }
func (o *AdamW) moments() []string { return adamMoments[:2] }

func (o *AdamW) check() error {
	return first(checkShare("Beta1", o.Beta1), checkShare("Beta2", o.Beta2),
		checkNotNegative("Epsilon", o.Epsilon), checkNotNegative("WeightDecay", o.WeightDecay))
}

func (o *AdamW) update32(rate float64, t int, p, g []float32, m [][]float32) {
	adamw(o, rate, t, p, g, m)
}

func (o *AdamW) update64(rate float64, t int, p, g []float64, m [][]float64) {
	adamw(o, rate, t, p, g, m)
}

func adamw[F float](o *AdamW, rate float64, t int, p, g []F, m [][]F) {
	plain := Adam{Beta1: o.Beta1, Beta2: o.Beta2, Epsilon: o.Epsilon, memory: memory{threads: o.threads}}
	adam(&plain, rate, 1-rate*or(o.WeightDecay, 0.01), t, p, g, m)
}
