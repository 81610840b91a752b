package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gemm writes the product of some rows of a with two registers of columns of b, or the first cols of
// them. Each element of c is one chain of fused additions over k, whatever the number of rows, so that it
// does not matter how a matrix is cut. Rows and steps are in bytes.
func gemm(i *isa, rows int) {
	TEXT(fmt.Sprintf("gemm%sx%d", i.name, rows), NOSPLIT,
		"func(k int, a *float32, aRow, aStep int, b *float32, bStep int, c *float32, cRow int, from *float32, fromRow, cols int)")
	Doc(fmt.Sprintf("gemm%sx%d computes %d rows of up to %d columns.", i.name, rows, rows, i.gemmCols()))
	Pragma("noescape")
	k := Load(Param("k"), GP64()).(reg.GPVirtual)
	a, aPointers := rowsAt(Load(Param("a"), GP64()), Load(Param("aRow"), GP64()), rows)
	aStep := Load(Param("aStep"), GP64())
	b, bStep := Load(Param("b"), GP64()), Load(Param("bStep"), GP64())
	edge := newEdge(i, Load(Param("cols"), GP64()).(reg.GPVirtual))
	sums := make([][2]reg.VecVirtual, rows)
	for r := range sums {
		sums[r] = [2]reg.VecVirtual{i.zero(), i.zero()}
	}

	whole := func(name string, partly bool) {
		start := Load(Param("from"), GP64())
		TESTQ(start, start)
		JZ(operand.LabelRef(name))
		from, _ := rowsAt(start, Load(Param("fromRow"), GP64()), rows)
		for r := range sums {
			for h := range 2 {
				edge.load(from(r, h*i.bytes()), h, sums[r][h], partly)
			}
		}
		Label(name)
		TESTQ(k, k)
		JZ(operand.LabelRef(name + "store"))
		Label(name + "next")
		cols := [2]reg.VecVirtual{i.vector(), i.vector()}
		for h := range 2 {
			edge.load(operand.Mem{Base: b, Disp: h * i.bytes()}, h, cols[h], partly)
		}
		for r := range sums {
			x := i.vector()
			VBROADCASTSS(a(r, 0), x)
			for h := range 2 {
				VFMADD231PS(cols[h], x, sums[r][h])
			}
		}
		for _, p := range aPointers {
			ADDQ(aStep, p)
		}
		ADDQ(bStep, b)
		DECQ(k)
		JNZ(operand.LabelRef(name + "next"))
		Label(name + "store")
		c, _ := rowsAt(Load(Param("c"), GP64()), Load(Param("cRow"), GP64()), rows)
		for r := range sums {
			for h := range 2 {
				edge.store(sums[r][h], c(r, h*i.bytes()), h, partly)
			}
		}
		VZEROUPPER()
		RET()
	}
	if !i.wide {
		CMPQ(edge.cols, operand.U8(uint8(i.gemmCols())))
		JNE(operand.LabelRef("edge"))
		whole("full", false)
		Label("edge")
	}
	whole("part", true)
}

// An edge restricts two registers of columns to the first of them. With AVX-512 the masks stay in
// registers and cost nothing; with AVX2 they are in memory, as no register is left.
type edge struct {
	i     *isa
	cols  reg.GPVirtual
	masks [2]reg.Register // of AVX-512
	at    reg.GPVirtual   // of AVX2
}

func newEdge(i *isa, cols reg.GPVirtual) *edge {
	e := &edge{i: i, cols: cols}
	if !i.wide {
		e.at = i.maskAt(cols)
		return e
	}
	ones := GP64()
	MOVQ(operand.U32(1), ones)
	SHLXQ(cols, ones, ones)
	DECQ(ones)
	for h := range e.masks {
		e.masks[h] = K()
		KMOVW(ones.As32(), e.masks[h])
		SHRQ(operand.U8(16), ones)
	}
	return e
}

func (e *edge) load(m operand.Mem, h int, v reg.Register, partly bool) {
	switch {
	case !partly:
		VMOVUPS(m, v)
	case e.i.wide:
		VMOVUPS_Z(m, e.masks[h], v)
	default:
		VMASKMOVPS(m, e.mask(h), v)
	}
}

