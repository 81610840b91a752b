package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func flops(b *testing.B, m, n, k int) {
	b.ReportMetric(2*float64(m*n*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

func each(b *testing.B, n int) {
	b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/float64(n), "ns/element")
}

func operandsOf(m, n, k int) (x, y, z []float32) {
	r := rand.New(rand.NewPCG(1, 2))
	return random[float32](r, m*k), random[float32](r, k*n), make([]float32, m*n)
}

// BenchmarkGemm has products of whole sequences: of the input, and of its gradients and the weights'.
func BenchmarkGemm(b *testing.B) {
	for _, s := range []struct {
		m, n, k int
		form    string
	}{
		{1600, 512, 128, "NN"}, {1600, 128, 512, "NT"}, {128, 512, 1600, "TN"},
		{700, 10000, 200, "NN"}, {700, 200, 10000, "NT"}, {200, 10000, 700, "TN"},
		{6400, 2048, 512, "NN"}, {6400, 512, 2048, "NT"}, {512, 2048, 6400, "TN"},
	} {
		b.Run(fmt.Sprintf("%s/%dx%dx%d", s.form, s.m, s.n, s.k), func(b *testing.B) {
			x, y, z := operandsOf(s.m, s.n, s.k)
			transA, transB := s.form[0] == 'T', s.form[1] == 'T'
			lda, ldb := s.k, s.n
			if transA {
				lda = s.m
			}
			if transB {
				ldb = s.k
			}
			for b.Loop() {
				Gemm(0, View[float32]{}, transA, transB, s.m, s.n, s.k, x, lda, y, ldb, z, s.n)
			}
			flops(b, s.m, s.n, s.k)
		})
	}
}

func BenchmarkGemmFloat64(b *testing.B) {
	for _, form := range []string{"NN", "NT", "TN"} {
		b.Run(form, func(b *testing.B) {
			const n = 128
			r := rand.New(rand.NewPCG(1, 2))
			x, y, z := random[float64](r, n*n), random[float64](r, n*n), make([]float64, n*n)
			for b.Loop() {
				Gemm(0, View[float64]{}, form[0] == 'T', form[1] == 'T', n, n, n, x, n, y, n, z, n)
			}
			flops(b, n, n, n)
		})
	}
}

// BenchmarkGemmPacked has the products of one timestep with the recurrent weights.
func BenchmarkGemmPacked(b *testing.B) {
	for _, s := range [][3]int{{1, 1024, 256}, {16, 512, 128}, {32, 512, 128}, {16, 1024, 256}, {32, 2048, 512}, {16, 128, 512}} {
		b.Run(fmt.Sprintf("%dx%dx%d", s[0], s[1], s[2]), func(b *testing.B) {
			x, y, z := operandsOf(s[0], s[1], s[2])
			var p Packed[float32]
			p.Pack(0, false, s[2], s[1], y, s[1])
			for b.Loop() {
				GemmPacked(View[float32]{}, s[0], x, s[2], &p, z, s[1])
			}
			flops(b, s[0], s[1], s[2])
		})
	}
}

func BenchmarkPack(b *testing.B) {
	for _, trans := range []bool{false, true} {
		b.Run(fmt.Sprintf("trans=%v", trans), func(b *testing.B) {
			const n = 512
			_, y, _ := operandsOf(1, n, n)
			var p Packed[float32]
			for b.Loop() {
				p.Pack(0, trans, n, n, y, n)
			}
			each(b, n*n)
		})
	}
}

func BenchmarkGemmDirect(b *testing.B) {
	for _, s := range [][3]int{{1, 1024, 256}, {1, 2048, 512}, {2, 1024, 256}, {4, 1024, 256}} {
		b.Run(fmt.Sprintf("%dx%dx%d", s[0], s[1], s[2]), func(b *testing.B) {
			x, y, z := operandsOf(s[0], s[1], s[2])
			for b.Loop() {
				GemmDirect(View[float32]{}, false, s[0], s[1], s[2], x, s[2], y, s[1], z, s[1])
			}
			flops(b, s[0], s[1], s[2])
		})
	}
}

func BenchmarkMap(b *testing.B) {
	for _, op := range []struct {
		name string
		op   Op
	}{{"exp", Exp}, {"sigmoid", Sigmoid}, {"tanh", Tanh}, {"gelu", GELU}, {"gelu slope", GELUGrad}, {"add", Add}, {"muladd", MulAdd}} {
		b.Run(op.name, func(b *testing.B) {
			const rows, cols = 16, 128
			x, y, _ := operandsOf(rows, cols, cols)
			to, v := View[float32]{y[:rows*cols], cols}, View[float32]{x, cols}
			for b.Loop() {
				Map(op.op, 0, rows, cols, to, v, v, v)
			}
			each(b, rows*cols)
		})
	}
}

func BenchmarkReduce(b *testing.B) {
	const rows, cols = 1600, 512
	_, y, _ := operandsOf(1, cols*rows, 1)
	for _, f := range []struct {
		name string
		call func()
	}{
		{"SumColumns", func() { SumColumns(0, rows, cols, make([]float32, cols), View[float32]{y, cols}) }},
		{"SumSquares", func() { SumSquares(0, y) }},
		{"LogSumExp", func() { LogSumExp(y) }},
	} {
		b.Run(f.name, func(b *testing.B) {
			for b.Loop() {
				f.call()
			}
			each(b, rows*cols)
		})
	}
}

func BenchmarkAdam(b *testing.B) {
	const n = 1 << 20
	_, p, _ := operandsOf(1, n, 1)
	m, v, g := make([]float32, n), make([]float32, n), make([]float32, n)
	step := AdamStep[float32]{0.9, 0.999, 1e-3, 1, 1e-8, 0, 1}
	for b.Loop() {
		Adam(0, step, p, m, v, g)
	}
	each(b, n)
}
