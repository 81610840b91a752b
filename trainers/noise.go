package trainers

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

var _ Optimizer = (*GradientNoise)(nil)

// GradientNoise adds normal noise to every gradient, after clipping, and hands them to an Optimizer. It
// helps very deep networks out of poor starts (Neelakantan et al., 2015, eq. 1). At step t, counted from 0,
// its variance is
//
//	σ² = Eta / (1+t)^Gamma
//
// Of a table that is only looked up in, the rows that were get noise. What is drawn depends on the seed,
// the parameter's path and t: a run that is resumed draws the same.
//
// State: that of the Optimizer, and "noise", the number of steps so far.
type GradientNoise struct {
	Optimizer Optimizer
	Eta       float64 // 0 means 0.01; the paper tries 0.01, 0.3 and 1
	Gamma     float64 // 0 means 0.55
	Seed      int64

	steps int
}

// noiseKey has no slash, so that it is none of an optimiser's.
const noiseKey = "noise"

// Step implements Optimizer. On error the gradients may hold noise, the parameters do not.
func (o *GradientNoise) Step(rate float64, grads []graph.Gradient) error {
	if err := o.prepare(rate, grads); err != nil {
		return err
	}
	sigma := math.Sqrt(or(o.Eta, 0.01) / math.Pow(1+float64(o.steps), or(o.Gamma, 0.55)))
	for _, g := range grads {
		key := fnv.New64a()
		fmt.Fprintf(key, "%d %s", o.Seed, g.Path)
		r := rand.New(rand.NewPCG(key.Sum64(), uint64(o.steps)))
		if g.Grad.Dtype() == tensor.Float32 {
			addNoise(r, sigma, g, g.Grad.Float32s())
		} else {
			addNoise(r, sigma, g, g.Grad.Float64s())
		}
	}
	if err := o.Optimizer.Step(rate, grads); err != nil {
		return err
	}
	o.steps++
	return nil
}

func addNoise[F float](r *rand.Rand, sigma float64, g graph.Gradient, values []F) {
	rows := g.Rows()
	if rows == nil {
		for i := range values {
			values[i] += F(sigma * r.NormFloat64())
		}
		return
	}
	width := len(values) / g.Grad.Shape()[0]
	for _, row := range rows {
		for i := row * width; i < (row+1)*width; i++ {
			values[i] += F(sigma * r.NormFloat64())
		}
	}
}

func (o *GradientNoise) prepare(rate float64, grads []graph.Gradient) error {
	if o == nil {
		return errNil(o)
	}
	if isNil(o.Optimizer) {
		return errors.New("gradient noise: no Optimizer")
	}
	if err := checkGradients(grads); err != nil {
		return errors.Wrap(err, "gradient noise")
	}
	if err := first(checkNotNegative("Eta", o.Eta), checkNotNegative("Gamma", o.Gamma)); err != nil {
		return errors.Wrap(err, "gradient noise")
	}
	return prepare(o.Optimizer, rate, grads)
}

func (o *GradientNoise) trust() { trust(o.Optimizer) }

// State implements Optimizer.
func (o *GradientNoise) State() map[string]*tensor.Dense {
	if o == nil || isNil(o.Optimizer) {
		return nil
	}
	state := map[string]*tensor.Dense{}
	maps.Copy(state, o.Optimizer.State())
	if o.steps > 0 || len(state) > 0 {
		state[noiseKey] = number(float64(o.steps))
	}
	return state
}

// SetState implements Optimizer.
func (o *GradientNoise) SetState(state map[string]*tensor.Dense) error {
	if o == nil {
		return errNil(o)
	}
	if isNil(o.Optimizer) {
		return errors.New("gradient noise: no Optimizer")
	}
	steps := 0
	if len(state) > 0 {
		var err error
		if steps, err = countOf(state, noiseKey); err != nil {
			return errors.Wrap(err, "gradient noise")
		}
	}
	inner := maps.Clone(state)
	delete(inner, noiseKey)
	if err := o.Optimizer.SetState(inner); err != nil {
		return err
	}
	o.steps = steps
	return nil
}
