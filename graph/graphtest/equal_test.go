package graphtest_test

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph/graphtest"
)

func TestEqual(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	dense := func(shape ...int) *tensor.Dense {
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(tensor.Range(tensor.Float64, 0, tensor.Shape(shape).TotalSize())))
	}
	view, err := dense(2, 3).Slice(nil, tensor.S(1, 3))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name      string
		got, want any
		tol       float64
		says      string // "" for equal
	}{
		{"numbers", 1.0, 1.0, 0, ""},
		{"float32", float32(0.5), 0.5, 0, ""},
		{"lists", []float64{1, 2}, []float32{1, 2}, 0, ""},
		{"relative to the wanted", 1010.0, 1000.0, 0.01, ""},
		{"within 1 of nothing", 0.01, 0.0, 0.01, ""},
		{"NaN and infinities", []float64{nan, inf, -inf}, []float64{nan, inf, -inf}, 0, ""},
		{"tensors", dense(2, 3), dense(2, 3), 0, ""},
		{"tensor and list", dense(2, 3), []float64{0, 1, 2, 3, 4, 5}, 0, ""},
		{"view", view, tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float64{1, 2, 4, 5})), 0, ""},
		{"by column", tensor.New(tensor.WithShape(2, 3), tensor.AsFortran([]float64{0, 1, 2, 3, 4, 5})), dense(2, 3), 0, ""},
		{"scalar tensor", tensor.New(tensor.FromScalar(2.0)), 2.0, 0, ""},
		{"size of 1", dense(1, 1), 0.0, 0, ""},

		{"off", 1.1, 1.0, 0.01, "x: at 0 got 1.1, want 1; off by 0.05, at most 0.01 is allowed"},
		{"worst is named", []float64{1.1, 3, 1}, []float64{1, 2, 1}, 0, "x: at 1 got 3, want 2"},
		{"worst of a tensor", dense(2, 3), []float64{0, 1, 2, 3, 9, 5}, 0, "x: at [1 1] got 4, want 9"},
		{"NaN got", nan, 1.0, 1, "got NaN, want 1"},
		{"NaN wanted", 1.0, nan, 1, "got 1, want NaN"},
		{"infinity got", inf, 1.0, 1, "got +Inf, want 1"},
		{"other infinity", inf, -inf, 1, "got +Inf, want -Inf"},
		{"shapes", dense(2, 3), dense(3, 2), 1, "x: shape (2, 3), want (3, 2)"},
		{"row and column", dense(1, 3), dense(3, 1), 1, "shape (1, 3), want (3, 1)"},
		{"scalar and one", tensor.New(tensor.FromScalar(0.0)), dense(1), 1, "shape (), want (1)"},
		{"lengths", dense(2, 3), []float64{1}, 1, "x: 6 elements, want 1"},
		{"indices", []int{1}, 1.0, 1, "x: got: cannot compare a []int"},
		{"nil", 1.0, nil, 1, "x: want: cannot compare a <nil>"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			check := func(r testing.TB) { graphtest.Equal(r, "x", tc.got, tc.want, tc.tol) }
			if tc.says != "" {
				wantFailure(t, tc.says, check)
			} else if said := failure(t, check); said != "" {
				t.Error(said)
			}
		})
	}
}
