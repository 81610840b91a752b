package kernel

import "math"

// An Op is an elementwise function of up to three matrices and a number k.
type Op uint8

// The elementwise functions. Gradients take the result y of the function, or its argument x where it
// says so, and dy.
const (
	Copy        Op = iota // a
	Fill                  // k
	Neg                   // -a
	Scale                 // k·a
	Shift                 // a + k
	Square                // a²
	Reciprocal            // 1/a
	Sqrt                  // √a
	Exp                   // eᵃ
	Sigmoid               // 1/(1+e⁻ᵃ)
	Tanh                  // tanh a
	ReLU                  // a, and 0·a where a < 0
	GELU                  // a·Φ(a), Φ the distribution function of the standard normal
	Add                   // a + b
	Sub                   // a - b
	Mul                   // a·b
	Div                   // a/b
	Max                   // the greater of a and b
	Min                   // the lesser of a and b
	SigmoidGrad           // b·a·(1-a), of y and dy
	TanhGrad              // b·(1-a²), of y and dy
	ReLUGrad              // b where a > 0, else 0·b, of x and dy
	GELUGrad              // b·(Φ(a) + a·Φ'(a)), of x and dy
	MulAdd                // a·b + c
)

// Map sets rows × cols numbers of dst to op of a, b, c and k; op says which of them it reads. dst may be
// one of the operands, but must not overlap one otherwise.
func Map[F Float](op Op, k F, rows, cols int, dst, a, b, c View[F]) {
	if rows <= 0 || cols <= 0 {
		return
	}
	if fast[F]() {
		mapRows(op, rows, cols, dst.within(rows, cols), 4*dst.Stride, a.within(rows, cols), 4*a.Stride, b.within(rows, cols), 4*b.Stride, c.within(rows, cols), 4*c.Stride, float32(k))
		return
	}
	for r := range rows {
		mapRow(op, k, dst.Row(r, cols), row(a, r, cols), row(b, r, cols), row(c, r, cols))
	}
}

// within points to a view that is known to be of float32s, and checks that it has as many; nil for none.
func (v View[F]) within(rows, cols int) *float32 {
	if v.Data == nil {
		return nil
	}
	_ = v.Data[(rows-1)*v.Stride+cols-1]
	return first(v.Data)
}

func row[F Float](v View[F], r, cols int) []F {
	if v.Data == nil {
		return nil
	}
	return v.Row(r, cols)
}

func mapRow[F Float](op Op, k F, dst, a, b, c []F) {
	switch op {
	case Copy:
		copy(dst, a)
	case Fill:
		for i := range dst {
			dst[i] = k
		}
	case Neg:
		for i, x := range a {
			dst[i] = -x
		}
	case Scale:
		for i, x := range a {
			dst[i] = k * x
		}
	case Shift:
		for i, x := range a {
			dst[i] = x + k
		}
	case Square:
		for i, x := range a {
			dst[i] = x * x
		}
	case Reciprocal:
		for i, x := range a {
			dst[i] = 1 / x
		}
	case Sqrt:
		for i, x := range a {
			dst[i] = F(math.Sqrt(float64(x)))
		}
	case Exp:
		for i, x := range a {
			dst[i] = F(math.Exp(float64(x)))
		}
	case Sigmoid:
		for i, x := range a {
			dst[i] = F(logistic(float64(x)))
		}
	case Tanh:
		for i, x := range a {
			dst[i] = F(math.Tanh(float64(x)))
		}
	case ReLU:
		for i, x := range a {
			if x < 0 {
				x = 0 * x
			}
			dst[i] = x
		}
	case GELU:
		for i, x := range a {
			dst[i] = F(gelu(float64(x)))
		}
	case Add:
		for i, x := range a {
			dst[i] = x + b[i]
		}
	case Sub:
		for i, x := range a {
			dst[i] = x - b[i]
		}
	case Mul:
		for i, x := range a {
			dst[i] = x * b[i]
		}
	case Div:
		for i, x := range a {
			dst[i] = x / b[i]
		}
	case Max:
		for i, x := range a {
			dst[i] = max(x, b[i])
		}
	case Min:
		for i, x := range a {
			dst[i] = min(x, b[i])
		}
	case SigmoidGrad:
		for i, y := range a {
			dst[i] = b[i] * (y * (1 - y))
		}
	case TanhGrad:
		for i, y := range a {
			dst[i] = b[i] * (1 - y*y)
		}
	case ReLUGrad:
		for i, x := range a {
			if x > 0 {
				dst[i] = b[i]
			} else {
				dst[i] = 0 * b[i]
			}
		}
	case GELUGrad:
		for i, x := range a {
			dst[i] = b[i] * F(geluSlope(float64(x)))
		}
	case MulAdd:
		for i, x := range a {
			dst[i] = x*b[i] + c[i]
		}
	}
}

// logistic is 1/(1+e⁻ˣ), from the side on which the exponential does not overflow.
func logistic(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}

// gelu is x·Φ(x), and its limit at -Inf.
func gelu(x float64) float64 {
	if p := normalCDF(x); p > 0 || x != x {
		return x * p
	}
	return math.Copysign(0, x)
}

// geluSlope is the derivative of gelu, and its limits.
func geluSlope(x float64) float64 {
	p := normalCDF(x)
	if d := math.Exp(-x * x / 2); d != 0 {
		return p + x*d/math.Sqrt(2*math.Pi)
	}
	return p
}

func normalCDF(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }
