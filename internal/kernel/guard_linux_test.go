package kernel

import (
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"unsafe"
)

// A guarded slice of n numbers ends where the next page may not be touched.
func guarded(t *testing.T, n int) []float32 {
	t.Helper()
	page := os.Getpagesize()
	size := (4*n + page - 1) / page * page
	memory, err := syscall.Mmap(-1, 0, size+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { syscall.Munmap(memory) })
	if err := syscall.Mprotect(memory[size:], syscall.PROT_NONE); err != nil {
		t.Skip(err)
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&memory[size-4*n])), n)
}

// TestGuard ends every operand at the end of a page, so that a load or store beyond is a fault.
func TestGuard(t *testing.T) {
	const most = 64
	a, b, c, d := guarded(t, most*most), guarded(t, most*most), guarded(t, most*most), guarded(t, most*most)
	end := func(s []float32, n int) []float32 { return s[len(s)-n:] }
	paths(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for n := 1; n <= most; n++ {
			m, k := 1+r.IntN(most), 1+r.IntN(most)
			for form := range 8 {
				transA, transB := form&1 != 0, form&2 != 0
				var from View[float32]
				if form&4 != 0 {
					from.Data = end(d, n)
				}
				x, y, z := end(a, m*k), end(b, k*n), end(c, m*n)
				ldx, ldy := k, n
				if transA {
					ldx = m
				}
				if transB {
					ldy = k
				}
				Gemm(0, from, transA, transB, m, n, k, x, ldx, y, ldy, z, n)
				if transA {
					continue
				}
				var packed Packed[float32]
				packed.Pack(0, transB, k, n, y, ldy)
				for _, rows := range []int{m, min(m, 2)} {
					GemmPacked(from, rows, end(a, rows*k), k, &packed, end(c, rows*n), n)
					GemmDirect(from, transB, rows, n, k, end(a, rows*k), k, y, ldy, end(c, rows*n), n)
				}
			}
			view := func(s []float32) View[float32] { return View[float32]{end(s, m*n), n} }
			for op := Copy; op <= MulAdd; op++ {
				Map(op, 1, m, n, view(d), view(a), view(b), view(c))
			}
			SumColumns(0, m, n, end(d, n), view(a))
			SumSquares(0, end(a, n))
			LogSumExp(end(a, n))
			ExpShift(end(d, n), end(a, n), 0, 1)
			AddTo(0, end(d, n), end(a, n))
			ScaleAll(0, end(d, n), 2)
			Adam(0, AdamStep[float32]{}, end(a, n), end(b, n), end(c, n), end(d, n))
		}
	})
}
