package trainers_test

import (
	"context"
	"fmt"
	"log"
	"os"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
)

// autoregression forecasts the next value of a series as a weighted sum of the last ones.
type autoregression struct{ store *graph.Store }

func (m autoregression) Store() *graph.Store { return m.store }

func (m autoregression) Loss(s *graph.Scope, spec data.Spec) *G.Node {
	shape := spec["x"].Shape
	T, B := shape[0], shape[1]
	x := s.Reshape(s.Input("x", T, B, 1), T, B)
	y := s.Reshape(s.Input("y", 1, B, 1), 1, B)
	w := s.Param("w", graph.Zeros, 1, T)
	return s.Mean(s.Square(s.Sub(s.MatMul(w, x), y)))
}

// A damped oscillation, x[t+1] = 1.6·x[t] - 0.8·x[t-1], is learned from its first 30 values and
// measured on the rest.
func Example() {
	series := [][]float64{{1}, {1}}
	for t := 1; t < 40; t++ {
		series = append(series, []float64{1.6*series[t][0] - 0.8*series[t-1][0]})
	}
	train, err := data.NewWindows(series[:30], data.WindowConfig{Window: 2, Batch: 7, Shuffle: true, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	held, err := data.NewWindows(series[28:], data.WindowConfig{Window: 2})
	if err != nil {
		log.Fatal(err)
	}

	plateau := &trainers.ReduceOnPlateau{Initial: 0.1, Factor: 0.5, MinDelta: 1e-9}
	best := &trainers.EarlyStopping{Patience: 2, MinDelta: 1e-9}
	trainer := trainers.Trainer{
		Optimizer: &trainers.Adam{},
		Schedule:  plateau,
		ClipNorm:  1,
		Hooks: []trainers.Hook{
			trainers.Log(os.Stderr, 50),
			&trainers.Evaluate{Source: held, Every: 20, Observers: []trainers.Observer{plateau, best}},
		},
	}
	m := autoregression{graph.NewStore(1, tensor.Float64)}
	report, err := trainer.Fit(context.Background(), m, train, 500)
	if err != nil {
		log.Fatal(err)
	}
	w, _ := m.Store().Param("w")
	fmt.Printf("w = %.2f, stopped early: %v\n", w.Value.Data(), report.Stopped != "")
	// Output: w = [-0.80 1.60], stopped early: true
}

func ExampleLoss() {
	series := [][]float64{{1}, {2}, {3}, {4}}
	src, err := data.NewWindows(series, data.WindowConfig{Window: 2})
	if err != nil {
		log.Fatal(err)
	}
	m := autoregression{graph.NewStore(1, tensor.Float64)} // not trained: w is 0
	loss, err := trainers.Loss(context.Background(), m, src)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(loss, "= (3² + 4²) / 2")
	// Output: 12.5 = (3² + 4²) / 2
}

func ExampleEvery() {
	optimizer := &trainers.SGD{Momentum: 0.9}
	save := trainers.Every(2, func(r *trainers.Run) error {
		at := r.Position()
		fmt.Printf("step %d of %d: batch %d of epoch %d comes next, %d tensors of the optimiser\n",
			at.Step, r.Steps, at.Batch, at.Epoch, len(optimizer.State()))
		return nil
	})
	src, err := data.NewWindows([][]float64{{1}, {2}, {3}, {4}, {5}}, data.WindowConfig{Window: 2, Batch: 1})
	if err != nil {
		log.Fatal(err)
	}
	trainer := trainers.Trainer{Optimizer: optimizer, Schedule: trainers.Constant(0.01), Hooks: []trainers.Hook{save}}
	if _, err := trainer.Fit(context.Background(), autoregression{graph.NewStore(1, tensor.Float64)}, src, 5); err != nil {
		log.Fatal(err)
	}
	// Output:
	// step 2 of 5: batch 2 of epoch 0 comes next, 2 tensors of the optimiser
	// step 4 of 5: batch 1 of epoch 1 comes next, 2 tensors of the optimiser
	// step 5 of 5: batch 2 of epoch 1 comes next, 2 tensors of the optimiser
}

func ExampleCosine() {
	schedule := trainers.Cosine{Peak: 0.003, Warmup: 2, Steps: 10}
	for step := range 10 {
		fmt.Printf("%.4f ", schedule.Rate(step))
	}
	// Output: 0.0010 0.0020 0.0030 0.0029 0.0026 0.0021 0.0015 0.0009 0.0004 0.0001
}
