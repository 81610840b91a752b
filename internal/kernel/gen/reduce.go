package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// each writes a loop over n elements, a register at a time, and over the tail.
func (i *isa) each(n reg.Register, part func(at reg.Register, partly bool)) { i.over(n)(part) }

// over gets ready for loops over n elements; what it returns writes one.
func (i *isa) over(n reg.Register) (each func(part func(at reg.Register, partly bool))) {
	full, rest, some, at := GP64(), GP64(), GP64(), GP64()
	MOVQ(n, rest)
	ANDQ(operand.U8(uint8(i.lanes-1)), rest)
	MOVQ(n, full)
	SUBQ(rest, full)
	SHLQ(operand.U8(2), full) // bytes of the full registers
	MOVQ(rest, some)
	i.setTail(rest)
	return func(part func(at reg.Register, partly bool)) {
		XORQ(at, at)
		Label("next")
		CMPQ(at, full)
		JGE(operand.LabelRef("tail"))
		part(at, false)
		ADDQ(operand.U8(uint8(i.bytes())), at)
		JMP(operand.LabelRef("next"))
		Label("tail")
		TESTQ(some, some)
		JZ(operand.LabelRef("end"))
		part(at, true)
		Label("end")
	}
}

func at(p, index reg.Register) operand.Mem { return operand.Mem{Base: p, Index: index, Scale: 1} }

func (i *isa) parameter(name string) reg.VecVirtual {
	v := i.vector()
	m, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(m.Addr, v)
	return v
}

// onlyTail is v with zeros behind the tail.
func (i *isa) onlyTail(v reg.Register) reg.VecVirtual {
	if !i.wide {
		return i.and(v, i.tail)
	}
	z := i.vector()
	VMOVAPS_Z(v, i.tail, z)
	return z
}

// expShift writes k·e^(a-shift), and the sum of e^(a-shift), lane by lane.
func expShift(i *isa) {
	TEXT("expShift"+i.name, NOSPLIT, "func(n int, dst, a *float32, shift, k float32)")
	Doc("expShift" + i.name + " computes ExpShift.")
	Pragma("noescape")
	n, dst, a := Load(Param("n"), GP64()), Load(Param("dst"), GP64()), Load(Param("a"), GP64())
	shift, k := i.parameter("shift"), i.parameter("k")
	i.hold(expNumbers)
	i.each(n, func(x reg.Register, partly bool) {
		i.store(i.mul(exp(i, i.sub(i.load(at(a, x), partly), shift)), k), at(dst, x), partly)
	})
	i.release()
	VZEROUPPER()
	RET()

	TEXT("expSum"+i.name, NOSPLIT, "func(n int, a *float32, shift float32, sums *float64)")
	Doc("expSum" + i.name + " computes the sum of e^(a-shift), lane by lane, in float64.")
	Pragma("noescape")
	n, a = Load(Param("n"), GP64()), Load(Param("a"), GP64())
	shift = i.parameter("shift")
	halves := [2]reg.VecVirtual{i.zero(), i.zero()}
	i.hold(expNumbers)
	i.each(n, func(x reg.Register, partly bool) {
		e := exp(i, i.sub(i.load(at(a, x), partly), shift))
		if partly {
			e = i.onlyTail(e)
		}
		for h, sum := range halves {
			VADDPD(i.half(e, h), sum, sum)
		}
	})
	i.release()
	VADDPD(halves[1], halves[0], halves[0])
	sums := Load(Param("sums"), GP64())
	VMOVUPD(halves[0], operand.Mem{Base: sums})
	VZEROUPPER()
	RET()
}

// half is one half of a register in float64.
func (i *isa) half(v reg.VecVirtual, h int) reg.VecVirtual {
	wide := i.vector()
	switch {
	case i.wide && h == 0:
		VCVTPS2PD(v.AsY(), wide)
	case i.wide:
		part := YMM()
		VEXTRACTF32X8(operand.U8(1), v, part)
		VCVTPS2PD(part, wide)
	case h == 0:
		VCVTPS2PD(v.AsX(), wide)
	default:
		part := XMM()
		VEXTRACTF128(operand.U8(1), v, part)
		VCVTPS2PD(part, wide)
	}
	return wide
}

// greatest writes the greatest element, lane by lane.
func greatest(i *isa) {
	TEXT("greatest"+i.name, NOSPLIT, "func(n int, a *float32, tops *float32)")
	Doc("greatest" + i.name + " finds the greatest of n > 0 elements, lane by lane.")
	Pragma("noescape")
	n, a := Load(Param("n"), GP64()), Load(Param("a"), GP64())
	top := i.vector()
	VBROADCASTSS(operand.Mem{Base: a}, top) // the first element stands for those behind the tail
	first := i.vector()
	VMOVAPS(top, first)
	i.each(n, func(x reg.Register, partly bool) {
		v := i.load(at(a, x), partly)
		if partly {
			w := i.vector()
			if i.wide {
				VBLENDMPS(v, first, i.tail, w)
			} else {
				VBLENDVPS(i.tail, v, first, w)
			}
			v = w
		}
		VMAXPS(v, top, top)
	})
	tops := Load(Param("tops"), GP64())
	VMOVUPS(top, operand.Mem{Base: tops})
	VZEROUPPER()
	RET()
}

