package series

import (
	"math"
	"reflect"
	"testing"
)

func TestInterpolate(t *testing.T) {
	nan := math.NaN()
	values := [][]float64{{nan, 1}, {nan, nan}, {3, nan}, {nan, nan}, {1, 9}, {nan, 8}}
	got, err := Interpolate(values)
	want := [][]float64{{3, 1}, {3, 3}, {3, 5}, {2, 7}, {1, 9}, {1, 8}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, wanted %v", got, err, want)
	}
	if !math.IsNaN(values[0][0]) {
		t.Error("the values were overwritten")
	}
	_, err = Interpolate([][]float64{{1, nan}, {2, nan}})
	wantError(t, err, "interpolate", "column 1", "2 rows")
	_, err = Interpolate([][]float64{{1}, {2, 3}})
	wantError(t, err, "interpolate", "row 1 has 2 columns")
}
