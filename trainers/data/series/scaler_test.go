package series

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

func TestScaler(t *testing.T) {
	values := [][]float64{{1, 10}, {3, math.NaN()}, {5, 30}}
	s, err := FitScaler(values, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Scaler{Mean: []float64{3, 20}, Scale: []float64{math.Sqrt(8. / 3), 10}}
	for j := range 2 {
		if math.Abs(s.Mean[j]-want.Mean[j]) > 1e-12 || math.Abs(s.Scale[j]-want.Scale[j]) > 1e-12 {
			t.Errorf("column %d: mean %g, scale %g, wanted %g, %g", j, s.Mean[j], s.Scale[j], want.Mean[j], want.Scale[j])
		}
	}
	scaled, err := s.Transform(values)
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(scaled[1][1]) || values[0][0] != 1 {
		t.Error("a gap was filled, or the values were overwritten")
	}
}

// Scaled columns have mean 0 and deviation 1, and come back.
func TestScalerProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	values := make([][]float64, 200)
	for i := range values {
		values[i] = []float64{math.Exp(r.NormFloat64()), 1e6 + r.Float64(), 1e-9 * (1 + r.Float64())}
	}
	for _, log := range []bool{false, true} {
		s, err := FitScaler(values, log, []string{"a", "b", "c"})
		if err != nil {
			t.Fatal(err)
		}
		scaled, err := s.Transform(values)
		if err != nil {
			t.Fatal(err)
		}
		back, err := s.Inverse(scaled)
		if err != nil {
			t.Fatal(err)
		}
		for j := range 3 {
			mean, square := 0.0, 0.0
			for i := range values {
				mean += scaled[i][j] / 200
				square += scaled[i][j] * scaled[i][j] / 200
				if math.Abs(back[i][j]/values[i][j]-1) > 1e-9 || back[i][j] != s.InverseColumn(j, scaled[i][j]) {
					t.Fatalf("log %t: %g came back as %g", log, values[i][j], back[i][j])
				}
			}
			if math.Abs(mean) > 1e-6 || math.Abs(square-1) > 1e-6 { // 1e6 + [0, 1) costs six digits
				t.Errorf("log %t, column %d: mean %g, mean square %g", log, j, mean, square)
			}
		}
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var read Scaler
		if err := json.Unmarshal(b, &read); err != nil || !reflect.DeepEqual(read, s) {
			t.Errorf("%s came back as %+v, %v", b, read, err)
		}
	}
}

func TestScalerErrors(t *testing.T) {
	nan := math.NaN()
	for name, tc := range map[string]struct {
		values [][]float64
		log    bool
		names  []string
		want   []string
	}{
		"nothing":    {nil, false, nil, []string{"fit scaler", "no values"}},
		"no columns": {[][]float64{{}}, false, nil, []string{"no values"}},
		"ragged":     {[][]float64{{1, 2}, {3}}, false, nil, []string{"row 1 has 1 columns", "row 0 has 2"}},
		"names":      {[][]float64{{1, 2}}, false, []string{"a"}, []string{"1 names for 2 columns"}},
		"constant":   {[][]float64{{1, 0.1}, {2, 0.1}, {2, 0.1}}, false, []string{"a", "b"}, []string{`column "b"`, "3 values", "the same"}},
		"all gaps":   {[][]float64{{nan}, {nan}}, false, nil, []string{"column 0", "0 values in 2 rows"}},
		"log of 0":   {[][]float64{{1}, {0}}, true, []string{"a"}, []string{`column "a"`, "row 1", "logarithm of 0"}},
		"too large":  {[][]float64{{1e300}, {-1e300}}, false, nil, []string{"column 0", "deviation +Inf"}},
		"too small":  {[][]float64{{1e-300}, {2e-300}}, false, nil, []string{"column 0", "deviation 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := FitScaler(tc.values, tc.log, tc.names)
			wantError(t, err, tc.want...)
		})
	}
	s := Scaler{Log: true, Mean: []float64{0, 0}, Scale: []float64{1, 1}}
	_, err := s.Transform([][]float64{{1, 1}, {1, -3}})
	wantError(t, err, "row 1, column 1", "logarithm of -3")
	_, err = s.Transform([][]float64{{1, 1}, {1}})
	wantError(t, err, "transform", "row 1 has 1 columns", "2 means")
	s.Scale = s.Scale[:1] // as a damaged file might say
	_, err = s.Inverse([][]float64{{1, 1}})
	wantError(t, err, "inverse", "2 means and 1 scales")
	if v := s.InverseColumn(1, 0) + s.InverseColumn(-1, 0) + s.InverseColumn(2, 0); !math.IsNaN(v) {
		t.Errorf("no such column: %g, wanted NaN", v)
	}
}
