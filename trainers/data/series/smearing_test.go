package series

import (
	"math"
	"testing"
)

// Of a constant forecast the mean is that of the values, however skew they are; Inverse is another number.
func TestSmearing(t *testing.T) {
	values := []float64{1, 2, 7, 40, 0.5}
	mean := 10.1
	for _, log := range []Logarithm{NoLog, Log, Log1p} {
		c := ColumnScaler{Log: log, Center: 0.3, Scale: 2}
		var residuals []float64
		z, n := 0.0, float64(len(values))
		for _, v := range values {
			scaled, err := c.Transform(v)
			if err != nil {
				t.Fatal(err)
			}
			residuals = append(residuals, scaled)
			z += scaled / n
		}
		for i := range residuals {
			residuals[i] = c.Scale * (residuals[i] - z)
		}
		residuals = append(residuals, math.NaN())
		if got := c.InverseMean(z, Smearing(residuals)); math.Abs(got-mean) > 1e-12 {
			t.Errorf("%q: mean %g, wanted %g", log, got, mean)
		}
		if got := c.Inverse(z); log != NoLog && math.Abs(got-mean) < 1 {
			t.Errorf("%q: the median %g is near the mean", log, got)
		}
	}
	if got := Smearing([]float64{math.NaN()}); !math.IsNaN(got) {
		t.Errorf("of no residuals %g, wanted NaN", got)
	}
}
