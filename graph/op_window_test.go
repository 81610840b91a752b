package graph_test

import (
	"fmt"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

func TestWindows(t *testing.T) {
	for _, tc := range []struct {
		shape  tensor.Shape
		window graph.Window
		T      int // timesteps of the result
	}{
		{tensor.Shape{5, 2, 3}, graph.Window{Size: 1}, 5},
		{tensor.Shape{5, 2, 3}, graph.Window{Size: 3}, 3},
		{tensor.Shape{5, 1, 1}, graph.Window{Size: 5}, 1},
		{tensor.Shape{6, 2, 1}, graph.Window{Size: 2, Dilation: 3}, 3},
		{tensor.Shape{7, 1, 2}, graph.Window{Size: 3, Stride: 2}, 3},
		{tensor.Shape{6, 1, 2}, graph.Window{Size: 3, Stride: 2}, 2}, // the last timestep is left over
		{tensor.Shape{4, 2, 1}, graph.Window{Size: 3, Before: 2}, 4},
		{tensor.Shape{4, 2, 1}, graph.Window{Size: 2, After: 1}, 4},
		{tensor.Shape{5, 1, 2}, graph.Window{Size: 2, Dilation: 2, Stride: 3, Before: 2, After: 4}, 3},
		{tensor.Shape{1, 1, 1}, graph.Window{Size: 4, Before: 3}, 1},
	} {
		x := operand(1, tc.shape...)
		B, I := tc.shape[1], tc.shape[2]
		dilation, stride := max(tc.window.Dilation, 1), max(tc.window.Stride, 1)
		opCase{
			name:    fmt.Sprintf("%v %+v", tc.shape, tc.window),
			in:      []*tensor.Dense{x},
			declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Windows(in[0], tc.window) },
			want: table(tensor.Shape{tc.T, B, tc.window.Size * I}, func(at ...int) float64 {
				t := at[0]*stride + at[2]/I*dilation - tc.window.Before
				if t < 0 || t >= tc.shape[0] {
					return 0
				}
				return x.Float64s()[offset(tc.shape, []int{t, at[1], at[2] % I})]
			}),
		}.check(t)
	}
}

func TestWindowsRefused(t *testing.T) {
	for want, w := range map[string]graph.Window{
		"the window covers 4 timesteps, there are 3 with padding":                                 {Size: 4},
		"the window covers 7 timesteps, there are 5 with padding":                                 {Size: 3, Dilation: 3, Before: 1, After: 1},
		"want sizes and padding of at most 1073741824":                                            {Size: 1<<61 + 1, Dilation: 8}, // whose product overflows to 0
		"want positive sizes, and padding of at least 0":                                          {},
		"windows {Size:1 Dilation:1 Stride:-1 Before:0 After:0} [(3, 1, 1)]: want positive sizes": {Size: 1, Stride: -1},
		"Before:-1 After:0} [(3, 1, 1)]: want positive sizes, and padding":                        {Size: 1, Before: -1},
	} {
		wantBuildError(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
			return s.Sum(s.Windows(s.Full(1, 3, 1, 1), w))
		}, want)
	}
}
