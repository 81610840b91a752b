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
	"github.com/elman-go/elman/trainers/metrics"
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
	prediction := s.MatMul(w, x)
	s.Output("prediction", s.Reshape(prediction, 1, B, 1)) // for metrics
	return s.Mean(s.Square(s.Sub(prediction, y)))
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

// oscillation is windows of a damped oscillation, x[t+1] = 1.6·x[t] - 0.8·x[t-1].
func oscillation(batch int) data.Source {
	series := [][]float64{{1}, {1}}
	for t := 1; t < 40; t++ {
		series = append(series, []float64{1.6*series[t][0] - 0.8*series[t-1][0]})
	}
	src, err := data.NewWindows(series, data.WindowConfig{Window: 2, Batch: batch, Shuffle: true, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	return src
}

// The mean absolute error of an average of the parameters is measured beside the loss, and watched.
func ExampleEvaluate() {
	average := &trainers.EMA{Decay: 0.9}
	best := &trainers.EarlyStopping{Metric: "mae", Patience: 3}
	e := &trainers.Evaluate{
		Source: oscillation(0), Every: 50, Log: os.Stderr,
		Metrics: []metrics.Metric{metrics.Numbers{Unit: "m"}.MAE(), metrics.Numbers{}.SMAPE()},
		Average: average, Observers: []trainers.Observer{best},
	}
	trainer := trainers.Trainer{
		Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.05), Hooks: []trainers.Hook{average, e},
	}
	if _, err := trainer.Fit(context.Background(), autoregression{graph.NewStore(1, tensor.Float64)}, oscillation(7), 100); err != nil {
		log.Fatal(err)
	}
	for _, at := range e.History {
		fmt.Printf("step %d: loss %.3g, %v, %v\n", at.Step, at.Loss, at.Values[0], at.Values[1])
	}
	fmt.Println("best at step", best.BestStep)
	// Output:
	// step 0: loss 0.0483, mae 0.1335 m, smape 200.0 %
	// step 50: loss 0.00726, mae 0.05415 m, smape 74.05 %
	// step 100: loss 0.00153, mae 0.02488 m, smape 38.50 %
	// best at step 100
}

// The last layer of a model is trained alone; then all of it, what was there before at a tenth of the rate.
func ExampleGroups() {
	m := newRecurrence(tensor.Float32)
	src, err := data.NewBPTT([][]int{{0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0}}, 5, 1, 1)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if _, err := trainers.Loss(ctx, m, src); err != nil { // declares the parameters, as opening a file does
		log.Fatal(err)
	}
	if err := trainers.Freeze(m.Store(), "{embedding,wh,b}"); err != nil {
		log.Fatal(err)
	}
	head := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.01)}
	if _, err := head.Fit(ctx, m, src, 10); err != nil {
		log.Fatal(err)
	}
	if err := trainers.Unfreeze(m.Store(), "**"); err != nil {
		log.Fatal(err)
	}
	whole := trainers.Trainer{
		Optimizer: trainers.Groups{
			{Pattern: "head", Optimizer: &trainers.AdamW{}},
			{Pattern: "**", Optimizer: &trainers.AdamW{WeightDecay: 0.1}, Rate: 0.1},
		},
		Schedule: trainers.Constant(0.01),
	}
	report, err := whole.Fit(ctx, m, src, 10)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Steps, "steps,", len(whole.Optimizer.State()), "tensors of the optimiser")
	// Output: 10 steps, 12 tensors of the optimiser
}

func ExampleTrainer_FindRate() {
	trainer := trainers.Trainer{Optimizer: &trainers.Adam{}}
	m := autoregression{graph.NewStore(1, tensor.Float64)}
	curve, err := trainer.FindRate(context.Background(), m, oscillation(7), 1e-4, 10, 100)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("rate %.0e, diverged: %v\n", curve.Suggested, curve.Diverged)
	// Output: rate 1e-01, diverged: true
}

func ExampleTrainer_Overfit() {
	m := autoregression{graph.NewStore(1, tensor.Float64)}
	for _, rate := range []trainers.Constant{0.1, 1e-6} {
		trainer := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: rate}
		result, err := trainer.Overfit(context.Background(), m, oscillation(7), 200, 0.01)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(result.OK, result.Wrong)
	}
	// Output:
	// true []
	// false [the loss falls too slowly: more steps, a higher learning rate or a larger model may do it; if not, the targets do not follow from what the model reads]
}

func ExampleTrainer_Smoke() {
	m := autoregression{graph.NewStore(1, tensor.Float64)}
	trainer := trainers.Trainer{
		Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.1),
		Hooks: []trainers.Hook{&trainers.Evaluate{Source: oscillation(0), Metrics: []metrics.Metric{metrics.Classes{}.Accuracy()}, Every: 10000}},
	}
	_, err := trainer.Smoke(context.Background(), m, oscillation(7))
	fmt.Println(err)
	// Output: smoke: train: start: hook 0 (*trainers.Evaluate): evaluate: metric "accuracy" reads the output "logits", which the model does not declare
}

func ExampleCosine() {
	schedule := trainers.Cosine{Peak: 0.003, Warmup: 2, Steps: 10}
	for step := range 10 {
		fmt.Printf("%.4f ", schedule.Rate(step))
	}
	// Output: 0.0010 0.0020 0.0030 0.0029 0.0026 0.0021 0.0015 0.0009 0.0004 0.0001
}
