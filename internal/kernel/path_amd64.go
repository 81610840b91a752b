//go:build amd64 && !purego

package kernel

import "golang.org/x/sys/cpu"

// available lists the paths of this processor, the best first.
func available() []path {
	var paths []path
	x := cpu.X86
	if x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL && x.HasBMI2 {
		paths = append(paths, avx512)
	}
	if x.HasAVX2 && x.HasFMA && x.HasBMI2 {
		paths = append(paths, avx2)
	}
	return append(paths, portable)
}

// multiplyTile computes up to tileRows rows and the first cols of tileCols columns of c. Rows and steps are in
// bytes.
func multiplyTile(rows, cols, k int, a *float32, aRow, aStep int, b *float32, bStep int, c *float32, cRow int, from *float32, fromRow int) {
	if active == avx2 {
		switch rows {
		case 1:
			gemmAVX2x1(k, a, aRow, aStep, b, bStep, c, cRow, from, fromRow, cols)
		case 2:
			gemmAVX2x2(k, a, aRow, aStep, b, bStep, c, cRow, from, fromRow, cols)
		case 3:
			gemmAVX2x3(k, a, aRow, aStep, b, bStep, c, cRow, from, fromRow, cols)
		case 4:
			gemmAVX2x4(k, a, aRow, aStep, b, bStep, c, cRow, from, fromRow, cols)
		case 5:
			gemmAVX2x5(k, a, aRow, aStep, b, bStep, c, cRow, from, fromRow, cols)
		case 6:
			gemmAVX2x6(k, a, aRow, aStep, b, bStep, c, cRow, from, fromRow, cols)
		}
		return
	}
	switch rows {
	case 1:
		gemmAVX512x1(k, a, aRow, aStep, b, bStep, c, cRow, from, fromRow, cols)
	case 2:
		gemmAVX512x2(k, a, aRow, aStep, b, bStep, c, cRow, from, fromRow, cols)
	case 3:
		gemmAVX512x3(k, a, aRow, aStep, b, bStep, c, cRow, from, fromRow, cols)
	case 4:
		gemmAVX512x4(k, a, aRow, aStep, b, bStep, c, cRow, from, fromRow, cols)
	case 5:
		gemmAVX512x5(k, a, aRow, aStep, b, bStep, c, cRow, from, fromRow, cols)
	case 6:
		gemmAVX512x6(k, a, aRow, aStep, b, bStep, c, cRow, from, fromRow, cols)
	case 7:
		gemmAVX512x7(k, a, aRow, aStep, b, bStep, c, cRow, from, fromRow, cols)
	case 8:
		gemmAVX512x8(k, a, aRow, aStep, b, bStep, c, cRow, from, fromRow, cols)
	case 9:
		gemmAVX512x9(k, a, aRow, aStep, b, bStep, c, cRow, from, fromRow, cols)
	case 10:
		gemmAVX512x10(k, a, aRow, aStep, b, bStep, c, cRow, from, fromRow, cols)
	case 11:
		gemmAVX512x11(k, a, aRow, aStep, b, bStep, c, cRow, from, fromRow, cols)
	case 12:
		gemmAVX512x12(k, a, aRow, aStep, b, bStep, c, cRow, from, fromRow, cols)
	}
}

// multiplyFew computes 1 to 3 rows of wideCols columns of c, of panels of b.
func multiplyFew(rows, k int, a *float32, aRow int, b *float32, bStep, panel int, c *float32, cRow int, from *float32, fromRow int) {
	if active == avx2 {
		switch rows {
		case 1:
			gemvAVX2x1(k, a, aRow, b, bStep, panel, c, cRow, from, fromRow)
		case 2:
			gemvAVX2x2(k, a, aRow, b, bStep, panel, c, cRow, from, fromRow)
		case 3:
			gemvAVX2x3(k, a, aRow, b, bStep, panel, c, cRow, from, fromRow)
		}
		return
	}
	switch rows {
	case 1:
		gemvAVX512x1(k, a, aRow, b, bStep, panel, c, cRow, from, fromRow)
	case 2:
		gemvAVX512x2(k, a, aRow, b, bStep, panel, c, cRow, from, fromRow)
	case 3:
		gemvAVX512x3(k, a, aRow, b, bStep, panel, c, cRow, from, fromRow)
	}
}

// transposeBlocks sets dst [8n, 8] to the transpose of a [8, 8n].
func transposeBlocks(n int, dst *float32, dstRow int, a *float32, aRow int) {
	transposeAVX2(n, dst, dstRow, a, aRow)
}

