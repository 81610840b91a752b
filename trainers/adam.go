package trainers

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/internal/kernel"
)

var _ Optimizer = (*Adam)(nil)

// Adam scales a running mean of the gradient by a running root mean square of it, both corrected for
// their start at zero (Kingma & Ba, 2015, algorithm 1), at update t:
//
//	g = g + WeightDecay·p
//	m = Beta1·m + (1-Beta1)·g
//	v = Beta2·v + (1-Beta2)·g²
//	p = p - rate·m/(1-Beta1ᵗ) / (√(v/(1-Beta2ᵗ)) + Epsilon)
//
// AMSGrad puts the greatest v so far in the place of v (Reddi, Kale & Kumar, 2018, algorithm 2).
//
// State: "m", "v", and "vmax" with AMSGrad.
type Adam struct {
	Beta1       float64 // in [0, 1); 0 means 0.9
	Beta2       float64 // in [0, 1); 0 means 0.999
	Epsilon     float64 // 0 means 1e-8
	WeightDecay float64 // L2 penalty, added to the gradient; 0 means none; AdamW's is another
	AMSGrad     bool    // never let the scale shrink

	memory
}

// Step implements Optimizer.
func (o *Adam) Step(rate float64, grads []graph.Gradient) error {
	if o == nil {
		return errNil(o)
	}
	return o.memory.step(o, rate, grads)
}

// State implements Optimizer.
func (o *Adam) State() map[string]*tensor.Dense {
	if o == nil {
		return nil
	}
	return o.memory.state()
}

// SetState implements Optimizer.
func (o *Adam) SetState(state map[string]*tensor.Dense) error {
	if o == nil {
		return errNil(o)
	}
	return o.memory.setState(o, state)
}

var adamMoments = []string{"m", "v", "vmax"}

func (o *Adam) prepare(rate float64, grads []graph.Gradient) error {
	if o == nil {
		return errNil(o)
	}
	return o.memory.prepare(o, rate, grads)
}

func (o *Adam) name() string { return "adam" }

func (o *Adam) moments() []string {
	if o.AMSGrad {
		return adamMoments
	}
	return adamMoments[:2]
}

func (o *Adam) check() error {
	return first(checkShare("Beta1", o.Beta1), checkShare("Beta2", o.Beta2),
		checkNotNegative("Epsilon", o.Epsilon), checkNotNegative("WeightDecay", o.WeightDecay))
}

func (o *Adam) update32(rate float64, t int, p, g []float32, m [][]float32) {
	adam(o, rate, 1, t, p, g, m)
}

func (o *Adam) update64(rate float64, t int, p, g []float64, m [][]float64) {
	adam(o, rate, 1, t, p, g, m)
}

// adam is update t of parameters that are first multiplied by shrink.
func adam[F float](o *Adam, rate, shrink float64, t int, p, g []F, moments [][]F) {
	beta1, beta2 := or(o.Beta1, 0.9), or(o.Beta2, 0.999)
	s := kernel.AdamStep[F]{
		Beta1: beta1, Beta2: beta2, Epsilon: F(or(o.Epsilon, 1e-8)), Decay: F(o.WeightDecay), Keep: F(shrink),
		// The corrections do not depend on the element: they go into the rate and into the divisor.
		Rate: F(rate / (1 - math.Pow(beta1, float64(t)))),
		Root: F(1 / math.Sqrt(1-math.Pow(beta2, float64(t)))),
	}
	if len(moments) == 2 {
		kernel.Adam(o.threads, s, p, moments[0], moments[1], g)
		return
	}
	m, v, vmax := moments[0], moments[1], moments[2]
	keep1, take1, keep2, take2 := F(s.Beta1), F(1-s.Beta1), F(s.Beta2), F(1-s.Beta2) // as the kernel has them
	for i, d := range g {
		d += s.Decay * p[i]
		m[i] = keep1*m[i] + take1*d
		v[i] = keep2*v[i] + take2*d*d
		vmax[i] = max(vmax[i], v[i])
		p[i] = s.Keep*p[i] - s.Rate*m[i]/(s.Root*root(vmax[i])+s.Epsilon)
	}
}
