// Command gen writes the assembly of package kernel, for AVX-512 and for AVX2 with FMA.
package main

import . "github.com/mmcloughlin/avo/build"

func main() {
	ConstraintExpr("amd64,!purego")
	for _, i := range []*isa{avx512, avx2} {
		for rows := 1; rows <= i.gemmRows; rows++ {
			gemm(i, rows)
		}
		for rows := range 3 {
			gemv(i, rows+1)
		}
		for _, f := range functions {
			elementwise(i, f)
		}
		sumSquares(i)
		adam(i)
		expShift(i)
		greatest(i)
		sumColumns(i)
	}
	transpose()
	Generate()
}