type mapFunc func(rows, cols int, dst *float32, dstRow int, a *float32, aRow int, b *float32, bRow int, c *float32, cRow int, k float32)

var (
	mapsAVX512 = [...]mapFunc{
		Copy: mapCopyAVX512, Fill: mapFillAVX512, Neg: mapNegAVX512, Scale: mapScaleAVX512, Shift: mapShiftAVX512, Square: mapSquareAVX512,
		Reciprocal: mapReciprocalAVX512, Sqrt: mapSqrtAVX512, Exp: mapExpAVX512, Sigmoid: mapSigmoidAVX512, Tanh: mapTanhAVX512, ReLU: mapReLUAVX512, GELU: mapGELUAVX512,
		Add: mapAddAVX512, Sub: mapSubAVX512, Mul: mapMulAVX512, Div: mapDivAVX512, Max: mapMaxAVX512, Min: mapMinAVX512,
		SigmoidGrad: mapSigmoidGradAVX512, TanhGrad: mapTanhGradAVX512, ReLUGrad: mapReLUGradAVX512, GELUGrad: mapGELUGradAVX512, MulAdd: mapMulAddAVX512,
	}
	mapsAVX2 = [...]mapFunc{
		Copy: mapCopyAVX2, Fill: mapFillAVX2, Neg: mapNegAVX2, Scale: mapScaleAVX2, Shift: mapShiftAVX2, Square: mapSquareAVX2,
		Reciprocal: mapReciprocalAVX2, Sqrt: mapSqrtAVX2, Exp: mapExpAVX2, Sigmoid: mapSigmoidAVX2, Tanh: mapTanhAVX2, ReLU: mapReLUAVX2, GELU: mapGELUAVX2,
		Add: mapAddAVX2, Sub: mapSubAVX2, Mul: mapMulAVX2, Div: mapDivAVX2, Max: mapMaxAVX2, Min: mapMinAVX2,
		SigmoidGrad: mapSigmoidGradAVX2, TanhGrad: mapTanhGradAVX2, ReLUGrad: mapReLUGradAVX2, GELUGrad: mapGELUGradAVX2, MulAdd: mapMulAddAVX2,
	}
)

func mapRows(op Op, rows, cols int, dst *float32, dstRow int, a *float32, aRow int, b *float32, bRow int, c *float32, cRow int, k float32) {
	f := mapsAVX512[op]
	if active == avx2 {
		f = mapsAVX2[op]
	}
	f(rows, cols, dst, dstRow, a, aRow, b, bRow, c, cRow, k)
}

// lanesOf is how many float32s a register of the active path holds.
func lanesOf() int {
	if active == avx2 {
		return 8
	}
	return 16
}

func tops(n int, a *float32, out *[16]float32) {
	if active == avx2 {
		greatestAVX2(n, a, &out[0])
	} else {
		greatestAVX512(n, a, &out[0])
	}
}

func expSums(n int, a *float32, shift float32, out *[8]float64) {
	if active == avx2 {
		expSumAVX2(n, a, shift, &out[0])
	} else {
		expSumAVX512(n, a, shift, &out[0])
	}
}

func expShifted(n int, dst, a *float32, shift, k float32) {
	if active == avx2 {
		expShiftAVX2(n, dst, a, shift, k)
	} else {
		expShiftAVX512(n, dst, a, shift, k)
	}
}

func squares(n int, a *float32, out *[8]float64) {
	if active == avx2 {
		sumSquaresAVX2(n, a, &out[0])
	} else {
		sumSquaresAVX512(n, a, &out[0])
	}
}

func columnSums(rows, cols int, dst, a *float32, aRow int) {
	if active == avx2 {
		sumColumnsAVX2(rows, cols, dst, a, aRow)
	} else {
		sumColumnsAVX512(rows, cols, dst, a, aRow)
	}
}

func adamUpdate(n int, p, m, v, g *float32, s *AdamStep[float32]) {
	keep1, take1, keep2, take2 := float32(s.Beta1), float32(1-s.Beta1), float32(s.Beta2), float32(1-s.Beta2)
	if active == avx2 {
		adamAVX2(n, p, m, v, g, s.Decay, keep1, take1, keep2, take2, s.Rate, s.Root, s.Epsilon, s.Keep)
	} else {
		adamAVX512(n, p, m, v, g, s.Decay, keep1, take1, keep2, take2, s.Rate, s.Root, s.Epsilon, s.Keep)
	}
}
