package losses_test

import (
	"context"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/losses"
)

func TestErrors(t *testing.T) {
	number := func(shape ...int) func(*graph.Scope) *G.Node {
		return func(s *graph.Scope) *G.Node { return s.Full(0.5, shape...) }
	}
	class := func(shape ...int) func(*graph.Scope) *G.Node {
		return func(s *graph.Scope) *G.Node { return s.Cast(s.Full(1, shape...), tensor.Int) }
	}
	none := func(*graph.Scope) *G.Node { return nil }
	mse := func(s *graph.Scope, y, target, mask *G.Node) *G.Node {
		return losses.MSE(s, y, target, losses.Options{Mask: mask})
	}
	crossEntropy := func(s *graph.Scope, logits, target, mask *G.Node) *G.Node {
		return losses.CrossEntropy(s, logits, target, losses.CrossEntropyOptions{Mask: mask})
	}
	quantile := func(levels ...float64) func(s *graph.Scope, y, target, mask *G.Node) *G.Node {
		return func(s *graph.Scope, y, target, mask *G.Node) *G.Node {
			return losses.Quantile(s, y, target, losses.QuantileOptions{Levels: levels, Mask: mask})
		}
	}
	for _, tc := range []struct {
		name                     string
		declare                  func(s *graph.Scope, prediction, target, mask *G.Node) *G.Node
		prediction, target, mask func(*graph.Scope) *G.Node
		want                     string // the error's beginning
	}{
		{"shapes", mse, number(2, 3), number(2, 4), none,
			"head: mse [(2, 3) (2, 4)]: want predictions and target of one shape"},
		{"shapes that would be broadcast", mse, number(2, 1), number(2, 4), none,
			"head: mse [(2, 1) (2, 4)]: want predictions and target of one shape"},
		{"ranks", mse, number(2), number(2, 1), none,
			"head: mse [(2) (2, 1)]: want predictions and target of one shape"},
		{"no prediction", mse, none, number(2), none, "head: mse [<nil> (2)]: want predictions"},
		{"no target", mse, number(2), none, none, "head: mse [(2) <nil>]: want predictions"},
		{"classes for numbers", mse, number(2), class(2), none,
			"head: mse [(2) (2)]: predictions or target of int, want float64"},
		{"mask of other rank", mse, number(2, 3), number(2, 3), number(2),
			"head: mse: mask (2), want (2, 3) or sizes of 1 in it"},
		{"mask of higher rank", mse, number(2), number(2), number(2, 1), "head: mse: mask (2, 1), want (2)"},
		{"mask too long", mse, number(1, 3), number(1, 3), number(2, 3), "head: mse: mask (2, 3), want (1, 3)"},

		{"mae", func(s *graph.Scope, y, target, mask *G.Node) *G.Node {
			return losses.MAE(s, y, target, losses.Options{Mask: mask})
		}, number(2), number(3), none, "head: mae [(2) (3)]: want"},
		{"binary cross-entropy", func(s *graph.Scope, y, target, mask *G.Node) *G.Node {
			return losses.BinaryCrossEntropy(s, y, target, losses.Options{Mask: mask})
		}, number(2), number(3), none, "head: binary cross-entropy [(2) (3)]: want"},
		{"huber", func(s *graph.Scope, y, target, mask *G.Node) *G.Node {
			return losses.Huber(s, y, target, losses.HuberOptions{Mask: mask})
		}, number(2), number(3), none, "head: huber [(2) (3)]: want"},
		{"delta", func(s *graph.Scope, y, target, mask *G.Node) *G.Node {
			return losses.Huber(s, y, target, losses.HuberOptions{Delta: -1})
		}, number(2), number(2), none, "head: huber: delta -1, want more than 0"},
		{"smooth l1", func(s *graph.Scope, y, target, mask *G.Node) *G.Node {
			return losses.SmoothL1(s, y, target, losses.SmoothL1Options{Mask: mask})
		}, number(2), number(3), none, "head: smooth l1 [(2) (3)]: want"},
		{"beta", func(s *graph.Scope, y, target, mask *G.Node) *G.Node {
			return losses.SmoothL1(s, y, target, losses.SmoothL1Options{Beta: math.NaN()})
		}, number(2), number(2), none, "head: smooth l1: beta NaN, want more than 0"},
		{"gaussian nll", func(s *graph.Scope, y, target, mask *G.Node) *G.Node {
			return losses.GaussianNLL(s, target, y, target, losses.GaussianNLLOptions{Mask: mask})
		}, number(2), number(3), none, "head: gaussian nll [(3) (2) (3)]: want"},
		{"floor", func(s *graph.Scope, y, target, mask *G.Node) *G.Node {
			return losses.GaussianNLL(s, y, y, target, losses.GaussianNLLOptions{Floor: -1})
		}, number(2), number(2), none, "head: gaussian nll: floor -1, want more than 0"},

		{"levels", quantile(0.1, 0.9), number(2, 3), number(2), none,
			"head: quantile [(2, 3) (2)]: want predictions [..., 2] and target [...]"},
		{"no axis of levels", quantile(0.5), number(2), number(2), none,
			"head: quantile [(2) (2)]: want predictions [..., 1] and target [...]"},
		{"level 0", quantile(0.5, 0), number(2, 2), number(2), none, "head: quantile: level 0, want 0 < level < 1"},
		{"level 1", quantile(1), number(2, 1), number(2), none, "head: quantile: level 1, want"},
		{"no levels", quantile(), number(2, 1), number(2), class(3), "head: quantile: mask (3), want (2)"},
		{"classes for a quantile", quantile(0.5), number(2, 1), class(2), none, "head: quantile [(2)]: predictions or target of int"},

		{"logits", crossEntropy, number(2, 3), class(3), none, "head: cross-entropy [(2, 3) (3)]: want logits [..., V] and targets [...]"},
		{"numbers for classes", crossEntropy, number(2, 3), number(2), none, "head: cross-entropy [(2, 3) (2)]: want targets of int"},
		{"no targets", crossEntropy, number(2, 3), none, none, "head: cross-entropy [(2, 3) <nil>]: want targets of int"},
		{"mask of logits", crossEntropy, number(2, 3), class(2), number(2, 3), "head: cross-entropy: mask (2, 3), want (2)"},
		{"smoothing", func(s *graph.Scope, logits, target, _ *G.Node) *G.Node {
			return losses.CrossEntropy(s, logits, target, losses.CrossEntropyOptions{Smoothing: 1})
		}, number(2, 3), class(2), none, "head: cross-entropy: smoothing 1, want 0 ≤ smoothing < 1"},
		{"class too great", crossEntropy, number(2, 1), class(2), none,
			"head: cross-entropy [(2, 1) (2)]: target 1 at position 0, want less than 1"},

		{"count of nothing", func(s *graph.Scope, _, target, mask *G.Node) *G.Node {
			return losses.Count(s, target, mask)
		}, none, none, none, "head: count: no target"},
		{"mask of count", func(s *graph.Scope, _, target, mask *G.Node) *G.Node {
			return losses.Count(s, target, mask)
		}, none, class(2), class(3), "head: count: mask (3), want (2)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			session, err := graph.Build(graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
				s = s.In("head")
				return tc.declare(s, tc.prediction(s), tc.target(s), tc.mask(s))
			}, graph.Eval())
			if err == nil {
				err = session.Run(context.Background(), nil)
			}
			if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
}
