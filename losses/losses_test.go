package losses_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/losses"
)

// every loss with every option. declare makes parameters of what is predicted, so that it has a
// gradient, for a target [...] of any shape.
var every = []struct {
	name    string
	classes bool // the target is of int
	declare func(s *graph.Scope, predicted graph.Init, target, mask *G.Node) *G.Node
}{
	{"cross-entropy", true, func(s *graph.Scope, predicted graph.Init, target, mask *G.Node) *G.Node {
		logits := s.Param("logits", predicted, with(target, 5)...)
		return losses.CrossEntropy(s, logits, target, losses.CrossEntropyOptions{Mask: mask})
	}},
	{"cross-entropy smoothed", true, func(s *graph.Scope, predicted graph.Init, target, mask *G.Node) *G.Node {
		logits := s.Param("logits", predicted, with(target, 5)...)
		return losses.CrossEntropy(s, logits, target, losses.CrossEntropyOptions{Smoothing: 0.2, Mask: mask})
	}},
	{"binary cross-entropy", false, func(s *graph.Scope, predicted graph.Init, target, mask *G.Node) *G.Node {
		logits := s.Param("logits", predicted, with(target)...)
		return losses.BinaryCrossEntropy(s, logits, target, losses.Options{Mask: mask})
	}},
	{"mse", false, func(s *graph.Scope, predicted graph.Init, target, mask *G.Node) *G.Node {
		prediction := s.Param("prediction", predicted, with(target)...)
		return losses.MSE(s, prediction, target, losses.Options{Mask: mask})
	}},
	{"mae", false, func(s *graph.Scope, predicted graph.Init, target, mask *G.Node) *G.Node {
		prediction := s.Param("prediction", predicted, with(target)...)
		return losses.MAE(s, prediction, target, losses.Options{Mask: mask})
	}},
	{"huber", false, func(s *graph.Scope, predicted graph.Init, target, mask *G.Node) *G.Node {
		prediction := s.Param("prediction", predicted, with(target)...)
		return losses.Huber(s, prediction, target, losses.HuberOptions{Mask: mask})
	}},
	{"huber delta 0.3", false, func(s *graph.Scope, predicted graph.Init, target, mask *G.Node) *G.Node {
		prediction := s.Param("prediction", predicted, with(target)...)
		return losses.Huber(s, prediction, target, losses.HuberOptions{Delta: 0.3, Mask: mask})
	}},
	{"smooth l1", false, func(s *graph.Scope, predicted graph.Init, target, mask *G.Node) *G.Node {
		prediction := s.Param("prediction", predicted, with(target)...)
		return losses.SmoothL1(s, prediction, target, losses.SmoothL1Options{Mask: mask})
	}},
	{"smooth l1 beta 2.5", false, func(s *graph.Scope, predicted graph.Init, target, mask *G.Node) *G.Node {
		prediction := s.Param("prediction", predicted, with(target)...)
		return losses.SmoothL1(s, prediction, target, losses.SmoothL1Options{Beta: 2.5, Mask: mask})
	}},
	{"quantile", false, func(s *graph.Scope, predicted graph.Init, target, mask *G.Node) *G.Node {
		predictions := s.Param("predictions", predicted, with(target, 1)...)
		return losses.Quantile(s, predictions, target, losses.QuantileOptions{Mask: mask})
	}},
	{"quantile 0.1 0.5 0.95", false, func(s *graph.Scope, predicted graph.Init, target, mask *G.Node) *G.Node {
		predictions := s.Param("predictions", predicted, with(target, 3)...)
		return losses.Quantile(s, predictions, target, losses.QuantileOptions{Levels: []float64{0.1, 0.5, 0.95}, Mask: mask})
	}},
	{"gaussian nll", false, func(s *graph.Scope, predicted graph.Init, target, mask *G.Node) *G.Node {
		mean := s.Param("mean", predicted, with(target)...)
		variance := s.Param("variance", func(r *rand.Rand, shape tensor.Shape) []float64 {
			values := predicted(r, shape)
			for i, v := range values {
				values[i] = math.Exp(v)
			}
			return values
		}, with(target)...)
		return losses.GaussianNLL(s, mean, variance, target, losses.GaussianNLLOptions{Mask: mask})
	}},
}

// with gives the shape of a node with further axes behind.
func with(n *G.Node, axes ...int) []int { return append(n.Shape().Clone(), axes...) }

// given fills a parameter with values.
func given(values ...float64) graph.Init {
	return func(*rand.Rand, tensor.Shape) []float64 { return slices.Clone(values) }
}

// dense makes a tensor of float64 or int.
func dense[E float64 | int](values []E, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(slices.Clone(values)))
}

