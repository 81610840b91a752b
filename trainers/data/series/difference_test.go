package series

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestDifference(t *testing.T) {
	values := []float64{1, 4, 9, 16}
	for lag, want := range map[int][]float64{1: {3, 5, 7}, 2: {8, 12}, 3: {15}} {
		if got, err := Difference(values, lag); err != nil || !slices.Equal(got, want) {
			t.Errorf("lag %d: %v, %v, wanted %v", lag, got, err, want)
		}
	}
	for _, lag := range []int{-1, 0, 4} {
		_, err := Difference(values, lag)
		wantError(t, err, "difference", "4 values")
	}
	for _, lag := range []int{-1, 0, 5} {
		_, err := Integrate(values, values, lag)
		wantError(t, err, "integrate", "4 values")
	}
}

// Integrate undoes Difference for any lag and wherever history ends.
func TestIntegrate(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 4))
	values := make([]float64, 20)
	for i := range values {
		values[i] = float64(r.IntN(1000)) // whole numbers: no rounding
	}
	for lag := 1; lag < len(values); lag++ {
		diffs, err := Difference(values, lag)
		if err != nil {
			t.Fatal(err)
		}
		for split := lag; split < len(values); split++ {
			got, err := Integrate(values[:split], diffs[split-lag:], lag)
			if err != nil || !slices.Equal(got, values[split:]) {
				t.Fatalf("lag %d, split %d: %v, %v, wanted %v", lag, split, got, err, values[split:])
			}
		}
	}
}
