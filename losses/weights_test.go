package losses_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/losses"
)

// A weight of k is a row that is there k times; only the ratios of weights matter. A row whose weight is 0 may
// hold NaN.
func TestWeightsAreRepeatedRows(t *testing.T) {
	const B = 2
	times := []int{1, 3, 0, 2} // of each row
	var rows []int             // the same, one after the other
	for row, n := range times {
		for range n {
			rows = append(rows, row)
		}
	}
	for _, l := range every {
		t.Run(l.name, func(t *testing.T) {
			for _, unit := range []float64{1, 0.5, 1. / 12} {
				mask := make([]float64, len(times))
				for row, n := range times {
					mask[row] = unit * float64(n)
				}
				all := make([]float64, len(times)*B) // 0 in the row that counts nothing
				for i := range all {
					all[i] = mask[i/B]
				}
				target := targetOf(l.classes, all, len(times), B)
				predicted := func(r *rand.Rand, shape tensor.Shape) []float64 {
					values := graph.Normal(1.5)(r, shape)
					for i := range values {
						if mask[i*len(times)/len(values)] == 0 {
							values[i] = math.NaN()
						}
					}
					return values
				}
				feed := graph.Feed{"target": target, "mask": dense(mask, len(times), 1)}
				weighed := graphtest.Run(t, graph.NewStore(3, tensor.Float64), func(s *graph.Scope) *G.Node {
					target, mask := inputs(s, feed)
					s.Output("count", losses.Count(s, target, mask))
					return l.declare(s, predicted, target, mask)
				}, feed)
				graphtest.Equal(t, "count", graphtest.Output(t, weighed, "count"), unit*float64(B*len(rows)), 1e-14)

				// The parameters are those of the single rows, gathered.
				long := graph.Feed{"target": repeated(target, rows)}
				repeatedRun := graphtest.Run(t, graph.NewStore(3, tensor.Float64), func(s *graph.Scope) *G.Node {
					target, _ := inputs(s, long)
					return l.declare(s, func(r *rand.Rand, shape tensor.Shape) []float64 {
						short := shape.Clone()
						short[0] = len(times)
						values, width := predicted(r, short), shape.TotalSize()/shape[0]
						var all []float64
						for _, row := range rows {
							all = append(all, values[row*width:(row+1)*width]...)
						}
						return all
					}, target, nil)
				}, long)
				graphtest.Equal(t, "loss", weighed.Cost(), repeatedRun.Cost(), 1e-14)
				got := graphtest.Gradients(weighed)
				for path, g := range graphtest.Gradients(repeatedRun) {
					width := g.Shape().TotalSize() / len(rows)
					want := make([]float64, len(times)*width)
					for i, v := range g.Float64s() {
						want[rows[i/width]*width+i%width] += v
					}
					graphtest.Equal(t, "gradient of "+path, got[path].Float64s(), want, 1e-14)
				}
			}
		})
	}
}

// repeated takes rows of a tensor [T, B].
func repeated(t *tensor.Dense, rows []int) *tensor.Dense {
	B := t.Shape()[1]
	if ints, ok := t.Data().([]int); ok {
		var all []int
		for _, row := range rows {
			all = append(all, ints[row*B:(row+1)*B]...)
		}
		return dense(all, len(rows), B)
	}
	var all []float64
	for _, row := range rows {
		all = append(all, t.Float64s()[row*B:(row+1)*B]...)
	}
	return dense(all, len(rows), B)
}

func TestWeightsRefused(t *testing.T) {
	for _, l := range every {
		for _, bad := range []float64{-0.25, math.NaN(), math.Inf(1)} {
			feed := graph.Feed{"target": targetOf(l.classes, nil, 3), "mask": dense([]float64{1, bad, 0}, 3)}
			session, err := graph.Build(graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
				target, mask := inputs(s, feed)
				return l.declare(s, graph.Normal(1), target, mask)
			})
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			want := fmt.Sprintf("weights [(3)]: %v at (1), want finite and 0 or more", bad)
			if err := session.Run(context.Background(), feed); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error is %v, want %s", l.name, err, want)
			}
		}
	}
}
