package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/reg"
)

const (
	tailMost  = 15 // where the tail of the normal distribution is 0
	tailShift = 2.5
	density   = 0.398942280401432678 // 1/√2π
)

// tailTerms are the polynomial Φ(-a)·e^(a²/2)·(a+tailShift) of a/(a+tailShift), 0 ≤ a ≤ tailMost,
// through Chebyshev's nodes; it comes within 2e-8 of itself.
var tailTerms = []float32{
	-0.0329511277, 0.0618119873, 0.020998802, -0.0516521297, -0.0218657069, -0.0894264057,
	0.0422461666, 0.293656558, 0.16949302, -1.24338973, 1.25,
}

// A tail is what Φ(-a) is made of, for a = |x| up to tailMost: e^(-a²/2) is mantissa·2ⁿ, Φ(-a) that times
// ratio.
type tail struct{ a, sign, mantissa, n, ratio reg.VecVirtual }

func tailOf(i *isa, x reg.Register) tail {
	sign := i.and(x, i.bits(1<<31))
	a := i.least(i.xor(x, sign), i.constant(tailMost))
	// a² exactly, as the sum of two: a relative error of a²/2 would be as many times greater in its power.
	square := i.mul(a, a)
	rest := i.copyOf(square)
	VFMSUB231PS(a, a, rest) // a·a - square
	half := i.constant(-0.5)
	y := i.mul(square, half)
	n := i.round(i.mul(y, i.constant(log2e)))
	VFNMADD231PS(i.constant(log2High), n, y)
	VFNMADD231PS(i.constant(log2Low), n, y)
	VFMADD231PS(half, rest, y)
	q := i.horner(y, expTerms)
	VFMADD213PS(y, i.mul(y, y), q) // e^y - 1
	one := i.constant(1)

	inverse := i.div(one, i.add(a, i.constant(tailShift)))
	ratio := i.mul(i.horner(i.mul(a, inverse), tailTerms), inverse)
	return tail{a: a, sign: sign, mantissa: i.add(q, one), n: n, ratio: ratio}
}

// gelu is x·Φ(x): a·Φ(-a) below 0, and a less that above.
func gelu(i *isa, x reg.Register) reg.VecVirtual {
	t := tailOf(i, x)
	lost := i.scaled(i.mul(i.mul(t.ratio, t.a), t.mantissa), t.n)
	size := i.choose(less, x, i.zero(), lost, i.sub(i.xor(x, t.sign), lost))
	return i.or(size, t.sign)
}

// geluSlope is Φ(x) + x·Φ'(x): below 0 the difference of Φ(-a) and a·Φ'(a), and 1 less that above.
func geluSlope(i *isa, x reg.Register) reg.VecVirtual {
	t := tailOf(i, x)
	VFNMADD231PS(i.constant(density), t.a, t.ratio)
	lost := i.scaled(i.mul(t.ratio, t.mantissa), t.n)
	return i.choose(less, x, i.zero(), lost, i.sub(i.constant(1), lost))
}
