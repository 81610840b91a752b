package layers_test

import (
	"fmt"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/layers/layerstest"
)

func TestConv(t *testing.T) {
	for name, conv := range map[string]layers.Conv{
		"causal":         {Out: 3, Kernel: 2, Padding: layers.CausalPadding},
		"causal dilated": {Out: 2, Kernel: 3, Dilation: 2, Padding: layers.CausalPadding, Activation: (*graph.Scope).Tanh},
		"same":           {Out: 2, Kernel: 3, Padding: layers.SamePadding, NoBias: true},
		"same, even":     {Out: 1, Kernel: 4, Padding: layers.SamePadding},
		"pointwise":      {Out: 2, Kernel: 1},
	} {
		t.Run(name, func(t *testing.T) {
			layerstest.Layer(t, func() layers.Layer { return conv })
		})
	}
}

func TestConvParams(t *testing.T) {
	layerstest.Params(t, "testdata/params/conv.json", func(s *graph.Scope) { layers.Conv{Out: 2, Kernel: 4}.Bind(s, 3) })
}

// convCases are convolutions of T timesteps, the zeros before the sequence, and how many timesteps they give.
var convCases = []struct {
	conv            layers.Conv
	T, before, want int
}{
	{layers.Conv{Kernel: 1}, 5, 0, 5},
	{layers.Conv{Kernel: 3}, 5, 0, 3},
	{layers.Conv{Kernel: 3, Dilation: 2}, 5, 0, 1},
	{layers.Conv{Kernel: 2, Stride: 2}, 6, 0, 3},
	{layers.Conv{Kernel: 2, Stride: 3}, 7, 0, 2}, // the last two timesteps are left over
	{layers.Conv{Kernel: 3, Padding: layers.CausalPadding}, 5, 2, 5},
	{layers.Conv{Kernel: 3, Dilation: 4, Padding: layers.CausalPadding}, 6, 8, 6},
	{layers.Conv{Kernel: 3, Stride: 2, Dilation: 2, Padding: layers.CausalPadding}, 7, 4, 4},
	{layers.Conv{Kernel: 3, Padding: layers.SamePadding}, 5, 1, 5},
	{layers.Conv{Kernel: 4, Padding: layers.SamePadding}, 5, 1, 5},
	{layers.Conv{Kernel: 4, Stride: 3, Padding: layers.SamePadding}, 7, 1, 3},
	{layers.Conv{Kernel: 5, Padding: layers.SamePadding}, 1, 2, 1},
}

// Values are those of a plain loop, gradients those of finite differences.
func TestConvValues(t *testing.T) {
	const B, I, O = 2, 3, 4
	for _, tc := range convCases {
		t.Run(fmt.Sprintf("%+v of %d", tc.conv, tc.T), func(t *testing.T) {
			conv := tc.conv
			conv.Out = O
			st := graph.NewStore(1, tensor.Float64)
			declare := func(s *graph.Scope) *G.Node {
				ys := conv.Bind(s.In("conv"), I)(s.Param("xs", graph.Normal(1), tc.T, B, I))
				s.Output("ys", ys)
				return s.Sum(s.Mul(ys, s.Sin(ys)))
			}
			graphtest.CheckGradients(t, st, declare, nil)
			b, _ := st.Param("conv/b")
			copy(b.Value.Float64s(), []float64{1, -2, 3, 0.5})
			got := graphtest.Output(t, graphtest.Run(t, st, declare, nil), "ys")
			if want := []int{tc.want, B, O}; !slices.Equal(got.Shape(), want) || conv.Length(tc.T) != tc.want {
				t.Fatalf("shape %v, length %d, want %v", got.Shape(), conv.Length(tc.T), want)
			}
			x, _ := st.Param("xs")
			w, _ := st.Param("conv/w")
			xs, ws := x.Value.Float64s(), w.Value.Float64s()
			var want []float64
			for at := range tc.want {
				for row := range B {
					for o := range O {
						y := b.Value.Float64s()[o]
						for k := range conv.Kernel {
							from := at*max(conv.Stride, 1) + k*max(conv.Dilation, 1) - tc.before
							for i := range I {
								if from >= 0 && from < tc.T {
									y += xs[(from*B+row)*I+i] * ws[(k*I+i)*O+o]
								}
							}
						}
						want = append(want, y)
					}
				}
			}
			graphtest.Equal(t, "ys", got.Float64s(), want, 1e-12)
		})
	}
}

