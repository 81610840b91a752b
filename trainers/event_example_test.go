package trainers_test

import (
	"context"
	"fmt"
	"log"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
)

// printer is a Listener.
type printer struct{}

func (printer) Step(*trainers.Run) error { return nil }

func (printer) Event(_ *trainers.Run, e trainers.Event) error {
	switch v := e.Value.(type) {
	case float64:
		fmt.Printf("step %d: %s %.3g\n", e.Step, e.Name, v)
	case string:
		fmt.Printf("step %d: %s %q\n", e.Step, e.Name, v)
	}
	return nil
}

func ExampleListener() {
	src, err := data.NewWindows([][]float64{{1}, {2}, {3}, {4}}, data.WindowConfig{Window: 2})
	if err != nil {
		log.Fatal(err)
	}
	m := autoregression{graph.NewStore(1, tensor.Float64)}
	trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.01), Hooks: []trainers.Hook{
		trainers.Every(2, func(r *trainers.Run) error {
			w, _ := m.Store().Param("w")
			r.Text("model", fmt.Sprintf("w = %.2f", w.Value.Data()))
			return nil
		}),
		printer{},
	}}
	if _, err := trainer.Fit(context.Background(), m, src, 2); err != nil {
		log.Fatal(err)
	}
	// Output:
	// step 1: loss 12.5
	// step 1: rate 0.01
	// step 1: grad_norm 21.1
	// step 2: loss 8.45
	// step 2: rate 0.01
	// step 2: grad_norm 17.3
	// step 2: model "w = [0.20 0.33]"
}
