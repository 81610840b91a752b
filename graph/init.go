package graph

import (
	"hash/fnv"
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

// Init fills a new parameter: it returns shape.TotalSize() values in row-major order. r is seeded by
// the store's seed and the parameter's path, so adding a layer does not change the others.
type Init func(r *rand.Rand, shape tensor.Shape) []float64

// paramRand is the generator of one parameter's initial values.
func paramRand(seed int64, path string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(path))
	return rand.New(rand.NewPCG(uint64(seed), h.Sum64()))
}

// Zeros fills a parameter with 0.
func Zeros(r *rand.Rand, shape tensor.Shape) []float64 { return Constant(0)(r, shape) }

// Ones fills a parameter with 1.
func Ones(r *rand.Rand, shape tensor.Shape) []float64 { return Constant(1)(r, shape) }

// Constant fills a parameter with v.
func Constant(v float64) Init {
	return each(func(*rand.Rand) float64 { return v })
}

// Uniform draws from [-limit, limit).
func Uniform(limit float64) Init {
	return each(func(r *rand.Rand) float64 { return limit * (2*r.Float64() - 1) })
}

// Normal draws from a normal distribution of mean 0 and standard deviation std.
func Normal(std float64) Init {
	return each(func(r *rand.Rand) float64 { return std * r.NormFloat64() })
}

// Glorot draws uniformly with variance 2/(fanIn+fanOut) (Glorot & Bengio, 2010, eq. 16). A matrix
// [I, O] has fanIn I and fanOut O; leading axes of higher ranks count as fanIn.
func Glorot(r *rand.Rand, shape tensor.Shape) []float64 {
	in, out := fans(shape)
	return Uniform(math.Sqrt(6/float64(in+out)))(r, shape)
}

// He draws from a normal distribution of variance 2/fanIn, for layers with ReLU (He et al., 2015,
// eq. 10).
func He(r *rand.Rand, shape tensor.Shape) []float64 {
	in, _ := fans(shape)
	return Normal(math.Sqrt(2/float64(in)))(r, shape)
}

// Orthogonal fills a matrix [n, m] with orthonormal rows or columns, whichever are fewer, drawn
// uniformly among all such matrices (Saxe et al., 2014). Blocks applies it gate by gate.
func Orthogonal(r *rand.Rand, shape tensor.Shape) []float64 {
	cols := shape[len(shape)-1]
	rows := shape.TotalSize() / cols
	tall, narrow := max(rows, cols), min(rows, cols)
	draw := mat.NewDense(tall, narrow, Normal(1)(r, tensor.Shape{tall, narrow}))
	var qr mat.QR
	qr.Factorize(draw)
	var q, upper mat.Dense
	qr.QTo(&q)
	qr.RTo(&upper)
	values := make([]float64, rows*cols)
	for i := range tall {
		for j := range narrow {
			// The signs of R's diagonal make the distribution uniform (Mezzadri, 2007).
			v := math.Copysign(1, upper.At(j, j)) * q.At(i, j)
			if rows >= cols {
				values[i*cols+j] = v
			} else {
				values[j*cols+i] = v
			}
		}
	}
	return values
}

// Identity fills a matrix with the unit matrix, for the recurrent weights of a Vanilla cell with ReLU
// (Le, Jaitly & Hinton, 2015).
func Identity(_ *rand.Rand, shape tensor.Shape) []float64 {
	cols := shape[len(shape)-1]
	values := make([]float64, shape.TotalSize())
	for i := range min(cols, len(values)/cols) {
		values[i*cols+i] = 1
	}
	return values
}

// Blocks fills the n equal blocks of columns of a packed matrix [I, n·H] each by init, as though each
// were a parameter of its own: gates share a matrix, not their statistics. Other columns are an error
// of the build.
func Blocks(n int, init Init) Init {
	return func(r *rand.Rand, shape tensor.Shape) []float64 {
		cols := shape[len(shape)-1]
		if n < 1 || cols%n != 0 {
			panic(failure{errors.Errorf("initialiser: %d columns into %d equal blocks", cols, n)})
		}
		rows, width := shape.TotalSize()/cols, cols/n
		values := make([]float64, rows*cols)
		for b := range n {
			block := init(r, tensor.Shape{rows, width})
			for i := range rows {
				copy(values[i*cols+b*width:i*cols+(b+1)*width], block[i*width:])
			}
		}
		return values
	}
}

// ForgetBias fills the bias [1, 4H] of an LSTM, blocks i f g o, by init and then adds v to the block
// of the forget gate (Jozefowicz et al., 2015, recommend 1).
func ForgetBias(v float64, init Init) Init {
	return func(r *rand.Rand, shape tensor.Shape) []float64 {
		values := init(r, shape)
		if len(values)%4 != 0 {
			panic(failure{errors.Errorf("initialiser: forget bias of %d elements, want 4H", len(values))})
		}
		h := len(values) / 4
		for i := h; i < 2*h; i++ {
			values[i] += v
		}
		return values
	}
}

func each(draw func(*rand.Rand) float64) Init {
	return func(r *rand.Rand, shape tensor.Shape) []float64 {
		values := make([]float64, shape.TotalSize())
		for i := range values {
			values[i] = draw(r)
		}
		return values
	}
}

func fans(shape tensor.Shape) (in, out int) {
	out = shape[len(shape)-1]
	return max(1, shape.TotalSize()/out), out
}