func (e *edge) store(v reg.Register, m operand.Mem, h int, partly bool) {
	switch {
	case !partly:
		VMOVUPS(v, m)
	case e.i.wide:
		VMOVUPS(v, e.masks[h], m)
	default:
		VMASKMOVPS(v, e.mask(h), m)
	}
}

func (e *edge) mask(h int) reg.Register {
	m := YMM()
	VMOVUPS(operand.Mem{Base: e.at, Disp: h * e.i.bytes()}, m)
	return m
}

// rowsAt addresses rows that lie row bytes apart, four by each of the pointers.
func rowsAt(base, row reg.Register, rows int) (at func(r, disp int) operand.Mem, pointers []reg.Register) {
	var three reg.GPVirtual
	if rows > 3 || rows%4 == 0 {
		three = GP64()
		LEAQ(operand.Mem{Base: row, Index: row, Scale: 2}, three)
	}
	pointers = []reg.Register{base}
	for r := 4; r < rows; r += 4 {
		next := GP64()
		LEAQ(operand.Mem{Base: pointers[len(pointers)-1], Index: row, Scale: 4}, next)
		pointers = append(pointers, next)
	}
	at = func(r, disp int) operand.Mem {
		m := operand.Mem{Base: pointers[r/4], Disp: disp}
		switch r % 4 {
		case 1:
			m.Index, m.Scale = row, 1
		case 2:
			m.Index, m.Scale = row, 2
		case 3:
			m.Index, m.Scale = three, 1
		}
		return m
	}
	return at, pointers
}

// gemv writes the product of few rows of a with many registers of columns of b: enough chains to hide how
// long each addition takes. The columns are those of panels of two registers, which lie panel bytes apart
// in a packed b and side by side in one that is not.
func gemv(i *isa, rows int) {
	panels := 4
	if !i.wide && rows > 1 {
		panels = 2
	}
	TEXT(fmt.Sprintf("gemv%sx%d", i.name, rows), NOSPLIT,
		"func(k int, a *float32, aRow int, b *float32, bStep, panel int, c *float32, cRow int, from *float32, fromRow int)")
	Doc(fmt.Sprintf("gemv%sx%d computes %d rows of %d columns.", i.name, rows, rows, panels*i.gemmCols()))
	Pragma("noescape")
	k := Load(Param("k"), GP64())
	a, _ := rowsAt(Load(Param("a"), GP64()), Load(Param("aRow"), GP64()), rows)
	b, bStep := Load(Param("b"), GP64()), Load(Param("bStep"), GP64())
	panel, _ := rowsAt(b, Load(Param("panel"), GP64()), panels)
	sums := make([][]reg.VecVirtual, rows)
	for r := range sums {
		sums[r] = make([]reg.VecVirtual, 2*panels)
		for h := range sums[r] {
			sums[r][h] = i.zero()
		}
	}
	start := Load(Param("from"), GP64())
	TESTQ(start, start)
	JZ(operand.LabelRef("sums"))
	from, _ := rowsAt(start, Load(Param("fromRow"), GP64()), rows)
	for r := range sums {
		for h, s := range sums[r] {
			VMOVUPS(from(r, h*i.bytes()), s)
		}
	}
	Label("sums")
	TESTQ(k, k)
	JZ(operand.LabelRef("store"))
	Label("next")
	x := make([]reg.VecVirtual, rows)
	for r := range x {
		x[r] = i.vector()
		VBROADCASTSS(a(r, 0), x[r])
	}
	for h := range 2 * panels {
		m := panel(h/2, h%2*i.bytes())
		if rows == 1 {
			VFMADD231PS(m, x[0], sums[0][h])
			continue
		}
		col := i.vector()
		VMOVUPS(m, col)
		for r := range rows {
			VFMADD231PS(col, x[r], sums[r][h])
		}
	}
	ADDQ(operand.U8(4), a(0, 0).Base)
	ADDQ(bStep, b)
	DECQ(k)
	JNZ(operand.LabelRef("next"))
	Label("store")
	c, _ := rowsAt(Load(Param("c"), GP64()), Load(Param("cRow"), GP64()), rows)
	for r := range sums {
		for h, s := range sums[r] {
			VMOVUPS(s, c(r, h*i.bytes()))
		}
	}
	VZEROUPPER()
	RET()
}