// A run of fewer timesteps is one of a graph that was declared for them, and so is what comes of the first timesteps
// of a sequence that is followed by zeros.
func TestConvOfFewerTimesteps(t *testing.T) {
	const B, I, most = 2, 3, 9
	for _, tc := range convCases {
		conv := layers.Chain{}
		first := tc.conv
		first.Out = 4
		conv = append(conv, first, layers.Dense{Out: 2, Activation: (*graph.Scope).Tanh})
		declare := func(T int) func(s *graph.Scope) *G.Node {
			return func(s *graph.Scope) *G.Node {
				ys := conv.Bind(s, I)(s.Input("xs", T, B, I))
				s.Output("ys", ys)
				return s.Mean(s.Square(ys))
			}
		}
		long := graphtest.Run(t, graph.NewStore(1, tensor.Float32), declare(most), graph.Feed{"xs": normal(most, B, I)})
		padded := graphtest.Run(t, graph.NewStore(1, tensor.Float32), declare(most), graph.Feed{"xs": normal(most, B, I)})
		for n := 1; n <= most; n++ {
			what := fmt.Sprintf("%+v of %d timesteps: ", tc.conv, n)
			long.ZeroGradients()
			err := long.Run(t.Context(), graph.Feed{"xs": normal(n, B, I)})
			if first.Length(n) == 0 {
				if err == nil {
					t.Errorf("%sruns", what)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s%v", what, err)
			}
			short := graphtest.Run(t, graph.NewStore(1, tensor.Float32), declare(n), graph.Feed{"xs": normal(n, B, I)})
			want := graphtest.Output(t, short, "ys")
			graphtest.Equal(t, what+"ys", graphtest.Output(t, long, "ys"), want, 0)
			graphtest.Equal(t, what+"cost", long.Cost(), short.Cost(), 0)
			gradients := graphtest.Gradients(long)
			for path, g := range graphtest.Gradients(short) {
				graphtest.Equal(t, what+"gradient of "+path, gradients[path], g, 0)
			}

			zeros := tensor.New(tensor.WithShape(most, B, I), tensor.Of(tensor.Float64))
			copy(zeros.Float64s(), normal(n, B, I).Float64s())
			if err := padded.Run(t.Context(), graph.Feed{"xs": zeros}); err != nil {
				t.Fatal(err)
			}
			got := graphtest.Output(t, padded, "ys").Float32s()[:want.Shape().TotalSize()]
			graphtest.Equal(t, what+"ys of a padded sequence", got, want.Float32s(), 1e-6)
		}
	}
}

// A causal convolution sees nothing later.
func TestConvIsCausal(t *testing.T) {
	const T, I = 6, 2
	conv := layers.Conv{Out: 3, Kernel: 3, Dilation: 2, Padding: layers.CausalPadding}
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		ys := conv.Bind(s.In("conv"), I)(s.Param("xs", graph.Normal(1), T, 1, I))
		return s.Sum(s.At(ys, 3))
	}, nil)
	for i, g := range graphtest.Gradients(session)["xs"].Float64s() {
		if at := i / I; (g != 0) != (at == 3 || at == 1) { // -1 is before the sequence
			t.Errorf("gradient of timestep %d is %v", at, g)
		}
	}
}

func TestConvErrors(t *testing.T) {
	for want, conv := range map[string]layers.Conv{
		"conv: convolution: kernel 0, stride 0, dilation 0, want 1 to":           {Out: 2},
		"conv: convolution: kernel 2, stride -1, dilation 0, want 1 to":          {Out: 2, Kernel: 2, Stride: -1},
		"conv: convolution: kernel 2, stride 0, dilation -1, want 1 to":          {Out: 2, Kernel: 2, Dilation: -1},
		"conv: convolution: kernel 4611686018427387905, stride 0, dilation 0":    {Out: 2, Kernel: 1<<62 + 1},
		"conv: convolution: padding 3, want NoPadding, CausalPadding or Same":    {Out: 2, Kernel: 2, Padding: 3},
		"conv: convolution: padding -1, want NoPadding, CausalPadding or Same":   {Out: 2, Kernel: 2, Padding: -1},
		"[(5, 1, 3)]: the window covers 6 timesteps, there are 5 with padding":   {Out: 2, Kernel: 6},
		"[(5, 1, 3)]: want sizes and padding of at most":                         {Out: 2, Kernel: 3, Dilation: 1 << 30, Padding: layers.CausalPadding},
		"conv: param w: shape (6, 0); every size must be at least 1":             {Kernel: 2},
		"[(5, 1, 3)]: the window covers 9 timesteps, there are 5 with padding":   {Out: 2, Kernel: 5, Dilation: 2},
		"[(5, 1, 3)]: the window covers 2001 timesteps, there are 5 with paddin": {Out: 2, Kernel: 3, Dilation: 1000},
	} {
		wantBuildError(t, want, func(s *graph.Scope) *G.Node { return s.Sum(conv.Bind(s.In("conv"), 3)(s.Full(1, 5, 1, 3))) })
	}
	wantBuildError(t, "[(5, 3)]: want [T, B, I]", func(s *graph.Scope) *G.Node {
		return s.Sum(layers.Conv{Out: 2, Kernel: 1}.Bind(s, 3)(s.Full(1, 5, 3)))
	})
}

func TestConvLengthOfNothing(t *testing.T) {
	for _, conv := range []layers.Conv{{}, {Kernel: -2}, {Kernel: 3, Dilation: -5, Stride: -2}, {Kernel: 3}} {
		for _, T := range []int{-3, 0, 2} {
			if got := conv.Length(T); got != 0 {
				t.Errorf("%+v: %d timesteps of %d", conv, got, T)
			}
		}
	}
}
