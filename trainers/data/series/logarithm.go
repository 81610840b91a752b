package series

import (
	"math"

	"github.com/pkg/errors"
)

// A Logarithm is what is taken of a column before it is scaled: growth in per cent becomes a
// straight line, and a column of long tails one with shorter ones.
type Logarithm string

const (
	NoLog Logarithm = ""      // v itself
	Log   Logarithm = "log"   // ln v, for values above 0
	Log1p Logarithm = "log1p" // ln(1+v), for values above -1: counts with zeros among them
)

// of takes the logarithm of v; NaN stays NaN.
func (l Logarithm) of(v float64) (float64, error) {
	switch l {
	case NoLog:
		return v, nil
	case Log:
		if v <= 0 {
			return 0, errors.Errorf("logarithm of %g, wanted a value above 0", v)
		}
		return math.Log(v), nil
	case Log1p:
		if v <= -1 {
			return 0, errors.Errorf("logarithm of 1 + %g, wanted a value above -1", v)
		}
		return math.Log1p(v), nil
	}
	return 0, l.check()
}

// inverse is v of its logarithm, NaN if there is no such logarithm.
func (l Logarithm) inverse(v float64) float64 {
	switch l {
	case NoLog:
		return v
	case Log:
		return math.Exp(v)
	case Log1p:
		return math.Expm1(v)
	}
	return math.NaN()
}

func (l Logarithm) check() error {
	if l != NoLog && l != Log && l != Log1p {
		return errors.Errorf("logarithm %q, wanted one of %q", l, []Logarithm{NoLog, Log, Log1p})
	}
	return nil
}
