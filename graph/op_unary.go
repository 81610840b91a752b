package graph

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
)

// A function is an elementwise function of one variable and its derivative, from which operation and
// gradient are made. a is its setting, if it has one.
type function struct {
	name string
	f    func(x, a float64) float64
	df   func(x, y, a float64) float64 // y is f(x, a)
}

// Each function stands beside its derivative.
var (
	neg        = &function{"neg", func(x, _ float64) float64 { return -x }, func(_, _, _ float64) float64 { return -1 }}
	exp        = &function{"exp", func(x, _ float64) float64 { return math.Exp(x) }, func(_, y, _ float64) float64 { return y }}
	logarithm  = &function{"log", func(x, _ float64) float64 { return math.Log(x) }, func(x, _, _ float64) float64 { return 1 / x }}
	squareRoot = &function{"sqrt", func(x, _ float64) float64 { return math.Sqrt(x) }, func(_, y, _ float64) float64 { return 0.5 / y }}
	square     = &function{"square", func(x, _ float64) float64 { return x * x }, func(x, _, _ float64) float64 { return 2 * x }}
	reciprocal = &function{"reciprocal", func(x, _ float64) float64 { return 1 / x }, func(_, y, _ float64) float64 { return -y * y }}
	absolute   = &function{"abs", func(x, _ float64) float64 { return math.Abs(x) }, func(x, _, _ float64) float64 { return sign(x) }}
	sine       = &function{"sin", func(x, _ float64) float64 { return math.Sin(x) }, func(x, _, _ float64) float64 { return math.Cos(x) }}
	cosine     = &function{"cos", func(x, _ float64) float64 { return math.Cos(x) }, func(x, _, _ float64) float64 { return -math.Sin(x) }}
	tanh       = &function{"tanh", func(x, _ float64) float64 { return math.Tanh(x) }, func(_, y, _ float64) float64 { return 1 - y*y }}
	sigmoid    = &function{"sigmoid", func(x, _ float64) float64 { return logistic(x) }, func(_, y, _ float64) float64 { return y * (1 - y) }}
	relu       = &function{"relu", func(x, _ float64) float64 { return rectify(x, 0) }, func(x, _, _ float64) float64 { return slope(x, 0) }}
	leakyReLU  = &function{"leakyrelu", rectify, func(x, _, a float64) float64 { return slope(x, a) }}
	elu        = &function{"elu", func(x, _ float64) float64 {
		if x > 0 {
			return x
		}
		return math.Expm1(x)
	}, func(x, y, _ float64) float64 {
		if x > 0 {
			return 1
		}
		return y + 1
	}}
	softplus = &function{"softplus", func(x, _ float64) float64 {
		return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
	}, func(x, _, _ float64) float64 { return logistic(x) }}
	silu = &function{"silu", func(x, _ float64) float64 { return x * logistic(x) }, func(x, y, _ float64) float64 {
		s := logistic(x)
		return s + y*(1-s)
	}}
	gelu  = &function{name: "gelu"} // kernels of its own
	scale = &function{"scale", func(x, a float64) float64 { return a * x }, func(_, _, a float64) float64 { return a }}
	shift = &function{"shift", func(x, a float64) float64 { return x + a }, func(_, _, _ float64) float64 { return 1 }}
	power = &function{"pow", math.Pow, func(x, _, a float64) float64 {
		if a == 0 {
			return 0 // also at x = 0, where the other factor is infinite
		}
		return a * math.Pow(x, a-1)
	}}
)

// Neg is -x.
func (s *Scope) Neg(x *G.Node) *G.Node { return s.unary(neg, 0, x) }

// Exp is eˣ.
func (s *Scope) Exp(x *G.Node) *G.Node { return s.unary(exp, 0, x) }

// Log is the natural logarithm of x.
func (s *Scope) Log(x *G.Node) *G.Node { return s.unary(logarithm, 0, x) }

// Sqrt is the square root of x.
func (s *Scope) Sqrt(x *G.Node) *G.Node { return s.unary(squareRoot, 0, x) }

