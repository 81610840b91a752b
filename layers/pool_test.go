package layers_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/layers/layerstest"
)

func TestPoolOfOne(t *testing.T) {
	for _, mean := range []bool{false, true} {
		layerstest.Layer(t, func() layers.Layer { return layers.Pool{Size: 1, Mean: mean} })
	}
}

// Values are those of a plain loop, gradients those of finite differences, and a run of fewer timesteps is one of a
// graph that was declared for them.
func TestPool(t *testing.T) {
	const B, I, most = 2, 3, 9
	for _, pool := range []layers.Pool{{Size: 1}, {Size: 2}, {Size: 3, Stride: 1}, {Size: 2, Stride: 3}, {Size: 4, Stride: 2}, {Size: 9}} {
		for _, pool.Mean = range []bool{false, true} {
			t.Run(fmt.Sprintf("%+v", pool), func(t *testing.T) {
				cost := func(s *graph.Scope, xs *G.Node) *G.Node {
					ys := pool.Bind(s.In("pool"), I)(xs)
					s.Output("ys", ys)
					return s.Sum(s.Mul(ys, s.Sin(ys)))
				}
				graphtest.CheckGradients(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
					return cost(s, s.Param("xs", graph.Normal(1), most, B, I))
				}, nil)
				long := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
					return cost(s, s.Mul(s.Input("xs", most, B, I), s.Param("w", graph.Normal(1), 1, 1, I)))
				}, graph.Feed{"xs": normal(most, B, I)})
				for T := 1; T <= most; T++ {
					long.ZeroGradients()
					feed := graph.Feed{"xs": normal(T, B, I)}
					err := long.Run(t.Context(), feed)
					if T < pool.Size {
						if err == nil || pool.Length(T) != 0 {
							t.Errorf("%d timesteps give %d, error %v", T, pool.Length(T), err)
						}
						continue
					}
					if err != nil {
						t.Fatal(err)
					}
					short := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
						return cost(s, s.Mul(s.Input("xs", T, B, I), s.Param("w", graph.Normal(1), 1, 1, I)))
					}, feed)
					graphtest.Equal(t, "ys", graphtest.Output(t, long, "ys"), graphtest.Output(t, short, "ys"), 0)
					graphtest.Equal(t, "gradient", graphtest.Gradients(long)["w"], graphtest.Gradients(short)["w"], 0)

					plain := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
						return cost(s, s.Input("xs", T, B, I))
					}, feed)
					want := pooled(pool, feed["xs"].(*tensor.Dense))
					got := graphtest.Output(t, plain, "ys")
					if shape := []int{pool.Length(T), B, I}; !slices.Equal(got.Shape(), shape) {
						t.Fatalf("shape %v, want %v", got.Shape(), shape)
					}
					graphtest.Equal(t, "ys", got.Float64s(), want, 1e-15)
				}
			})
		}
	}
}

// pooled is a plain loop.
func pooled(p layers.Pool, x *tensor.Dense) (ys []float64) {
	stride := p.Stride
	if stride == 0 {
		stride = p.Size
	}
	row := x.Shape()[1] * x.Shape()[2]
	for at := 0; at+p.Size <= x.Shape()[0]; at += stride {
		for i := range row {
			greatest, sum := math.Inf(-1), 0.0
			for k := range p.Size {
				v := x.Float64s()[(at+k)*row+i]
				greatest, sum = max(greatest, v), sum+v
			}
			if p.Mean {
				greatest = sum / float64(p.Size)
			}
			ys = append(ys, greatest)
		}
	}
	return ys
}

func TestPoolErrors(t *testing.T) {
	for want, pool := range map[string]layers.Pool{
		"pool: pool: size 0, stride 0, want at least 1":                        {},
		"pool: pool: size 2, stride -1, want at least 1":                       {Size: 2, Stride: -1},
		"[(5, 1, 3)]: the window covers 6 timesteps, there are 5 with padding": {Size: 6},
		"[(5, 1, 3)]: want sizes and padding of at most":                       {Size: 1 << 62},
	} {
		wantBuildError(t, want, func(s *graph.Scope) *G.Node { return s.Sum(pool.Bind(s.In("pool"), 3)(s.Full(1, 5, 1, 3))) })
	}
}
