package series

import (
	"math"
	"slices"
	"testing"
)

var statistics = map[string]Statistic{"standard": Standard, "min-max": MinMax, "robust": Robust, "identity": Identity}

func TestStatistics(t *testing.T) {
	for name, tc := range map[string]struct {
		by            Statistic
		column        []float64
		center, scale float64
	}{
		"standard":         {Standard, []float64{1, 3, 5}, 3, math.Sqrt(8. / 3)},
		"standard of one":  {Standard, []float64{4}, 4, 0},
		"rounding":         {Standard, slices.Repeat([]float64{0.1}, 10), 0.1, 0},
		"min-max":          {MinMax, []float64{3, -1, 5}, -1, 6},
		"robust":           {Robust, []float64{1000, 4, 1, 2, 3}, 3, 2}, // quartiles 2 and 4
		"robust, between":  {Robust, []float64{4, 3, 2, 1}, 2.5, 1.5},   // quartiles 1.75 and 3.25
		"robust of two":    {Robust, []float64{1, 2}, 1.5, 0.5},
		"robust of one":    {Robust, []float64{4}, 4, 0},
		"identity":         {Identity, []float64{4, 5}, 0, 1},
		"robust, constant": {Robust, []float64{0.1, 0.1, 0.1, 0.1}, 0.1, 0},
	} {
		center, scale := tc.by(tc.column)
		if math.Abs(center-tc.center) > 1e-15 || math.Abs(scale-tc.scale) > 1e-15 || (tc.scale == 0) != (scale == 0) {
			t.Errorf("%s: center %g, scale %g, wanted %g, %g", name, center, scale, tc.center, tc.scale)
		}
	}
}

// An outlier of any size moves the median and the quartiles by no more than their neighbours.
func TestRobustOutlier(t *testing.T) {
	column := []float64{9, 1, 8, 2, 7, 3, 6, 4, 5}
	center, scale := Robust(column)
	column[0] = 1e12
	if c, s := Robust(column); c != center || s != scale {
		t.Errorf("with an outlier center %g, scale %g, before %g, %g", c, s, center, scale)
	}
	if column[0] != 1e12 || column[8] != 5 {
		t.Errorf("the column was sorted: %v", column)
	}
}

func TestStatisticsOfNothing(t *testing.T) {
	for name, by := range statistics {
		if center, scale := by(nil); name != "identity" && !(math.IsNaN(center) && math.IsNaN(scale)) {
			t.Errorf("%s: center %g, scale %g, wanted NaN", name, center, scale)
		}
	}
}
