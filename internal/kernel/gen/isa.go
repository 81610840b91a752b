package main

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An isa is an instruction set, with what the two do differently. Operands are in Go's order, the
// result last.
type isa struct {
	name     string
	lanes    int // float32s in a register
	gemmRows int // rows of c that a product keeps in registers, beside gemmCols columns
	wide     bool

	tail reg.Register              // mask of the elements of a row behind the last full register
	held map[uint32]reg.VecVirtual // constants kept in registers
}

var (
	avx512 = &isa{name: "AVX512", lanes: 16, gemmRows: 12, wide: true}
	avx2   = &isa{name: "AVX2", lanes: 8, gemmRows: 6}
)

func (i *isa) bytes() int { return 4 * i.lanes }

// gemmCols is two registers.
func (i *isa) gemmCols() int { return 2 * i.lanes }

func (i *isa) vector() reg.VecVirtual {
	if i.wide {
		return ZMM()
	}
	return YMM()
}

func (i *isa) zero() reg.VecVirtual {
	v := i.vector()
	if i.wide {
		VPXORD(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
	return v
}

// hold keeps constants in registers from here to release, where there are enough of them.
func (i *isa) hold(numbers []float32) {
	if !i.wide {
		return
	}
	held := map[uint32]reg.VecVirtual{}
	for _, x := range numbers {
		held[math.Float32bits(x)] = i.constant(x)
	}
	i.held = held
}

func (i *isa) release() { i.held = nil }

// copyOf is a register that may be written to.
func (i *isa) copyOf(v reg.Register) reg.VecVirtual {
	w := i.vector()
	VMOVAPS(v, w)
	return w
}

// constant broadcasts a number from read-only memory, if it is not held. It must not be written to.
func (i *isa) constant(x float32) reg.VecVirtual {
	if v, ok := i.held[math.Float32bits(x)]; ok {
		return v
	}
	v := i.vector()
	VBROADCASTSS(number(x), v)
	return v
}

// bits broadcasts a pattern.
func (i *isa) bits(pattern uint32) reg.VecVirtual { return i.constant(math.Float32frombits(pattern)) }

var numbers = map[uint32]operand.Mem{}

func number(x float32) operand.Mem {
	pattern := math.Float32bits(x)
	if m, ok := numbers[pattern]; ok {
		return m
	}
	m := ConstData("number"+hex(pattern), operand.U32(pattern))
	numbers[pattern] = m
	return m
}

func hex(x uint32) string {
	const digits = "0123456789abcdef"
	s := make([]byte, 8)
	for i := range s {
		s[i] = digits[x>>(28-4*i)&15]
	}
	return string(s)
}

// load reads a register, only the elements of the tail if partly is set.
func (i *isa) load(m operand.Mem, partly bool) reg.VecVirtual {
	v := i.vector()
	switch {
	case !partly:
		VMOVUPS(m, v)
	case i.wide:
		VMOVUPS_Z(m, i.tail, v)
	default:
		VMASKMOVPS(m, i.tail, v)
	}
	return v
}

func (i *isa) store(v reg.Register, m operand.Mem, partly bool) {
	switch {
	case !partly:
		VMOVUPS(v, m)
	case i.wide:
		VMOVUPS(v, i.tail, m)
	default:
		VMASKMOVPS(v, i.tail, m)
	}
}

// setTail makes the mask for n elements, 0 to lanes-1.
func (i *isa) setTail(n reg.GPVirtual) {
	if i.wide {
		k := K()
		ones := GP64()
		MOVQ(operand.U32(1), ones)
		SHLXQ(n, ones, ones)
		DECQ(ones)
		KMOVW(ones.As32(), k)
		i.tail = k
		return
	}
	m := YMM()
	VMOVUPS(operand.Mem{Base: i.maskAt(n)}, m)
	i.tail = m
}

// masks is sixteen words of ones and sixteen of zeros, from which the masks of AVX2 are read.
var masks operand.Mem

// maskAt points to n words of ones, followed by zeros.
func (i *isa) maskAt(n reg.GPVirtual) reg.GPVirtual {
	if masks.Symbol.Name == "" {
		masks = GLOBL("masks", attr.RODATA|attr.NOPTR)
		for w := range 32 {
			word := operand.U32(0xffffffff)
			if w >= 16 {
				word = 0
			}
			DATA(4*w, word)
		}
	}
	at, back := GP64(), GP64()
	LEAQ(masks.Offset(64), at)
	MOVQ(n, back)
	SHLQ(operand.U8(2), back)
	SUBQ(back, at)
	return at
}

// choose is a where test holds for x and y, b elsewhere. The tests are the immediate operands of VCMPPS.
func (i *isa) choose(test uint8, x, y, a, b reg.Register) reg.VecVirtual {
	v := i.vector()
	if i.wide {
		k := K()
		VCMPPS(operand.U8(test), y, x, k)
		VBLENDMPS(a, b, k, v)
		return v
	}
	m := YMM()
	VCMPPS(operand.U8(test), y, x, m)
	VBLENDVPS(m, a, b, v)
	return v
}

const (
	less      = 0x11 // LT, quiet
	unordered = 0x03
	greater   = 0x1e // GT, quiet
)

func (i *isa) and(a, b reg.Register) reg.VecVirtual {
	v := i.vector()
	if i.wide {
		VPANDD(a, b, v)
	} else {
		VANDPS(a, b, v)
	}
	return v
}

func (i *isa) or(a, b reg.Register) reg.VecVirtual {
	v := i.vector()
	if i.wide {
		VPORD(a, b, v)
	} else {
		VORPS(a, b, v)
	}
	return v
}

func (i *isa) xor(a, b reg.Register) reg.VecVirtual {
	v := i.vector()
	if i.wide {
		VPXORD(a, b, v)
	} else {
		VXORPS(a, b, v)
	}
	return v
}

func (i *isa) round(a reg.Register) reg.VecVirtual {
	v := i.vector()
	if i.wide {
		VRNDSCALEPS(operand.U8(0), a, v)
	} else {
		VROUNDPS(operand.U8(0), a, v)
	}
	return v
}

// scaled is p·2ⁿ for whole n, rounded once where the result is subnormal.
func (i *isa) scaled(p, n reg.Register) reg.VecVirtual {
	v := i.vector()
	if i.wide {
		VSCALEFPS(n, p, v)
		return v
	}
	// In two halves, each of which is an exponent that a float32 can have.
	whole, half := YMM(), YMM()
	VCVTPS2DQ(n, whole)
	VPSRAD(operand.U8(1), whole, half)
	VPSUBD(half, whole, whole)
	bias := i.bits(127)
	for _, h := range []reg.VecVirtual{half, whole} {
		VPADDD(bias, h, h)
		VPSLLD(operand.U8(23), h, h)
	}
	VMULPS(half, p, v)
	VMULPS(whole, v, v)
	return v
}

func (i *isa) add(a, b operand.Op) reg.VecVirtual { v := i.vector(); VADDPS(b, a, v); return v }
func (i *isa) sub(a, b operand.Op) reg.VecVirtual { v := i.vector(); VSUBPS(b, a, v); return v }
func (i *isa) mul(a, b operand.Op) reg.VecVirtual { v := i.vector(); VMULPS(b, a, v); return v }
func (i *isa) div(a, b operand.Op) reg.VecVirtual { v := i.vector(); VDIVPS(b, a, v); return v }

// least and most are NaN where x is, so that a limit does not hide it.
func (i *isa) least(x, limit reg.Register) reg.VecVirtual {
	v := i.vector()
	VMINPS(x, limit, v)
	return v
}
func (i *isa) most(x, limit reg.Register) reg.VecVirtual {
	v := i.vector()
	VMAXPS(x, limit, v)
	return v
}

// horner is the polynomial in x with the given coefficients, the highest first.
func (i *isa) horner(x reg.Register, coefficients []float32) reg.VecVirtual {
	p := i.copyOf(i.constant(coefficients[0]))
	for _, c := range coefficients[1:] {
		VFMADD213PS(i.constant(c), x, p) // p·x + c
	}
	return p
}
