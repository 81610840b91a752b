package losses_test

import (
	"context"
	"fmt"
	"log"
	"math"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/losses"
)

// evaluate declares a scalar without inputs and gives its value.
func evaluate(declare func(*graph.Scope) *G.Node) float64 {
	session, err := graph.Build(graph.NewStore(1, tensor.Float64), declare, graph.Eval())
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	if err := session.Run(context.Background(), nil); err != nil {
		log.Fatal(err)
	}
	return session.Cost()
}

// Two sequences of lengths 3 and 1 in one batch: the padding of the second holds no numbers.
func Example() {
	nan := math.NaN()
	mse := evaluate(func(s *graph.Scope) *G.Node {
		prediction := s.Const([]float64{1, 5, 2, nan, 3, nan}, 3, 2) // [T, B]
		target := s.Const([]float64{1, 7, 4, nan, 3, nan}, 3, 2)     // [T, B]
		lengths := s.Cast(s.Const([]float64{3, 1}, 2), tensor.Int)   // [B]
		return losses.MSE(s, prediction, target, losses.Options{Mask: s.Mask(lengths, 3)})
	})
	fmt.Println(mse)
	// Output:
	// 2
}

func ExampleCrossEntropy() {
	nats := evaluate(func(s *graph.Scope) *G.Node {
		logits := s.Full(0, 6, 4)                                                // [T, V], all classes alike
		targets := s.Cast(s.Const([]float64{3, 1, 0, 2, -1, -1}, 6), tensor.Int) // the last two do not count
		return losses.CrossEntropy(s, logits, targets, losses.CrossEntropyOptions{})
	})
	fmt.Printf("%.3f nats, %.3f bits\n", nats, nats/math.Ln2)
	// Output:
	// 1.386 nats, 2.000 bits
}

func ExampleQuantile() {
	loss := evaluate(func(s *graph.Scope) *G.Node {
		predictions := s.Const([]float64{90, 100, 120}, 1, 3) // [B, Q]
		target := s.Const([]float64{110}, 1)                  // [B]
		return losses.Quantile(s, predictions, target, losses.QuantileOptions{Levels: []float64{0.1, 0.5, 0.9}})
	})
	fmt.Printf("%.3f\n", loss) // (0.1·20 + 0.5·10 + 0.1·10) / 3
	// Output:
	// 2.667
}

func ExampleCount() {
	count := evaluate(func(s *graph.Scope) *G.Node {
		targets := s.Cast(s.Const([]float64{3, 1, 0, -1}, 4), tensor.Int)
		return losses.Count(s, targets, nil)
	})
	fmt.Println(count)
	// Output:
	// 3
}
