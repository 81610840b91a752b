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

func TestCrossEntropy(t *testing.T) {
	for _, smoothing := range []float64{0, 0.1, 0.9} {
		for _, tc := range []struct {
			lead    tensor.Shape
			V       int
			targets []int
		}{
			{tensor.Shape{4}, 3, []int{0, 2, 1, 2}},
			{tensor.Shape{1}, 1, []int{0}},
			{tensor.Shape{1}, 5, []int{4}},
			{tensor.Shape{2, 3}, 4, []int{3, -1, 0, 1, -100, 2}}, // some count nowhere
			{tensor.Shape{2}, 3, []int{-1, -1}},
		} {
			logits := operand(1, append(tc.lead.Clone(), tc.V)...)
			p := softmaxOf(logits)
			opCase{
				name: fmt.Sprint(smoothing, tc),
				in:   []*tensor.Dense{logits},
				feed: graph.Feed{"targets": ints(tc.lead, tc.targets...)},
				declare: func(s *graph.Scope, in []*G.Node) *G.Node {
					return s.CrossEntropy(in[0], s.Indices("targets", tc.lead...), smoothing)
				},
				want: table(tc.lead, func(at ...int) float64 {
					i := offset(tc.lead, at)
					if tc.targets[i] < 0 {
						return 0
					}
					var loss float64
					for k, q := range p.Float64s()[i*tc.V : (i+1)*tc.V] {
						share := smoothing / float64(tc.V)
						if k == tc.targets[i] {
							share += 1 - smoothing
						}
						loss -= share * math.Log(q)
					}
					return loss
				}),
			}.check(t)
		}
	}
}

// One target of one row of logits, with no leading axis.
func TestCrossEntropyOfOneRow(t *testing.T) {
	logits := operand(1, 3)
	opCase{
		name: "row",
		in:   []*tensor.Dense{logits},
		feed: graph.Feed{"target": ints(tensor.Shape{1}, 2)},
		declare: func(s *graph.Scope, in []*G.Node) *G.Node {
			return s.CrossEntropy(in[0], s.At(s.Indices("target", 1), 0), 0)
		},
		want: tensor.New(tensor.FromScalar(-math.Log(softmaxOf(logits).Float64s()[2]))),
	}.check(t)
}

func TestCrossEntropyExtremes(t *testing.T) {
	logits := f64(tensor.Shape{4, 2}, 1000, -1000, 1000, -1000, -1000, -1000, math.NaN(), 1)
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		session := graphtest.Run(t, graph.NewStore(1, dt), func(s *graph.Scope) *G.Node {
			loss := s.CrossEntropy(s.Param("logits", valued(logits), 4, 2), s.Indices("targets", 4), 0)
			s.Output("loss", loss)
			return s.Sum(loss)
		}, graph.Feed{"targets": ints(tensor.Shape{4}, 0, 1, 1, -1)})
		tol := map[tensor.Dtype]float64{tensor.Float64: 1e-13, tensor.Float32: 1e-6}[dt]
		graphtest.Equal(t, "loss", graphtest.Output(t, session, "loss"), []float64{0, 2000, math.Ln2, 0}, tol)
		graphtest.Equal(t, "gradient", graphtest.Gradients(session)["logits"], []float64{0, 0, 1, -1, .5, -.5, 0, 0}, tol)
	}
}

// A target that counts nowhere leaves nothing of what its place held in the run before.
func TestCrossEntropyAfterAnotherRun(t *testing.T) {
	session := build(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		return s.Sum(s.CrossEntropy(s.Param("logits", graph.Normal(1), 2, 3), s.Indices("targets", 2), 0.1))
	})
	run(t, session, graph.Feed{"targets": ints(tensor.Shape{2}, 1, 2)})
	session.ZeroGradients()
	run(t, session, graph.Feed{"targets": ints(tensor.Shape{2}, -1, -1)})
	graphtest.Equal(t, "loss", session.Cost(), 0.0, 0)
	graphtest.Equal(t, "gradient", graphtest.Gradients(session)["logits"], make([]float64, 6), 0)
}

// The gradient is found from the loss, which may be infinite, or large beside the others.
func TestCrossEntropyGradientExtremes(t *testing.T) {
	inf := math.Inf(1)
	e := math.E
	for _, dt := range []tensor.Dtype{tensor.Float64, tensor.Float32} {
		for _, tc := range []struct {
			logits, want []float64
		}{
			{[]float64{-inf, 0, 1}, []float64{-1, 1 / (1 + e), e / (1 + e)}},
			{[]float64{0, 1e4, 1e4 + 1}, []float64{-1, 1 / (1 + e), e / (1 + e)}},
			{[]float64{40, 0, 0}, []float64{-2 * math.Exp(-40), math.Exp(-40), math.Exp(-40)}},
		} {
			session := graphtest.Run(t, graph.NewStore(1, dt), func(s *graph.Scope) *G.Node {
				logits := s.Param("logits", valued(f64(tensor.Shape{1, 3}, tc.logits...)), 1, 3)
				return s.Sum(s.CrossEntropy(logits, s.Indices("target", 1), 0))
			}, graph.Feed{"target": ints(tensor.Shape{1}, 0)})
			got := graphtest.Gradients(session)["logits"]
			for i, want := range tc.want {
				var v float64
				switch d := got.Data().(type) {
				case []float32:
					v = float64(d[i])
				case []float64:
					v = d[i]
				}
				if math.Abs(v-want) > 1e-16+2e-6*math.Abs(want) {
					t.Errorf("%v %v: gradient %d is %v, want %v", dt, tc.logits, i, v, want)
				}
			}
		}
	}
}