// Square is x².
func (s *Scope) Square(x *G.Node) *G.Node { return s.unary(square, 0, x) }

// Reciprocal is 1/x.
func (s *Scope) Reciprocal(x *G.Node) *G.Node { return s.unary(reciprocal, 0, x) }

// Abs is |x|; its derivative at 0 is 0.
func (s *Scope) Abs(x *G.Node) *G.Node { return s.unary(absolute, 0, x) }

// Sin is the sine of x in radians.
func (s *Scope) Sin(x *G.Node) *G.Node { return s.unary(sine, 0, x) }

// Cos is the cosine of x in radians.
func (s *Scope) Cos(x *G.Node) *G.Node { return s.unary(cosine, 0, x) }

// Tanh is the hyperbolic tangent of x.
func (s *Scope) Tanh(x *G.Node) *G.Node { return s.unary(tanh, 0, x) }

// Sigmoid is 1/(1+e⁻ˣ).
func (s *Scope) Sigmoid(x *G.Node) *G.Node { return s.unary(sigmoid, 0, x) }

// ReLU is max(x, 0); its derivative at 0 is 0.
func (s *Scope) ReLU(x *G.Node) *G.Node { return s.unary(relu, 0, x) }

// LeakyReLU is x where x > 0 and slope·x elsewhere (Maas et al., 2013).
func (s *Scope) LeakyReLU(x *G.Node, slope float64) *G.Node { return s.unary(leakyReLU, slope, x) }

// ELU is x where x > 0 and eˣ-1 elsewhere (Clevert et al., 2016).
func (s *Scope) ELU(x *G.Node) *G.Node { return s.unary(elu, 0, x) }

// Softplus is log(1+eˣ), also where eˣ overflows.
func (s *Scope) Softplus(x *G.Node) *G.Node { return s.unary(softplus, 0, x) }

// SiLU is x·sigmoid(x) (Elfwing et al., 2018), also known as swish.
func (s *Scope) SiLU(x *G.Node) *G.Node { return s.unary(silu, 0, x) }

// GELU is x·Φ(x), Φ the distribution function of the standard normal (Hendrycks & Gimpel, 2016), to 5 units
// in the last place in float32.
func (s *Scope) GELU(x *G.Node) *G.Node { return s.unary(gelu, 0, x) }

// Scale is a·x.
func (s *Scope) Scale(x *G.Node, a float64) *G.Node { return s.unary(scale, a, x) }

// Shift is x+a.
func (s *Scope) Shift(x *G.Node, a float64) *G.Node { return s.unary(shift, a, x) }

// OneMinus is 1-x.
func (s *Scope) OneMinus(x *G.Node) *G.Node { return s.Shift(s.Neg(x), 1) }

// Pow is x to the power a.
func (s *Scope) Pow(x *G.Node, a float64) *G.Node { return s.unary(power, a, x) }

// Clamp is x limited to [low, high]; the derivative is 0 outside.
func (s *Scope) Clamp(x *G.Node, low, high float64) *G.Node {
	if !(low <= high) {
		s.Fail("clamp %s: from %v to %v", shapesOf([]*G.Node{x}), low, high)
	}
	return s.Minimum(s.Maximum(x, s.Full(low)), s.Full(high))
}

func (s *Scope) unary(f *function, a float64, x *G.Node) *G.Node {
	return s.apply(unary{f, a}, x)
}

// unary applies a function to each element.
type unary struct {
	*function
	a float64
}

func (u unary) String() string                                { return settingString(u.name, u.a) }
func (u unary) infer(in []tensor.Shape) (tensor.Shape, error) { return in[0], nil }

func (u unary) run32(t threads, dst []float32, in []operand[float32]) error {
	return unaryRun(t, u, dst, in[0])
}
func (u unary) run64(t threads, dst []float64, in []operand[float64]) error {
	return unaryRun(t, u, dst, in[0])
}

