package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A function is an elementwise function of up to three operands and the number k.
type function struct {
	name     string
	operands int
	k        bool
	of       func(i *isa, k reg.Register, x []reg.VecVirtual) reg.VecVirtual
}

var functions = []function{
	{"Copy", 1, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual { return x[0] }},
	{"Fill", 0, true, func(i *isa, k reg.Register, _ []reg.VecVirtual) reg.VecVirtual { return k.(reg.VecVirtual) }},
	{"Neg", 1, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual { return i.xor(x[0], i.bits(1<<31)) }},
	{"Scale", 1, true, func(i *isa, k reg.Register, x []reg.VecVirtual) reg.VecVirtual { return i.mul(x[0], k) }},
	{"Shift", 1, true, func(i *isa, k reg.Register, x []reg.VecVirtual) reg.VecVirtual { return i.add(x[0], k) }},
	{"Square", 1, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual { return i.mul(x[0], x[0]) }},
	{"Reciprocal", 1, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual { return i.div(i.constant(1), x[0]) }},
	{"Sqrt", 1, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual {
		v := i.vector()
		VSQRTPS(x[0], v)
		return v
	}},
	{"Exp", 1, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual { return exp(i, x[0]) }},
	{"Sigmoid", 1, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual { return sigmoid(i, x[0]) }},
	{"Tanh", 1, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual { return tanh(i, x[0]) }},
	{"ReLU", 1, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual {
		zero := i.zero()
		return i.choose(less, x[0], zero, i.mul(x[0], zero), x[0])
	}},
	{"GELU", 1, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual { return gelu(i, x[0]) }},
	{"Add", 2, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual { return i.add(x[0], x[1]) }},
	{"Sub", 2, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual { return i.sub(x[0], x[1]) }},
	{"Mul", 2, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual { return i.mul(x[0], x[1]) }},
	{"Div", 2, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual { return i.div(x[0], x[1]) }},
	{"Max", 2, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual {
		return i.choose(unordered, x[0], x[0], x[0], i.most(x[1], x[0]))
	}},
	{"Min", 2, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual {
		return i.choose(unordered, x[0], x[0], x[0], i.least(x[1], x[0]))
	}},
	{"SigmoidGrad", 2, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual {
		slope := i.sub(i.constant(1), x[0])
		VMULPS(x[0], slope, slope)
		return i.mul(x[1], slope)
	}},
	{"TanhGrad", 2, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual {
		slope := i.copyOf(i.constant(1))
		VFNMADD231PS(x[0], x[0], slope)
		return i.mul(x[1], slope)
	}},
	{"ReLUGrad", 2, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual {
		zero := i.zero()
		return i.choose(greater, x[0], zero, x[1], i.mul(x[1], zero))
	}},
	{"GELUGrad", 2, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual {
		return i.mul(geluSlope(i, x[0]), x[1])
	}},
	{"MulAdd", 3, false, func(i *isa, _ reg.Register, x []reg.VecVirtual) reg.VecVirtual {
		VFMADD231PS(x[0], x[1], x[2])
		return x[2]
	}},
}

const (
	log2e    = 1.44269504088896341
	log2High = 0.693359375 // of few bits, so that n·log2High is exact
	log2Low  = -2.12194440e-4
	expLeast = -105 // where eˣ is 0
	expMost  = 89   // where it is +Inf
)

// expTerms are the polynomial (eʳ-1-r)/r² for |r| ≤ log 2/2, through Chebyshev's nodes; from them eʳ-1
// comes within 2.4e-8 of itself.
var expTerms = []float32{1.392619102e-3, 8.363185450e-3, 4.166655615e-2, 1.666657627e-1, 0.5}

// expNumbers are the constants of all functions below, worth a register each in a loop.
var expNumbers = append([]float32{log2e, log2High, log2Low, expLeast, expMost, 1, 2, 40, math.Float32frombits(1 << 31)}, expTerms...)

