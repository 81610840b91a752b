package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transpose writes the transposition of n blocks of 8×8, which lie beside each other in a and below each
// other in dst. It is for both paths: only eight rows of a lie far apart, as many as the first cache can
// hold however far that is.
func transpose() {
	TEXT("transposeAVX2", NOSPLIT, "func(n int, dst *float32, dstRow int, a *float32, aRow int)")
	Doc("transposeAVX2 sets dst [8n, 8] to the transpose of a [8, 8n].")
	Pragma("noescape")
	n := Load(Param("n"), GP64())
	dst, dstRow := Load(Param("dst"), GP64()), Load(Param("dstRow"), GP64())
	a, aRow := Load(Param("a"), GP64()), Load(Param("aRow"), GP64())
	below := GP64()
	MOVQ(dstRow, below)
	SHLQ(operand.U8(3), below)
	to, toPointers := rowsAt(dst, dstRow, 8)
	from, fromPointers := rowsAt(a, aRow, 8)
	Label("next")
	// Pairs of rows, then fours, then the halves of the registers change places.
	var rows, pairs, fours [8]reg.VecVirtual
	for r := range rows {
		rows[r] = YMM()
		VMOVUPS(from(r, 0), rows[r])
	}
	for r := 0; r < 8; r += 2 {
		pairs[r], pairs[r+1] = YMM(), YMM()
		VUNPCKLPS(rows[r+1], rows[r], pairs[r])
		VUNPCKHPS(rows[r+1], rows[r], pairs[r+1])
	}
	for r := 0; r < 8; r += 4 {
		for h := range 2 {
			lo, hi := YMM(), YMM()
			VUNPCKLPD(pairs[r+2+h], pairs[r+h], lo)
			VUNPCKHPD(pairs[r+2+h], pairs[r+h], hi)
			fours[r+2*h], fours[r+2*h+1] = lo, hi
		}
	}
	for r := range 4 {
		lo, hi := YMM(), YMM()
		VPERM2F128(operand.U8(0x20), fours[r+4], fours[r], lo)
		VPERM2F128(operand.U8(0x31), fours[r+4], fours[r], hi)
		VMOVUPS(lo, to(r, 0))
		VMOVUPS(hi, to(r+4, 0))
	}
	for _, p := range toPointers {
		ADDQ(below, p)
	}
	for _, p := range fromPointers {
		ADDQ(operand.U8(32), p)
	}
	DECQ(n)
	JNZ(operand.LabelRef("next"))
	VZEROUPPER()
	RET()
}
