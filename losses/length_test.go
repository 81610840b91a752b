package losses_test

import (
	"context"
	"fmt"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/losses"
)

// Fed fewer timesteps than were declared, a loss and its count are those of a graph declared for them,
// whatever the mask is made of.
func TestFewerTimesteps(t *testing.T) {
	const T, B = 4, 2
	masks := map[string]func(s *graph.Scope, T int) *G.Node{
		"no mask":       func(s *graph.Scope, T int) *G.Node { return nil },
		"mask":          func(s *graph.Scope, T int) *G.Node { return s.Indices("mask", T, B) },
		"of timesteps":  func(s *graph.Scope, T int) *G.Node { return s.Reshape(s.Slice(s.Indices("mask", T, B), 1, 0, 1), T, 1) },
		"of sequences":  func(s *graph.Scope, T int) *G.Node { return s.Const([]float64{0, 1}, 1, B) },
		"from lengths":  func(s *graph.Scope, T int) *G.Node { return s.Mask(s.Indices("lengths", B), T) },
		"constant ones": func(s *graph.Scope, T int) *G.Node { return s.Full(1, T, B) },
	}
	kinds := map[string]func(s *graph.Scope, x, w, target, classes, mask *G.Node) *G.Node{
		"cross-entropy": func(s *graph.Scope, x, w, target, classes, mask *G.Node) *G.Node {
			return losses.CrossEntropy(s, s.MatMul(x, w), classes, losses.CrossEntropyOptions{Smoothing: 0.1, Mask: mask})
		},
		"binary": func(s *graph.Scope, x, w, target, classes, mask *G.Node) *G.Node {
			return losses.BinaryCrossEntropy(s, s.Sum(s.MatMul(x, w), 2), target, losses.Options{Mask: mask})
		},
		"mse": func(s *graph.Scope, x, w, target, classes, mask *G.Node) *G.Node {
			return losses.MSE(s, s.Sum(s.MatMul(x, w), 2), target, losses.Options{Mask: mask})
		},
		"smooth l1": func(s *graph.Scope, x, w, target, classes, mask *G.Node) *G.Node {
			return losses.SmoothL1(s, s.Sum(s.MatMul(x, w), 2), target, losses.SmoothL1Options{Mask: mask})
		},
		"quantile": func(s *graph.Scope, x, w, target, classes, mask *G.Node) *G.Node {
			return losses.Quantile(s, s.MatMul(x, w), target, losses.QuantileOptions{Levels: []float64{0.1, 0.5, 0.9}, Mask: mask})
		},
		"gaussian": func(s *graph.Scope, x, w, target, classes, mask *G.Node) *G.Node {
			y := s.MatMul(x, w)
			return losses.GaussianNLL(s, s.Mean(y, 2), s.Softplus(s.Sum(y, 2)), target, losses.GaussianNLLOptions{Mask: mask})
		},
	}
	for kind, declareLoss := range kinds {
		for name, declareMask := range masks {
			t.Run(kind+" "+name, func(t *testing.T) {
				declare := func(T int) func(s *graph.Scope) *G.Node {
					return func(s *graph.Scope) *G.Node {
						x, w := s.Input("x", T, B, 3), s.Param("w", graph.Normal(1), 3, 3)
						target, classes, mask := s.Input("target", T, B), s.Indices("classes", T, B), declareMask(s, T)
						s.Output("count", losses.Count(s, target, mask))
						s.Output("classes", losses.Count(s, classes, mask))
						return declareLoss(s, x, w, target, classes, mask)
					}
				}
				feedOf := func(n int, inputs []string) graph.Feed {
					x, target, classes, mask := make([]float64, n*B*3), make([]float64, n*B), make([]int, n*B), make([]int, n*B)
					for i := range x {
						x[i] = float64(i%5) - 1.7
					}
					for i := range target {
						target[i], classes[i], mask[i] = float64(i%2), i%4-1, min(1, i%3)
					}
					all := graph.Feed{
						"x": dense(x, n, B, 3), "target": dense(target, n, B), "classes": dense(classes, n, B), "mask": dense(mask, n, B),
						"lengths": dense([]int{n, n / 2}, B),
					}
					feed := graph.Feed{}
					for _, name := range inputs {
						feed[name] = all[name]
					}
					return feed
				}
				long := graphtest.Run(t, graph.NewStore(1, tensor.Float64), declare(T), feedOf(T, inputsOf(t, declare(T))))
				for _, n := range []int{3, 1, T} {
					feed := feedOf(n, long.Inputs())
					short := graphtest.Run(t, graph.NewStore(1, tensor.Float64), declare(n), feed)
					long.ZeroGradients()
					if err := long.Run(context.Background(), feed); err != nil {
						t.Fatal(err)
					}
					for _, name := range []string{"count", "classes"} {
						graphtest.Equal(t, fmt.Sprint(name, " at ", n), graphtest.Output(t, long, name), graphtest.Output(t, short, name), 0)
					}
					graphtest.Equal(t, fmt.Sprint("loss at ", n), long.Cost(), short.Cost(), 0)
					graphtest.Equal(t, fmt.Sprint("gradient at ", n), graphtest.Gradients(long)["w"], graphtest.Gradients(short)["w"], 0)
				}
			})
		}
	}
}

// inputsOf lists the inputs that a graph declares.
func inputsOf(t *testing.T, declare func(s *graph.Scope) *G.Node) []string {
	t.Helper()
	session, err := graph.Build(graph.NewStore(1, tensor.Float64), declare)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	return session.Inputs()
}