// reduced splits x into n·log 2 + r with whole n, and gives (eʳ-1-r)/r² as well.
func reduced(i *isa, x reg.Register) (n, r, q reg.VecVirtual) {
	n = i.round(i.mul(x, i.constant(log2e)))
	r = i.copyOf(x)
	VFNMADD231PS(i.constant(log2High), n, r)
	VFNMADD231PS(i.constant(log2Low), n, r)
	return n, r, i.horner(r, expTerms)
}

// exp is eˣ.
func exp(i *isa, x reg.Register) reg.VecVirtual {
	return expBelow(i, i.least(x, i.constant(expMost)))
}

// expBelow is eˣ for x ≤ expMost.
func expBelow(i *isa, x reg.Register) reg.VecVirtual {
	n, r, q := reduced(i, i.most(x, i.constant(expLeast)))
	VFMADD213PS(r, i.mul(r, r), q) // q·r² + r
	return i.scaled(i.add(q, i.constant(1)), n)
}

// sigmoid is 1/(1+e⁻ˣ), from the side on which the exponential does not overflow.
func sigmoid(i *isa, x reg.Register) reg.VecVirtual {
	e := expBelow(i, i.or(x, i.bits(1<<31))) // of -|x|
	one := i.constant(1)
	top := i.choose(less, x, i.zero(), e, one)
	return i.div(top, i.add(e, one))
}

// tanh is (e²ˣ-1)/(e²ˣ-1+2), of |x|, with e²ˣ-1 computed without loss where x is small.
func tanh(i *isa, x reg.Register) reg.VecVirtual {
	sign := i.and(x, i.bits(1<<31))
	y := i.xor(x, sign)
	y = i.least(i.add(y, y), i.constant(40))
	n, r, q := reduced(i, y)
	VFMADD213PS(r, i.mul(r, r), q) // eʳ-1
	one := i.constant(1)
	power := i.scaled(one, n)
	e := i.sub(power, one)
	VFMADD231PS(power, q, e)
	return i.or(i.div(e, i.add(e, i.constant(2))), sign)
}

// elementwise writes a function over rows and columns. Strides are in bytes.
func elementwise(i *isa, f function) {
	names := []string{"a", "b", "c"}[:f.operands]
	TEXT("map"+f.name+i.name, NOSPLIT,
		"func(rows, cols int, dst *float32, dstRow int, a *float32, aRow int, b *float32, bRow int, c *float32, cRow int, k float32)")
	Doc("map" + f.name + i.name + " computes " + f.name + ".")
	Pragma("noescape")
	rows, cols := Load(Param("rows"), GP64()), Load(Param("cols"), GP64())
	pointers := []reg.Register{Load(Param("dst"), GP64())}
	for _, n := range names {
		pointers = append(pointers, Load(Param(n), GP64()))
	}
	var k reg.Register
	if f.k {
		k = i.parameter("k")
	}
	switch f.name {
	case "Exp", "Sigmoid", "Tanh":
		i.hold(expNumbers)
	case "GELU", "GELUGrad":
		i.hold(append(tailTerms, expTerms...))
	}
	defer i.release()
	overRow := i.over(cols)
	Label("row")
	TESTQ(rows, rows)
	JZ(operand.LabelRef("done"))
	overRow(func(place reg.Register, partly bool) {
		var x []reg.VecVirtual
		for _, p := range pointers[1:] {
			x = append(x, i.load(at(p, place), partly))
		}
		i.store(f.of(i, k, x), at(pointers[0], place), partly)
	})
	for n, p := range append([]string{"dst"}, names...) {
		m, err := Param(p + "Row").Resolve()
		if err != nil {
			panic(err)
		}
		ADDQ(m.Addr, pointers[n])
	}
	DECQ(rows)
	JMP(operand.LabelRef("row"))
	Label("done")
	VZEROUPPER()
	RET()
}
