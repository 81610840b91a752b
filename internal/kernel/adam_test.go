package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestAdam(t *testing.T) {
	step := AdamStep[float32]{Beta1: 0.9, Beta2: 0.99, Rate: 0.01, Root: 1.5, Epsilon: 1e-3, Decay: 0.1, Keep: 0.97}
	wide := AdamStep[float64]{
		step.Beta1, step.Beta2, float64(step.Rate), float64(step.Root),
		float64(step.Epsilon), float64(step.Decay), float64(step.Keep),
	}
	paths(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, n := range append(sizes(), 0) {
			var f [4]field[float32] // p, m, v, g
			var x [4][]float64
			for i := range f {
				f[i] = fence(1, n, 0, random[float32](r, n))
				if i == 2 {
					for j, v := range f[i].Data {
						f[i].Data[j] = v * v
					}
				}
				for _, v := range f[i].Data {
					x[i] = append(x[i], float64(v))
				}
			}
			start := [4][]float32{}
			for i := range f {
				start[i] = slices.Clone(f[i].Data)
			}
			Adam(0, step, f[0].Data, f[1].Data, f[2].Data, f[3].Data)
			Adam(0, wide, x[0], x[1], x[2], x[3])
			for i := range f {
				for j, got := range f[i].take(t) {
					if want := x[i][j]; !(math.Abs(float64(got)-want) <= 1e-6*(1+math.Abs(want))) {
						t.Fatalf("number %d of %d, operand %d: %v, want %v", j, n, i, got, want)
					}
				}
			}
			onThreads(t, func() int {
				again := [4][]float32{}
				for i := range again {
					again[i] = slices.Clone(start[i])
				}
				Adam(0, step, again[0], again[1], again[2], again[3])
				return firstDifference(again[0], f[0].Data)
			})
		}
	})
}