func unaryRun[F float](t threads, u unary, dst []F, x operand[F]) error {
	fn, ok := u.kernel()
	inParallel(t, len(dst), 1, func(from, to int) {
		if ok {
			mapRow(fn, F(u.a), dst[from:to], x.data[from:to], nil)
			return
		}
		for i, v := range x.data[from:to] {
			dst[from+i] = F(u.f(float64(v), u.a))
		}
	})
	return nil
}

// mapRow sets dst to fn of a, of b unless it is nil, and of k.
func mapRow[F float](fn kernel.Op, k F, dst, a, b []F) {
	n := len(dst)
	kernel.Map(fn, k, 1, n, kernel.View[F]{Data: dst, Stride: n}, kernel.View[F]{Data: a, Stride: n}, kernel.View[F]{Data: b, Stride: n}, kernel.View[F]{})
}

// kernel is the function's fast form, if it has one.
func (f *function) kernel() (fn kernel.Op, ok bool) {
	switch f {
	case neg:
		return kernel.Neg, true
	case scale:
		return kernel.Scale, true
	case shift:
		return kernel.Shift, true
	case square:
		return kernel.Square, true
	case reciprocal:
		return kernel.Reciprocal, true
	case squareRoot:
		return kernel.Sqrt, true
	case exp:
		return kernel.Exp, true
	case sigmoid:
		return kernel.Sigmoid, true
	case tanh:
		return kernel.Tanh, true
	case relu:
		return kernel.ReLU, true
	case gelu:
		return kernel.GELU, true
	}
	return 0, false
}

func (u unary) diff(s *Scope, in G.Nodes, out, grad *G.Node) G.Nodes {
	return G.Nodes{s.apply(unaryGrad(u), in[0], out, grad)}
}

// unaryGrad is the gradient of unary: of x, y = f(x) and dy it makes dy·f'(x).
type unaryGrad unary

func (u unaryGrad) String() string { return settingString(u.name+"'", u.a) }

func (u unaryGrad) infer(in []tensor.Shape) (tensor.Shape, error) { return in[0], nil }

func (u unaryGrad) run32(t threads, dst []float32, in []operand[float32]) error {
	return unaryGradRun(t, u, dst, in)
}
func (u unaryGrad) run64(t threads, dst []float64, in []operand[float64]) error {
	return unaryGradRun(t, u, dst, in)
}

func unaryGradRun[F float](t threads, u unaryGrad, dst []F, in []operand[F]) error {
	inParallel(t, len(dst), 1, func(from, to int) {
		unaryGradRow(u, dst[from:to], in[0].data[from:to], in[1].data[from:to], in[2].data[from:to])
	})
	return nil
}

func unaryGradRow[F float](u unaryGrad, dst, x, y, dy []F) {
	switch u.function {
	case neg:
		mapRow(kernel.Neg, 0, dst, dy, nil)
	case scale:
		mapRow(kernel.Scale, F(u.a), dst, dy, nil)
	case shift:
		copy(dst, dy)
	case exp:
		mapRow(kernel.Mul, 0, dst, dy, y)
	case sigmoid:
		mapRow(kernel.SigmoidGrad, 0, dst, y, dy)
	case tanh:
		mapRow(kernel.TanhGrad, 0, dst, y, dy)
	case relu:
		mapRow(kernel.ReLUGrad, 0, dst, x, dy)
	case gelu:
		mapRow(kernel.GELUGrad, 0, dst, x, dy)
	default:
		for i, g := range dy {
			dst[i] = g * F(u.df(float64(x[i]), float64(y[i]), u.a))
		}
	}
}

func settingString(name string, a float64) string {
	if a == 0 {
		return name
	}
	return fmt.Sprintf("%s %v", name, a)
}

// logistic is 1/(1+e⁻ˣ), from the side on which the exponential does not overflow.
func logistic(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}

// rectify is written so that NaN stays NaN.
func rectify(x, a float64) float64 {
	if x < 0 {
		return a * x
	}
	return x
}

func slope(x, a float64) float64 {
	if x > 0 {
		return 1
	}
	return a
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}
