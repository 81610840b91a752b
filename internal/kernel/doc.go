// Package kernel holds the loops over numbers that everything else spends its time in: matrix products,
// elementwise functions over rows, sums, the softmax, and the update of an optimiser. It knows no graph.
//
// Every function has a portable form in Go, for float32 and float64. On amd64 float32 runs on AVX-512 or
// on AVX2 with FMA, whichever the processor and the system have; Path says which. ELMAN_KERNEL=avx512, avx2
// or portable in the environment chooses another; asked for one that is not there, it is the best that is.
// The build tag purego leaves the portable form alone. On one path the same operands give the same bits for
// any number of threads: no sum is cut along its terms.
package kernel

//go:generate go run ./gen -out kernel_amd64.s -stubs kernel_amd64.go -pkg kernel

// Float is what all functions of this package compute with.
type Float interface{ float32 | float64 }

// A View is a matrix within a slice: row r begins at Data[r*Stride]. A Stride of 0 repeats one row.
type View[F Float] struct {
	Data   []F
	Stride int
}

// Row is row r of n columns.
func (v View[F]) Row(r, n int) []F { return v.Data[r*v.Stride : r*v.Stride+n : r*v.Stride+n] }