// targetOf makes a target, and of what a mask hides in it something that may not be read.
func targetOf(classes bool, mask []float64, shape ...int) *tensor.Dense {
	r := rand.New(rand.NewPCG(1, 2))
	size := tensor.Shape(shape).TotalSize()
	numbers, ints := make([]float64, size), make([]int, size)
	for i := range size {
		numbers[i], ints[i] = r.Float64(), r.IntN(5)
		if mask != nil && mask[i] == 0 {
			numbers[i], ints[i] = math.NaN(), 1000
		}
	}
	if classes {
		return dense(ints, shape...)
	}
	return dense(numbers, shape...)
}

// inputs declares target and mask as what feed gives; without a mask in it the mask is nil.
func inputs(s *graph.Scope, feed graph.Feed) (target, mask *G.Node) {
	declare := func(name string) *G.Node {
		t, ok := feed[name]
		switch {
		case !ok:
			return nil
		case t.Dtype() == tensor.Int:
			return s.Indices(name, t.Shape()...)
		}
		return s.Input(name, t.Shape()...)
	}
	return declare("target"), declare("mask")
}

// predict declares a loss of fixed predictions and target, and runs it.
func predict(t *testing.T, dt tensor.Dtype, prediction, target *tensor.Dense,
	loss func(s *graph.Scope, prediction, target *G.Node) *G.Node) (value float64, gradient *tensor.Dense) {
	t.Helper()
	feed := graph.Feed{"target": target}
	session := graphtest.Run(t, graph.NewStore(1, dt), func(s *graph.Scope) *G.Node {
		target, _ := inputs(s, feed)
		return loss(s, s.Param("prediction", given(prediction.Float64s()...), prediction.Shape()...), target)
	}, feed)
	return session.Cost(), graphtest.Gradients(session)["prediction"]
}

func TestGradients(t *testing.T) {
	for _, l := range every {
		t.Run(l.name, func(t *testing.T) {
			for _, shape := range [][]int{{1}, {3}, {1, 1}, {3, 1}, {1, 4}, {2, 3, 2}} {
				target := targetOf(l.classes, nil, shape...)
				rows := slices.Repeat([]int{1}, len(shape)) // [T, 1, ...]
				rows[0] = shape[0]
				for name, feed := range map[string]graph.Feed{
					"all":       {"target": target},
					"some":      {"target": target, "mask": dense(pattern[float64](tensor.Shape(shape).TotalSize()), shape...)},
					"broadcast": {"target": target, "mask": dense(pattern[float64](rows[0]), rows...)},
					"flags":     {"target": target, "mask": dense(pattern[int](rows[0]), rows...)},
					"weights":   {"target": target, "mask": dense(fractions(tensor.Shape(shape).TotalSize()), shape...)},
				} {
					t.Run(fmt.Sprint(shape, name), func(t *testing.T) {
						graphtest.CheckGradients(t, graph.NewStore(3, tensor.Float64), func(s *graph.Scope) *G.Node {
							target, mask := inputs(s, feed)
							return l.declare(s, graph.Normal(1.5), target, mask)
						}, feed)
					})
				}
			}
		})
	}
}

// pattern is a mask: 1 0 1 1 0 1 ...
func pattern[E float64 | int](n int) []E {
	mask := make([]E, n)
	for i := range mask {
		if i%3 != 1 {
			mask[i] = 1
		}
	}
	return mask
}

// fractions is a mask: 0.25 0 2.25 0.125 0 2.125 ...
func fractions(n int) []float64 {
	mask := pattern[float64](n)
	for i := range mask {
		mask[i] *= 0.25 + float64(i%3) - 0.125*float64(i%2)
	}
	return mask
}

// float32 follows float64 to a few of its 7 digits.
func TestFloat32(t *testing.T) {
	mask := pattern[float64](12)
	for _, l := range every {
		t.Run(l.name, func(t *testing.T) {
			feed := graph.Feed{"target": targetOf(l.classes, mask, 4, 3), "mask": dense(mask, 4, 3)}
			run := func(dt tensor.Dtype) *graph.Session {
				return graphtest.Run(t, graph.NewStore(3, dt), func(s *graph.Scope) *G.Node {
					target, mask := inputs(s, feed)
					return l.declare(s, graph.Normal(1.5), target, mask)
				}, feed)
			}
			narrow, wide := run(tensor.Float32), run(tensor.Float64)
			graphtest.Equal(t, "loss", narrow.Cost(), wide.Cost(), 1e-6)
			want := graphtest.Gradients(wide)
			for path, g := range graphtest.Gradients(narrow) {
				graphtest.Equal(t, "gradient of "+path, g, want[path], 1e-6)
			}
		})
	}
}
