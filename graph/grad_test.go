package graph_test

import (
	"hash"
	"io"
	"testing"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

// A node that many others use gets the sum of what they send back, and so does every node behind it.
func TestGradientsOfSharedNodes(t *testing.T) {
	graphtest.CheckGradients(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		a, b := s.Param("a", graph.Normal(1), 2, 3), s.Param("b", graph.Normal(1), 2, 3)
		x := s.Tanh(s.Mul(a, b))
		for range 3 {
			x = s.Add(s.Mul(x, a), s.Sigmoid(x))
		}
		return s.Sum(s.Mul(x, s.Sub(b, x)))
	}, nil)
}

// Nothing is computed for a parameter that is frozen.
func TestFrozenBranchIsNotDifferentiated(t *testing.T) {
	declare := func(s *graph.Scope) *G.Node {
		deep := s.Param("deep", graph.Normal(1), 2, 2)
		for range 10 {
			deep = s.Tanh(deep)
		}
		return s.Sum(s.Mul(deep, s.Param("b", graph.Normal(1), 2, 2)))
	}
	st := graph.NewStore(1, tensor.Float64)
	all := build(t, st, declare).Nodes()
	st.Params()[0].Frozen = true
	if rest := build(t, st, declare).Nodes(); rest > all-10 {
		t.Errorf("%d nodes, %d with the branch of ten operations frozen", all, rest)
	}
	graphtest.CheckGradients(t, st, declare, nil)
}

// A raw operation that has no gradient is an error where the gradient would pass it.
func TestNoGradientOfRawOperation(t *testing.T) {
	declare := func(stop bool) func(s *graph.Scope) *G.Node {
		return func(s *graph.Scope) *G.Node {
			x := s.Param("x", graph.Constant(3), 2)
			y := x
			if stop {
				y = s.StopGradient(x)
			}
			return s.Sum(s.Mul(x, s.Try(G.ApplyOp(double{}, y))))
		}
	}
	wantBuildError(t, graph.NewStore(1, tensor.Float64), declare(false), "double [(2)]: has no gradient; StopGradient ends the path")
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), declare(true), nil)
	graphtest.Equal(t, "gradient", graphtest.Gradients(session)["x"], []float64{6, 6}, 0)
}

// double is an operation of a user's own, of the least that Gorgonia asks for.
type double struct{}

func (double) Arity() int            { return 1 }
func (double) ReturnsPtr() bool      { return false }
func (double) CallsExtern() bool     { return false }
func (double) OverwritesInput() int  { return -1 }
func (double) WriteHash(h hash.Hash) { io.WriteString(h, "double") }
func (double) Hashcode() uint32      { return 2 }
func (double) String() string        { return "double" }

func (double) Type() hm.Type {
	t := G.TensorType{Dims: 1, Of: tensor.Float64}
	return hm.NewFnType(t, t)
}

func (double) InferShape(in ...G.DimSizer) (tensor.Shape, error) { return in[0].(tensor.Shape), nil }

func (double) Do(in ...G.Value) (G.Value, error) {
	return in[0].(*tensor.Dense).MulScalar(2., true)
}
