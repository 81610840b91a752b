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
//
// Those of this package return nil for a shape without elements, or with more than MemoryLimit holds; a nil r
// draws as one seed does.
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
// uniformly among all such matrices (Saxe et al., 2014). Blocks applies it gate by gate. On its way it takes
// the square of the larger of n and m.
func Orthogonal(r *rand.Rand, shape tensor.Shape) []float64 {
	rows, cols := matrix(shape)
	tall, narrow := max(rows, cols), min(rows, cols)
	if narrow == 0 || allocatable(tensor.Shape{tall, tall}, 8) != nil { // the factorisation takes the larger square
		return nil
	}
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
	rows, cols := matrix(shape)
	if rows == 0 {
		return nil
	}
	values := make([]float64, rows*cols)
	for i := range min(rows, cols) {
		values[i*cols+i] = 1
	}
	return values
}

// Blocks fills the n equal blocks of columns of a packed matrix [I, n·H] each by init, as though each
// were a parameter of its own: gates share a matrix, not their statistics. Other columns panic, and so does
// an init that is nil or fills another shape: an error of the build.
func Blocks(n int, init Init) Init {
	return func(r *rand.Rand, shape tensor.Shape) []float64 {
		rows, cols := matrix(shape)
		if rows == 0 {
			return nil
		}
		if n < 1 || cols%n != 0 {
			panic(failure{errors.Errorf("initialiser: %d columns into %d equal blocks", cols, n)})
		}
		width := cols / n
		values := make([]float64, rows*cols)
		for b := range n {
			block := init.fill(r, tensor.Shape{rows, width})
			for i := range rows {
				copy(values[i*cols+b*width:i*cols+(b+1)*width], block[i*width:])
			}
		}
		return values
	}
}

// ForgetBias fills the bias [1, 4H] of an LSTM, blocks i f g o, by init and then adds v to the block
// of the forget gate (Jozefowicz et al., 2015, recommend 1). Another shape panics, and so does an init that is
// nil or fills another: an error of the build.
func ForgetBias(v float64, init Init) Init {
	return func(r *rand.Rand, shape tensor.Shape) []float64 {
		if rows, _ := matrix(shape); rows == 0 {
			return nil
		}
		values := init.fill(r, shape)
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
		if r == nil {
			r = paramRand(0, "")
		}
		rows, cols := matrix(shape)
		if rows == 0 {
			return nil
		}
		values := make([]float64, rows*cols)
		for i := range values {
			values[i] = draw(r)
		}
		return values
	}
}

// fill calls an initialiser and holds it to its contract.
func (init Init) fill(r *rand.Rand, shape tensor.Shape) []float64 {
	if init == nil {
		panic(failure{errors.New("initialiser is nil")})
	}
	values := init(r, shape)
	switch {
	case values == nil:
		panic(failure{errors.Errorf("initialiser refuses shape %v", shape)})
	case len(values) != shape.TotalSize():
		panic(failure{errors.Errorf("initialiser gave %d values for shape %v", len(values), shape)})
	}
	return values
}

func fans(shape tensor.Shape) (in, out int) {
	rows, cols := matrix(shape)
	return max(1, rows), cols
}

// matrix reads a shape as rows of its last axis: both are 0 where there is nothing to fill, or too much.
func matrix(shape tensor.Shape) (rows, cols int) {
	if allocatable(shape, 8) != nil {
		return 0, 0
	}
	cols = shape[len(shape)-1]
	return shape.TotalSize() / cols, cols
}
