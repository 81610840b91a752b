package data

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// grid gives N rows of D columns; value 10·i + j says row and column.
func grid(N, D int) [][]float64 {
	values := make([][]float64, N)
	for i := range values {
		for j := range D {
			values[i] = append(values[i], float64(10*i+j))
		}
	}
	return values
}

func TestWindows(t *testing.T) {
	values := grid(40, 3)
	for _, cfg := range []WindowConfig{
		{Window: 1},
		{Window: 5, Horizon: 3, Batch: 4},
		{Window: 5, Horizon: 3, Batch: 4, Shuffle: true, Seed: 3, Stride: 2},
		{Window: 4, Horizon: 2, Targets: []int{2, 0}},
		{Window: 6, NextStep: true, Batch: 7, Targets: []int{1}},
		{Window: 37, Horizon: 3, Batch: 1000},
		{Window: 3, Horizon: 2, Batch: 5, Known: []int{2, 0}, Mask: true, Shuffle: true},
		{Window: 3, NextStep: true, Targets: []int{0}, Known: []int{1}},
	} {
		t.Run(fmt.Sprintf("%+v", cfg), func(t *testing.T) {
			src, err := NewWindows(values, cfg)
			if err != nil {
				t.Fatal(err)
			}
			holdsContract(t, src)
			spec, starts := src.Spec(), src.Starts(1)
			B, rows, K := spec["x"].Shape[1], spec["y"].Shape[0], spec["y"].Shape[2]
			first, targets, F := cfg.Window, cfg.Targets, len(cfg.Known)
			if cfg.NextStep {
				first = 1
			}
			if targets == nil {
				targets = slices.DeleteFunc([]int{0, 1, 2}, func(j int) bool { return slices.Contains(cfg.Known, j) })
			}
			for k, batch := range collect(t, src, 1, 0) {
				x, y := floats(t, batch, "x"), floats(t, batch, "y")
				for b := range B {
					start := starts[k*B+b].Row
					for tt := range cfg.Window {
						for j := range 3 {
							if got, want := x[(tt*B+b)*3+j], values[start+tt][j]; got != want {
								t.Fatalf("batch %d: x[%d, %d, %d] is %g, wanted %g", k, tt, b, j, got, want)
							}
						}
					}
					for tt := range rows {
						for n, j := range targets {
							if got, want := y[(tt*B+b)*K+n], values[start+first+tt][j]; got != want {
								t.Fatalf("batch %d: y[%d, %d, %d] is %g, wanted %g", k, tt, b, n, got, want)
							}
						}
						for n, j := range cfg.Known {
							if got, want := floats(t, batch, "known")[(tt*B+b)*F+n], values[start+first+tt][j]; got != want {
								t.Fatalf("batch %d: known[%d, %d, %d] is %g, wanted %g", k, tt, b, n, got, want)
							}
						}
					}
				}
			}
		})
	}
}

// rowsOf are the first rows of windows of one series.
func rowsOf(starts []Start) []int {
	rows := make([]int, len(starts))
	for i, start := range starts {
		rows[i] = start.Row
	}
	return rows
}

func TestWindowsStarts(t *testing.T) {
	for name, tc := range map[string]struct {
		rows int
		gaps []int
		cfg  WindowConfig
		want []int
	}{
		"all":                               {6, nil, WindowConfig{Window: 2}, []int{0, 1, 2, 3}},
		"horizon":                           {6, nil, WindowConfig{Window: 2, Horizon: 3}, []int{0, 1}},
		"stride":                            {9, nil, WindowConfig{Window: 2, Stride: 3}, []int{0, 3, 6}},
		"rest dropped":                      {6, nil, WindowConfig{Window: 2, Batch: 3}, []int{0, 1, 2}},
		"batch cut":                         {6, nil, WindowConfig{Window: 2, Batch: 9}, []int{0, 1, 2, 3}},
		"gap in the middle":                 {9, []int{4}, WindowConfig{Window: 2}, []int{0, 1, 5, 6}},
		"gap in the horizon":                {6, []int{5}, WindowConfig{Window: 2, Horizon: 2}, []int{0, 1}},
		"gap at the start":                  {5, []int{0}, WindowConfig{Window: 2}, []int{1, 2}},
		"next step":                         {4, nil, WindowConfig{Window: 2, NextStep: true}, []int{0, 1}},
		"next step, gap":                    {6, []int{2}, WindowConfig{Window: 2, NextStep: true}, []int{3}},
		"gap ahead that no batch holds":     {5, []int{4}, WindowConfig{Window: 2, Targets: []int{0}}, []int{0, 1, 2}},
		"gap in what is known":              {5, []int{4}, WindowConfig{Window: 2, Known: []int{1}}, []int{0, 1}},
		"gap in what is known, with a mask": {5, []int{4}, WindowConfig{Window: 2, Known: []int{1}, Mask: true}, []int{0, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			values := grid(tc.rows, 2)
			for _, i := range tc.gaps {
				values[i][1] = math.NaN()
			}
			src, err := NewWindows(values, tc.cfg)
			if err != nil {
				t.Fatal(err)
			}
			if got := rowsOf(src.Starts(0)); !slices.Equal(got, tc.want) {
				t.Errorf("starts %v, wanted %v", got, tc.want)
			}
			for _, batch := range collect(t, src, 0, 0) {
				for _, v := range append(floats(t, batch, "x"), floats(t, batch, "y")...) {
					if math.IsNaN(v) {
						t.Fatal("a gap got through")
					}
				}
			}
		})
	}
}

