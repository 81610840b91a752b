package trainers_test

import (
	"fmt"
	"runtime"
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
	"github.com/elman-go/elman/trainers"
)

// Threads limits training, what reads gradients, and evaluations on the way; the bits are the same.
func TestTrainerThreads(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	defer kernel.Eager()()
	var want []float64
	for _, threads := range []int{1, 3, 0} {
		m := newRecurrence(tensor.Float32)
		before := kernel.Shared()
		fit(t, trainers.Trainer{
			Optimizer: &trainers.AdamW{}, Schedule: trainers.Constant(0.01), ClipNorm: 0.1, Threads: threads, Shards: 2,
			Hooks: []trainers.Hook{&trainers.Evaluate{Every: 2, Source: tokens(t, 2)}},
		}, m, tokens(t, 1), 4)
		if shared := kernel.Shared() - before; (shared == 0) != (threads == 1) {
			t.Errorf("Threads %d: %d computations ran on several threads", threads, shared)
		}
		if want == nil {
			want = values(m)
		}
		sameBits(t, fmt.Sprintf("parameters with Threads %d", threads), values(m), want)
	}
	trainer := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.01), Threads: -1}
	if _, err := trainer.Fit(t.Context(), newRecurrence(tensor.Float32), tokens(t, 1), 1); err == nil {
		t.Error("trains on -1 threads")
	}
}
