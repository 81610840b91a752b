package metrics_test

import (
	"fmt"
	"log"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/metrics"
)

// Two batches of different sizes, as an evaluation hands them on. A target of -1 does not count.
func Example() {
	batch := func(targets []int, logits []float64) metrics.Outcome {
		n := len(targets)
		return metrics.Outcome{
			Batch:   data.Batch{"targets": tensor.New(tensor.WithShape(n), tensor.WithBacking(targets))},
			Outputs: map[string]tensor.Tensor{"logits": tensor.New(tensor.WithShape(n, 2), tensor.WithBacking(logits))},
		}
	}
	batches := []metrics.Outcome{
		batch([]int{0, 1, 1}, []float64{2, 1, 0, 3, 1, 0}),
		batch([]int{1, -1}, []float64{0, 1, 5, 0}),
	}
	classes := metrics.Classes{}
	for _, metric := range []metrics.Metric{classes.Accuracy(), classes.Recall(1), classes.F1(metrics.Macro)} {
		running := metric.Begin()
		for _, b := range batches {
			if err := running.Add(b); err != nil {
				log.Fatal(err)
			}
		}
		fmt.Println(running.Value())
	}
	// Output:
	// accuracy 75.00 %
	// recall of class 1 66.67 %
	// f1 macro 73.33 %
}

// A metric of your own is one function.
func ExampleMetric() {
	mean := metrics.Metric{
		Name: "mean forecast", Unit: "°C", Better: metrics.Neither, Reads: []string{"prediction"},
		Sums: func(b metrics.Outcome) ([]float64, error) {
			sums := make([]float64, 2)
			for _, v := range b.Outputs["prediction"].Data().([]float64) {
				sums[0] += v
				sums[1]++
			}
			return sums, nil
		},
	}
	running := mean.Begin()
	for _, values := range [][]float64{{20, 22}, {18}} {
		prediction := tensor.New(tensor.WithShape(len(values), 1), tensor.WithBacking(values))
		if err := running.Add(metrics.Outcome{Outputs: map[string]tensor.Tensor{"prediction": prediction}}); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(running.Value())
	// Output: mean forecast 20.00 °C
}