// A mask keeps windows with gaps among their targets, but not in what the model reads.
func TestWindowsMask(t *testing.T) {
	nan := math.NaN()
	values := [][]float64{{1, 1}, {2, 2}, {3, nan}, {4, 4}, {5, 5}, {nan, nan}, {nan, nan}}
	src, err := NewWindows(values, WindowConfig{Window: 2, Horizon: 2, Mask: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := rowsOf(src.Starts(0)), []int{0}; !slices.Equal(got, want) { // 1, 2 read a gap; of 3 there is no y
		t.Errorf("starts %v, wanted %v", got, want)
	}
	for _, batch := range collect(t, src, 0, 0) {
		y, mask := floats(t, batch, "y"), floats(t, batch, "mask")
		if want := []float64{1, 0, 1, 1}; !slices.Equal(mask, want) || y[0] != 3 || !math.IsNaN(y[1]) || y[2] != 4 {
			t.Errorf("y %v, mask %v, wanted %v", y, mask, want)
		}
	}
	_, err = NewWindows(values[2:], WindowConfig{Window: 2, Horizon: 2, Mask: true})
	wantError(t, err, "each window of 2 + 2 rows touches a gap")
}

func TestWindowsShuffle(t *testing.T) {
	src, err := NewWindows(grid(30, 1), WindowConfig{Window: 3, Shuffle: true, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	zero, one := rowsOf(src.Starts(0)), rowsOf(src.Starts(1))
	if slices.Equal(zero, one) || slices.IsSorted(zero) {
		t.Errorf("not shuffled: %v and %v", zero, one)
	}
	slices.Sort(zero)
	slices.Sort(one)
	if !slices.Equal(zero, one) || len(slices.Compact(zero)) != 27 {
		t.Errorf("epochs 0 and 1 hold different windows: %v and %v", zero, one)
	}
}

func TestWindowsErrors(t *testing.T) {
	holed, ragged, infinite := grid(4, 2), grid(4, 2), grid(4, 2)
	holed[1][0], holed[3][1] = math.NaN(), math.NaN()
	ragged[2] = ragged[2][:1]
	infinite[3][1] = math.Inf(-1)
	for name, tc := range map[string]struct {
		values [][]float64
		cfg    WindowConfig
		want   []string
	}{
		"zero value":      {grid(9, 1), WindowConfig{}, []string{"Window=0"}},
		"negative":        {grid(9, 1), WindowConfig{Window: 1, Stride: -2}, []string{"Stride=-2"}},
		"horizons":        {grid(9, 1), WindowConfig{Window: 1, Horizon: 2, NextStep: true}, []string{"Horizon=2", "NextStep"}},
		"too few rows":    {grid(9, 1), WindowConfig{Window: 8, Horizon: 2}, []string{"9 rows", "8 + 2"}},
		"huge":            {grid(9, 1), WindowConfig{Window: math.MaxInt, Horizon: math.MaxInt}, []string{"9 rows"}},
		"no rows":         {nil, WindowConfig{Window: 1}, []string{"0 rows"}},
		"no columns":      {make([][]float64, 3), WindowConfig{Window: 1}, []string{"row 0 has 0 columns"}},
		"ragged":          {ragged, WindowConfig{Window: 1}, []string{"row 2 has 1 columns", "the first row has 2"}},
		"infinite":        {infinite, WindowConfig{Window: 1}, []string{"row 3, column 1", "-Inf"}},
		"target column":   {grid(9, 2), WindowConfig{Window: 1, Targets: []int{1, 2}}, []string{"column 2", "0 to 1"}},
		"known column":    {grid(9, 2), WindowConfig{Window: 1, Known: []int{-1}}, []string{"column -1", "0 to 1"}},
		"known target":    {grid(9, 2), WindowConfig{Window: 1, Targets: []int{0, 1}, Known: []int{1}}, []string{"column 1", "a target and known"}},
		"all known":       {grid(9, 2), WindowConfig{Window: 1, Known: []int{1, 0}}, []string{"all 2 columns are known"}},
		"gaps everywhere": {holed, WindowConfig{Window: 1}, []string{"1 + 1 rows", "touches a gap"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewWindows(tc.values, tc.cfg)
			wantError(t, err, tc.want...)
		})
	}
}
