package trainers_test

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
)

// wide is a regression on many inputs.
type wide struct{ store *graph.Store }

func (m wide) Store() *graph.Store { return m.store }

func (m wide) Loss(s *graph.Scope, spec data.Spec) *G.Node {
	x := s.Input("x", spec["x"].Shape...)
	h := s.Tanh(s.MatMul(x, s.Param("w", graph.Glorot, x.Shape()[1], 500)))
	return s.Mean(s.Square(s.MatMul(h, s.Param("v", graph.Glorot, 500, 1))))
}

// The line before the first step is within 20 % of what is alive after the third.
func TestMemoryLine(t *testing.T) {
	x := dense(make([]float64, 800*400), 800, 400)
	var total, alive float64
	measure := trainers.Every(1, func(r *trainers.Run) error {
		if r.Step == 3 {
			runtime.GC()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			alive = float64(m.HeapAlloc) / 1e6
		}
		return nil
	})
	var out strings.Builder
	for _, o := range []trainers.Optimizer{&trainers.Adam{AMSGrad: true}, &trainers.GradientNoise{Optimizer: &trainers.SGD{Momentum: 0.9}}} {
		fit(t, trainers.Trainer{Optimizer: o, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{trainers.Progress(&out), measure}},
			wide{graph.NewStore(1, tensor.Float64)}, batches{{"x": x}}, 4)
		_, line, _ := strings.Cut(out.String(), "memory: ")
		out.Reset()
		var parameters, activations float64
		if _, err := fmt.Sscanf(line, "parameters %f MB, activations %f MB, %f MB in all", &parameters, &activations, &total); err != nil {
			t.Error(err)
		}
		if off := total/alive - 1; math.Abs(off) > 0.2 {
			t.Errorf("%T: foreseen %.1f MB, alive %.1f MB: off by %.0f %%", o, total, alive, 100*off)
		}
	}
}

func TestMemoryRefused(t *testing.T) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(int64(m.HeapAlloc) + 20e6))
	trainer := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.1)}
	_, err := trainer.Fit(context.Background(), wide{graph.NewStore(1, tensor.Float64)}, batches{{"x": dense(make([]float64, 4000*400), 4000, 400)}}, 4)
	if err == nil || !strings.HasPrefix(err.Error(), "train: memory: parameters 1.6 MB, activations ") || !strings.Contains(err.Error(), "history in segments") {
		t.Errorf("error is %v", err)
	}
}
