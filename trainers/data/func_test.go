package data

import (
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// counted has batches that say their epoch and number, of lengths that differ.
func counted(n int) Source {
	spec := Spec{
		"x": {Shape: tensor.Shape{3, 2}, Dtype: tensor.Float64},
		"y": {Shape: tensor.Shape{1}, Dtype: tensor.Int},
	}
	return Func(spec, n, func(epoch, k int) (Batch, error) {
		T := 1 + k%3
		return Batch{"x": dense(make([]float64, 2*T), T, 2), "y": dense([]int{100*epoch + k}, 1)}, nil
	})
}

func TestFunc(t *testing.T) {
	src := counted(5)
	holdsContract(t, src)
	var got []int
	for _, batch := range collect(t, src, 2, 3) {
		got = append(got, ints(t, batch, "y")...)
	}
	if want := []int{203, 204}; !slices.Equal(got, want) {
		t.Errorf("batches %v, wanted %v", got, want)
	}
	src.Spec()["x"].Shape[0] = 1
	delete(src.Spec(), "y")
	holdsContract(t, src)
	if src := counted(0); src.Len() != 0 || len(collect(t, src, 0, 0)) != 0 {
		t.Error("no batches were asked for")
	}
}

func TestFuncErrors(t *testing.T) {
	x, y := dense(make([]float64, 6), 3, 2), dense(make([]int, 2), 2)
	spec := Spec{"x": {Shape: tensor.Shape{3, 2}, Dtype: tensor.Float64}, "y": {Shape: tensor.Shape{2}, Dtype: tensor.Int}}
	var none *tensor.Dense
	for name, tc := range map[string]struct {
		batch Batch
		err   error
		want  []string
	}{
		"its own":      {nil, errors.New("disk on fire"), []string{"batch 1 of epoch 4: disk on fire"}},
		"nothing":      {nil, nil, []string{`"x" is missing, wanted (3, 2) of float64`}},
		"nil":          {Batch{"x": x, "y": none}, nil, []string{`"y" is missing`}},
		"type":         {Batch{"x": x, "y": dense(make([]float64, 2), 2)}, nil, []string{`"y" has elements of float64, wanted int`}},
		"inner axis":   {Batch{"x": dense(make([]float64, 3), 3, 1), "y": y}, nil, []string{`"x" has shape (3, 1), wanted (3, 2)`}},
		"longer":       {Batch{"x": dense(make([]float64, 8), 4, 2), "y": y}, nil, []string{`"x" has shape (4, 2), wanted (3, 2)`}},
		"axes":         {Batch{"x": dense(make([]float64, 3), 3), "y": y}, nil, []string{`"x" has shape (3)`}},
		"not in it":    {Batch{"x": x, "y": y, "mask": y}, nil, []string{`"mask" is not in the spec, which has ["x" "y"]`}},
		"other scalar": {Batch{"x": tensor.New(tensor.FromScalar(1.)), "y": y}, nil, []string{`"x" has shape ()`}},
	} {
		t.Run(name, func(t *testing.T) {
			src := Func(spec, 3, func(_, k int) (Batch, error) {
				if k == 0 {
					return Batch{"x": x, "y": tensor.New(tensor.WithShape(1), tensor.WithBacking([]int{1}))}, nil
				}
				return tc.batch, tc.err
			})
			batches, failed := 0, error(nil)
			for _, err := range src.Batches(4, 0) {
				batches, failed = batches+1, err
			}
			if batches != 2 {
				t.Errorf("%d batches, wanted one and an error", batches)
			}
			wantError(t, failed, tc.want...)
		})
	}
	for want, src := range map[string]Source{
		"of -1 batches":          Func(spec, -1, func(int, int) (Batch, error) { return nil, nil }),
		"function given: false;": Func(spec, 1, nil),
	} {
		if src.Len() != 0 {
			t.Errorf("Len is %d", src.Len())
		}
		for _, err := range src.Batches(0, 0) {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error is %v, wanted %q in it", err, want)
			}
		}
	}
}
