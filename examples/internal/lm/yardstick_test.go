package lm

import (
	"math"
	"slices"
	"testing"
)

// The order is that which is best in validation, whatever would be in the test.
func TestYardstick(t *testing.T) {
	cycle := slices.Repeat([]int{0, 1, 2, 0, 2, 1}, 50) // what comes next depends on two tokens
	y, err := NewYardstick([][]int{cycle}, [][]int{cycle[:60]}, [][]int{{0, 0, 0, 0, 0, 0}}, 3)
	if err != nil || y.Order < 3 || !(y.Valid < 0.3) || !(y.Test > 2) {
		t.Errorf("%+v, %v", y, err)
	}
	if y, err = NewYardstick([][]int{cycle}, [][]int{cycle[:60]}, nil, 3); err != nil || !math.IsNaN(y.Test) {
		t.Errorf("without a test: %+v, %v", y, err)
	}
	if _, err = NewYardstick([][]int{{7}}, nil, nil, 3); err == nil {
		t.Error("no error of a token outside the vocabulary")
	}
}
