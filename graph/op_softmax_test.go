package graph_test

import (
	"fmt"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

// softmaxOf is the definition, for logits that do not overflow.
func softmaxOf(x *tensor.Dense) *tensor.Dense {
	n := x.Shape()[x.Dims()-1]
	return table(x.Shape(), func(at ...int) float64 {
		row := offset(x.Shape(), at) / n * n
		var sum float64
		for _, v := range x.Float64s()[row : row+n] {
			sum += math.Exp(v)
		}
		return math.Exp(elem(x, at...)) / sum
	})
}

func logOf(x *tensor.Dense) *tensor.Dense {
	return table(x.Shape(), func(at ...int) float64 { return math.Log(elem(x, at...)) })
}

func TestSoftmax(t *testing.T) {
	for _, shape := range []tensor.Shape{{4}, {1}, {3, 4}, {1, 4}, {3, 1}, {2, 3, 4}} {
		x := operand(1, shape...)
		opCase{
			name:    fmt.Sprint(shape),
			in:      []*tensor.Dense{x},
			declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.Softmax(in[0]) },
			want:    softmaxOf(x),
		}.check(t)
		opCase{
			name:    fmt.Sprint("log", shape),
			in:      []*tensor.Dense{x},
			declare: func(s *graph.Scope, in []*G.Node) *G.Node { return s.LogSoftmax(in[0]) },
			want:    logOf(softmaxOf(x)),
		}.check(t)
	}
}

// Each row is taken relative to its own greatest element: no other row and no size of the logits
// changes it.
func TestSoftmaxExtremes(t *testing.T) {
	inf := math.Inf(1)
	x := f64(tensor.Shape{8, 2},
		0, 0,
		1000, 1000,
		-1000, -1000,
		1000, -1000,
		-1000, 1000,
		-inf, 3,
		1000, 1000+math.Ln2,
		-inf, -inf) // all masked
	third := 1. / 3
	want := []float64{.5, .5, .5, .5, .5, .5, 1, 0, 0, 1, 0, 1, third, 2 * third, 0, 0}
	half := -math.Ln2
	wantLog := []float64{half, half, half, half, half, half, 0, -2000, -2000, 0, -inf, 0, math.Log(third), math.Log(2 * third), -inf, -inf}
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		tol := map[tensor.Dtype]float64{tensor.Float64: 1e-13, tensor.Float32: 2e-5}[dt] // float32 has 1000+ln 2 to 5 digits
		session := graphtest.Run(t, graph.NewStore(1, dt), func(s *graph.Scope) *G.Node {
			w := s.Param("x", valued(x), 8, 2)
			p, l := s.Softmax(w), s.LogSoftmax(w)
			s.Output("softmax", p)
			s.Output("log", l)
			return s.Sum(s.Add(s.Slice(p, 1, 0, 1), s.Slice(l, 1, 1, 2)))
		}, nil)
		graphtest.Equal(t, "softmax", graphtest.Output(t, session, "softmax"), want, tol)
		graphtest.Equal(t, "log softmax", graphtest.Output(t, session, "log"), wantLog, tol)
		// d p₀ / dx = p₀(1-p₀), -p₀p₁ and d log p₁ / dx = -p₀, 1-p₁.
		var gradient []float64
		for i := 0; i < len(want); i += 2 {
			p0, p1 := want[i], want[i+1]
			gradient = append(gradient, p0*(1-p0)-p0, -p0*p1+1-p1)
		}
		graphtest.Equal(t, "gradient", graphtest.Gradients(session)["x"], gradient, tol)
	}
}