// sumSquares writes the sum of squares in float64, lane by lane.
func sumSquares(i *isa) {
	const registers = 4
	TEXT("sumSquares"+i.name, NOSPLIT, "func(n int, a *float32, sums *float64)")
	Doc("sumSquares" + i.name + " sums the squares of n elements, a multiple of twice the lanes, lane by lane.")
	Pragma("noescape")
	n, a := Load(Param("n"), GP64()), Load(Param("a"), GP64())
	var sums [registers]reg.VecVirtual
	for r := range sums {
		sums[r] = i.zero()
	}
	Label("next")
	TESTQ(n, n)
	JZ(operand.LabelRef("done"))
	for r := range sums {
		x := i.vector()
		VCVTPS2PD(operand.Mem{Base: a, Disp: r * i.bytes() / 2}, x)
		VFMADD231PD(x, x, sums[r])
	}
	ADDQ(operand.U8(uint8(2*i.bytes())), a)
	SUBQ(operand.U8(uint8(2*i.lanes)), n)
	JMP(operand.LabelRef("next"))
	Label("done")
	for r := range sums[1:] {
		VADDPD(sums[r+1], sums[0], sums[0])
	}
	out := Load(Param("sums"), GP64())
	VMOVUPD(sums[0], operand.Mem{Base: out})
	VZEROUPPER()
	RET()
}

// sumColumns writes the sum of rows, added to dst: of four registers of columns at a time, so that a row is
// not read in lone cache lines, and of single ones.
func sumColumns(i *isa) {
	TEXT("sumColumns"+i.name, NOSPLIT, "func(rows, cols int, dst *float32, a *float32, aRow int)")
	Doc("sumColumns" + i.name + " adds rows > 0 to dst.")
	Pragma("noescape")
	rows, cols := Load(Param("rows"), GP64()), Load(Param("cols"), GP64())
	dst, a, aRow := Load(Param("dst"), GP64()), Load(Param("a"), GP64()), Load(Param("aRow"), GP64())
	sum := func(name string, registers int, place reg.Register, partly bool) {
		sums := make([]reg.VecVirtual, registers)
		for r := range sums {
			sums[r] = i.load(at(dst, place).Offset(r*i.bytes()), partly)
		}
		p, left := GP64(), GP64()
		LEAQ(at(a, place), p)
		MOVQ(rows, left)
		Label(name)
		for r, s := range sums {
			m := operand.Mem{Base: p, Disp: r * i.bytes()}
			if partly {
				VADDPS(i.load(m, true), s, s)
			} else {
				VADDPS(m, s, s)
			}
		}
		ADDQ(aRow, p)
		DECQ(left)
		JNZ(operand.LabelRef(name))
		for r, s := range sums {
			i.store(s, at(dst, place).Offset(r*i.bytes()), partly)
		}
	}
	const wide = 4
	start := GP64()
	XORQ(start, start)
	Label("wide")
	CMPQ(cols, operand.U8(uint8(wide*i.lanes)))
	JL(operand.LabelRef("narrow"))
	sum("widerows", wide, start, false)
	ADDQ(operand.U32(uint32(wide*i.bytes())), start)
	SUBQ(operand.U32(uint32(wide*i.lanes)), cols)
	JMP(operand.LabelRef("wide"))
	Label("narrow")
	ADDQ(start, dst)
	ADDQ(start, a)
	i.each(cols, func(x reg.Register, partly bool) {
		sum(map[bool]string{false: "rows", true: "lastrows"}[partly], 1, x, partly)
	})
	VZEROUPPER()
	RET()
}

// adam writes an update.
func adam(i *isa) {
	TEXT("adam"+i.name, NOSPLIT, "func(n int, p, m, v, grad *float32, decay, beta1, take1, beta2, take2, rate, root, epsilon, keep float32)")
	Doc("adam" + i.name + " computes Adam.")
	Pragma("noescape")
	n := Load(Param("n"), GP64())
	p, m, v, g := Load(Param("p"), GP64()), Load(Param("m"), GP64()), Load(Param("v"), GP64()), Load(Param("grad"), GP64())
	i.each(n, func(x reg.Register, partly bool) {
		weight := i.load(at(p, x), partly)
		d := i.load(at(g, x), partly)
		VFMADD231PS(weight, i.parameter("decay"), d)
		first := i.mul(i.load(at(m, x), partly), i.parameter("beta1"))
		VFMADD231PS(d, i.parameter("take1"), first)
		second := i.mul(i.load(at(v, x), partly), i.parameter("beta2"))
		VFMADD231PS(i.mul(d, d), i.parameter("take2"), second)
		i.store(first, at(m, x), partly)
		i.store(second, at(v, x), partly)
		below := i.vector()
		VSQRTPS(second, below)
		VFMADD213PS(i.parameter("epsilon"), i.parameter("root"), below)
		VMULPS(i.parameter("keep"), weight, weight)
		VSUBPS(i.div(i.mul(first, i.parameter("rate")), below), weight, weight)
		i.store(weight, at(p, x), partly)
	})
	VZEROUPPER()
	RET()
}
