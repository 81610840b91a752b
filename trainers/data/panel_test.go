package data

import (
	"math"
	"reflect"
	"slices"
	"testing"
)

// shops gives series of these lengths; value 1000·n + 10·i + j says series, row and column.
func shops(D int, lengths ...int) [][][]float64 {
	series := make([][][]float64, len(lengths))
	for n, N := range lengths {
		series[n] = grid(N, D)
		for _, row := range series[n] {
			for j := range row {
				row[j] += float64(1000 * n)
			}
		}
	}
	return series
}

// The windows of a panel are those of its series, each cut by itself.
func TestPanelIsItsSeries(t *testing.T) {
	series := shops(2, 9, 3, 0, 12, 5)
	series[3][6][1] = math.NaN()
	static := [][]float64{{0, 0.5}, {1, 1.5}, {2, 2.5}, {3, 3.5}, {4, 4.5}}
	for _, cfg := range []WindowConfig{
		{Window: 3, Horizon: 2, Batch: 1},
		{Window: 2, NextStep: true, Batch: 1, Stride: 2},
		{Window: 3, Horizon: 2, Batch: 1, Known: []int{1}},
	} {
		panel, err := NewPanel(series, static, cfg)
		if err != nil {
			t.Fatal(err)
		}
		holdsContract(t, panel)
		var want []Batch
		var starts []Start
		for n, values := range series {
			alone, err := NewWindows(values, cfg)
			if len(values) < cfg.Window+2 && err != nil {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, start := range alone.Starts(0) {
				starts = append(starts, Start{n, start.Row})
			}
			for _, batch := range collect(t, alone, 0, 0) {
				batch["static"] = dense(slices.Clone(static[n]), 1, 2)
				want = append(want, batch)
			}
		}
		if got := collect(t, panel, 0, 0); !reflect.DeepEqual(got, want) {
			t.Errorf("%+v: the panel has %d batches, its series %d, or they differ", cfg, len(got), len(want))
		}
		if got := panel.Starts(0); !reflect.DeepEqual(got, starts) {
			t.Errorf("%+v: starts %v, wanted %v", cfg, got, starts)
		}
	}
}

// Batches mix the series, and each row of a batch comes from one, with that one's features.
func TestPanelMixes(t *testing.T) {
	panel, err := NewPanel(shops(1, 20, 30, 25), [][]float64{{0}, {1}, {2}}, WindowConfig{
		Window: 4, Horizon: 3, Batch: 8, Shuffle: true, Seed: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	holdsContract(t, panel)
	mixed := false
	for k, batch := range collect(t, panel, 1, 0) {
		x, y, static := floats(t, batch, "x"), floats(t, batch, "y"), floats(t, batch, "static")
		for b := range 8 {
			start := panel.Starts(1)[k*8+b]
			mixed = mixed || static[b] != static[0]
			for tt := range 7 {
				got := x
				at := tt*8 + b
				if tt >= 4 {
					got, at = y, at-4*8
				}
				if want := float64(1000*start.Series + 10*(start.Row+tt)); got[at] != want || static[b] != float64(start.Series) {
					t.Fatalf("batch %d, window %d, row %d: %g with feature %g, wanted %g of series %d", k, b, tt, got[at], static[b], want, start.Series)
				}
			}
		}
	}
	if !mixed {
		t.Error("no batch holds windows of two series")
	}
}

func TestPanelErrors(t *testing.T) {
	ragged := shops(2, 4, 4)
	ragged[1][2] = ragged[1][2][:1]
	one := WindowConfig{Window: 2}
	for name, tc := range map[string]struct {
		series [][][]float64
		static [][]float64
		want   []string
	}{
		"no series":      {nil, nil, []string{"0 rows in 0 series"}},
		"no rows":        {shops(1, 0, 0), nil, []string{"0 rows in 2 series"}},
		"all too short":  {shops(1, 1, 2), nil, []string{"2 rows in the longest of 2 series", "2 + 1"}},
		"ragged":         {ragged, nil, []string{"series 1, row 2 has 1 columns, the first row has 2"}},
		"other columns":  {append(shops(2, 4), shops(3, 4)...), nil, []string{"series 1, row 0 has 3 columns"}},
		"few features":   {shops(1, 4, 4), [][]float64{{1}}, []string{"static features of 1 series, there are 2"}},
		"other features": {shops(1, 4, 4), [][]float64{{1}, {1, 2}}, []string{"series 1 has 2 static features, the first has 1"}},
		"no features":    {shops(1, 4), [][]float64{{}}, []string{"series 0 has 0 static features"}},
		"gap in feature": {shops(1, 4, 4), [][]float64{{1}, {math.NaN()}}, []string{"series 1, static feature 0: NaN"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewPanel(tc.series, tc.static, one)
			wantError(t, err, tc.want...)
		})
	}
}
