package trainers_test

import (
	"context"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/trainers"
)

// A table that is only looked up in trains as one with a whole gradient does: rows that a batch does not
// name move too, as the optimiser's moments say.
func TestRowsTrainAsTheWholeTable(t *testing.T) {
	const V, E = 7, 5
	feeds := [][]int{{1, 1, 4}, {0, 4, 4}, {6, 6, 1}, {2, 2, 2}}
	for name, optimizer := range map[string]func() trainers.Optimizer{
		"adam":     func() trainers.Optimizer { return &trainers.Adam{WeightDecay: 0.1} },
		"adamw":    func() trainers.Optimizer { return &trainers.AdamW{} },
		"amsgrad":  func() trainers.Optimizer { return &trainers.Adam{AMSGrad: true} },
		"sgd":      func() trainers.Optimizer { return &trainers.SGD{Momentum: 0.9} },
		"rmsprop":  func() trainers.Optimizer { return &trainers.RMSProp{} },
		"adadelta": func() trainers.Optimizer { return &trainers.Adadelta{} },
	} {
		train := func(whole bool) (table *tensor.Dense, norms []float64) {
			store := graph.NewStore(1, tensor.Float64)
			session, err := graph.Build(store, func(s *graph.Scope) *G.Node {
				table := s.Param("table", graph.Normal(1), V, E)
				cost := s.Scale(s.Sum(s.Square(s.Gather(table, s.Indices("index", 3)))), 10)
				if whole {
					cost = s.Add(cost, s.Sum(s.Scale(table, 0)))
				}
				return cost
			})
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			if sparse := session.Gradients()[0].Rows() != nil; sparse == whole {
				t.Fatalf("by row is %v, whole is %v", sparse, whole)
			}
			o := optimizer()
			for _, index := range feeds {
				session.ZeroGradients()
				feed := graph.Feed{"index": tensor.New(tensor.WithShape(3), tensor.WithBacking(index))}
				if err := session.Run(context.Background(), feed); err != nil {
					t.Fatal(err)
				}
				norms = append(norms, trainers.ClipByNorm(session.Gradients(), 1))
				if err := o.Step(0.1, session.Gradients()); err != nil {
					t.Fatal(err)
				}
			}
			return store.Params()[0].Value, norms
		}
		byRow, norms := train(false)
		whole, want := train(true)
		graphtest.Equal(t, name, byRow, whole, 1e-12)
		graphtest.Equal(t, name+" norms", norms, want, 1e-12)
		if !(norms[0] > 1) || math.IsInf(norms[0], 0) {
			t.Errorf("%s: norm %v is not clipped", name, norms[0])
		}
	}
}
