package series

import "math"

// Smearing is the factor that makes a mean of the exponential of a forecast of logarithms: the mean of exp(r) over the
// residuals r, true logarithms less forecast ones (Duan, 1983, "Smearing estimate: a nonparametric retransformation
// method"). Without it the exponential of a mean of logarithms is the median, where errors are symmetric. Residuals that
// are NaN are left out; of none it is NaN.
func Smearing(residuals []float64) float64 {
	sum, n := 0.0, 0.0
	for _, r := range residuals {
		if !math.IsNaN(r) {
			sum, n = sum+math.Exp(r), n+1
		}
	}
	return sum / n
}

// InverseMean is the mean of values that were scaled, for a forecast z of the mean of what they were scaled to.
// Inverse gives the median of them where there is a logarithm. smearing is that of residuals before they are scaled,
// Scale times those of z; without a logarithm it does not count.
func (c ColumnScaler) InverseMean(z, smearing float64) float64 {
	v := z*c.Scale + c.Center
	switch c.Log {
	case Log:
		return smearing * math.Exp(v)
	case Log1p:
		return smearing*math.Exp(v) - 1
	}
	return c.Log.inverse(v)
}
