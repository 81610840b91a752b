package trainers_test

import (
	"context"
	"iter"
	"math"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
)

// regression is y = x·w by least squares: x [B, I], y [B, 1], output "prediction" [B, 1].
type regression struct{ store *graph.Store }

func newRegression() regression { return regression{graph.NewStore(1, tensor.Float64)} }

func (m regression) Store() *graph.Store { return m.store }

func (m regression) Loss(s *graph.Scope, spec data.Spec) *G.Node {
	x := s.Input("x", spec["x"].Shape...)
	w := s.Param("w", graph.Glorot, x.Shape()[1], 1)
	prediction := s.MatMul(x, w)
	s.Output("prediction", prediction)
	loss := s.Mean(s.Square(s.Sub(prediction, s.Input("y", spec["y"].Shape...))))
	if weight, ok := spec["weight"]; ok {
		s.Output("count", s.Sum(s.Input("weight", weight.Shape...)))
	}
	return loss
}

// recurrence is a language model of a vanilla recurrence with dropout, whose state is carried.
type recurrence struct{ store *graph.Store }

func newRecurrence(dt tensor.Dtype) recurrence { return recurrence{graph.NewStore(1, dt)} }

func (m recurrence) Store() *graph.Store { return m.store }

func (m recurrence) Loss(s *graph.Scope, spec data.Spec) *G.Node {
	const V, H = 5, 6
	T, B := spec["tokens"].Shape[0], spec["tokens"].Shape[1]
	xs := s.Gather(s.Param("embedding", graph.Normal(1), V, H), s.Indices("tokens", T, B))
	wh := s.Param("wh", graph.Orthogonal, H, H)
	b := s.Param("b", graph.Zeros, 1, H)
	head := s.Param("head", graph.Glorot, H, V)
	carry := s.Carry("h", B, H)
	ys, last := graph.Unroll(s, func(x *G.Node, prev graph.State) (*G.Node, graph.State) {
		h := s.Tanh(s.AddBias(s.Add(x, s.MatMul(prev[0], wh)), b))
		return s.Dropout(h, 0.2), graph.State{h}
	}, xs, []int{H}, graph.Run{Init: graph.State{carry.Node()}, Reset: s.Indices("reset", T, B)})
	carry.Set(last[0])
	return s.Mean(s.CrossEntropy(s.MatMul(ys, head), s.Indices("targets", T, B), 0))
}

// tokens is a stream with some order in it: 10 batches an epoch.
func tokens(t testing.TB, seed uint64) data.Source {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	var docs [][]int
	for range 3 {
		doc := make([]int, 54)
		for i := range doc {
			doc[i] = (i*i + r.IntN(2)) % 5
		}
		docs = append(docs, doc)
	}
	src, err := data.NewBPTT(docs, 4, 4, int64(seed))
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// batches is a Source of the same batches in every epoch.
type batches []data.Batch

func (s batches) Spec() data.Spec {
	spec := data.Spec{}
	for name, t := range s[0] {
		spec[name] = data.Field{Shape: t.Shape(), Dtype: t.Dtype()}
	}
	return spec
}

func (s batches) Len() int { return len(s) }

func (s batches) Batches(_, from int) iter.Seq2[data.Batch, error] {
	return func(yield func(data.Batch, error) bool) {
		for _, b := range s[min(from, len(s)):] {
			if !yield(b, nil) {
				return
			}
		}
	}
}

// points are n batches of B points of a plane y = 2·x0 - x1 + noise.
func points(n, B int, noise float64) batches {
	r := rand.New(rand.NewPCG(1, 2))
	var src batches
	for range n {
		x, y := make([]float64, 2*B), make([]float64, B)
		for i := range y {
			x[2*i], x[2*i+1] = r.NormFloat64(), r.NormFloat64()
			y[i] = 2*x[2*i] - x[2*i+1] + noise*r.NormFloat64()
		}
		src = append(src, data.Batch{"x": dense(x, B, 2), "y": dense(y, B, 1)})
	}
	return src
}

func dense(values []float64, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}

// values copies all parameters of a model, in order.
func values(m trainers.Model) []float64 {
	var all []float64
	for _, p := range m.Store().Params() {
		switch d := p.Value.Data().(type) {
		case []float32:
			for _, v := range d {
				all = append(all, float64(v))
			}
		case []float64:
			all = append(all, d...)
		}
	}
	return all
}

// sameBits holds two lists equal to the last bit, and finite.
func sameBits(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) || len(got) == 0 {
		t.Fatalf("%s: %d values, want %d and more than none", what, len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] || math.IsInf(got[i], 0) {
			t.Fatalf("%s: value %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// differ wants two lists to be different.
func differ(t *testing.T, what string, a, b []float64) {
	t.Helper()
	for i := range a {
		if a[i] != b[i] {
			return
		}
	}
	t.Errorf("%s: all values are equal", what)
}

// fit trains and wants no error.
func fit(t testing.TB, trainer trainers.Trainer, m trainers.Model, src data.Source, steps int) trainers.Report {
	t.Helper()
	report, err := trainer.Fit(context.Background(), m, src, steps)
	if err != nil {
		t.Fatal(err)
	}
	return report
}
