package series

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func TestScaler(t *testing.T) {
	values := [][]float64{{1, 10, 5}, {3, math.NaN(), 6}, {5, 30, 8}}
	s, err := FitScaler(values, []string{"a", "b", "c"}, Scaling{}, Scaling{Log: Log, By: MinMax}, Scaling{By: Identity})
	if err != nil {
		t.Fatal(err)
	}
	want := Scaler{
		{Name: "a", Center: 3, Scale: math.Sqrt(8. / 3)},
		{Name: "b", Log: Log, Center: math.Log(10), Scale: math.Log(30) - math.Log(10)},
		{Name: "c", Scale: 1},
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got %+v, wanted %+v", s, want)
	}
	scaled, err := s.Transform(values)
	if err != nil {
		t.Fatal(err)
	}
	if scaled[0][1] != 0 || scaled[2][1] != 1 || scaled[1][2] != 6 {
		t.Errorf("scaled to %v", scaled)
	}
	if !math.IsNaN(scaled[1][1]) || values[0][0] != 1 {
		t.Error("a gap was filled, or the values were overwritten")
	}
}

// What is scaled comes back within a few ulps, whatever the scaling, and so it does through JSON.
func TestScalerInverse(t *testing.T) {
	const eps = 0x1p-52
	r := rand.New(rand.NewPCG(1, 3))
	values := make([][]float64, 500)
	for i := range values {
		x := r.NormFloat64()
		values[i] = []float64{math.Exp(5 * x), 1e6 + r.Float64(), 1e-9 * (1 + r.Float64()), 1e300 * (1 + r.Float64()), float64(r.IntN(5) + 1)}
	}
	slope := map[Logarithm]func(v float64) float64{ // of the inverse, where its value is v
		NoLog: func(float64) float64 { return 1 },
		Log:   func(v float64) float64 { return v },
		Log1p: func(v float64) float64 { return 1 + v },
	}
	for _, log := range []Logarithm{NoLog, Log, Log1p} {
		for name, by := range statistics {
			rows := values
			if log == NoLog && name == "standard" {
				rows = shrink(values) // the squares of 1e300 are not finite
			}
			s, err := FitScaler(rows, nil, Scaling{Log: log, By: by})
			if err != nil {
				t.Fatalf("log %q, %s: %v", log, name, err)
			}
			b, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			var read Scaler
			if err := json.Unmarshal(b, &read); err != nil || !reflect.DeepEqual(read, s) {
				t.Fatalf("%s came back as %+v, %v", b, read, err)
			}
			scaled, err := s.Transform(rows)
			if err != nil {
				t.Fatal(err)
			}
			back, err := read.Inverse(scaled)
			if err != nil {
				t.Fatal(err)
			}
			for i, row := range rows {
				for j, v := range row {
					flat, err := log.of(v)
					if err != nil {
						t.Fatal(err)
					}
					far := math.Max(math.Abs(flat), math.Abs(s[j].Center))
					// 4ε in the arithmetic of scaling, and 1ε each for the logarithm and its inverse
					bound := 5*eps*far*slope[log](v) + eps*v
					if miss := math.Abs(back[i][j] - v); !(miss <= bound) {
						t.Fatalf("log %q, %s, column %d: %g came back %g off, wanted at most %g", log, name, j, v, miss, bound)
					}
				}
			}
		}
	}
}

// shrink is values with a fourth column that is smaller by 1e200.
func shrink(values [][]float64) [][]float64 {
	smaller := clone(values)
	for _, row := range smaller {
		row[3] *= 1e-200
	}
	return smaller
}

func TestInverseColumn(t *testing.T) {
	s := Scaler{{Center: 1, Scale: 2}, {Log: Log1p, Center: 3, Scale: 4}}
	for j, c := range s {
		if got, want := s.InverseColumn(j, 0.5), c.Inverse(0.5); got != want {
			t.Errorf("column %d: %g, wanted %g", j, got, want)
		}
	}
	for _, j := range []int{-1, 2} {
		if got := s.InverseColumn(j, 0.5); !math.IsNaN(got) {
			t.Errorf("column %d, which is not there: %g, wanted NaN", j, got)
		}
	}
}

// A column without width has another scale, and says which. Nothing that is not finite comes of it.
func TestScalerFallback(t *testing.T) {
	for name, tc := range map[string]struct {
		column   []float64
		by       Statistic
		center   float64
		scale    float64
		fallback string
	}{
		"constant":                {[]float64{0.1, 0.1, 0.1}, nil, 0.1, 1, "constant: scale 1"},
		"all zero":                {[]float64{0, 0}, MinMax, 0, 1, "constant: scale 1"},
		"one value":               {[]float64{7, math.NaN()}, Robust, 7, 1, "constant: scale 1"},
		"intermittent":            {[]float64{0, 0, 0, 0, 0, 6}, Robust, 0, math.Sqrt(5), "scale 0: standard deviation"},
		"own":                     {[]float64{1, 3}, func([]float64) (float64, float64) { return 9, 0 }, 9, 1, "scale 0: standard deviation"},
		"too small":               {[]float64{1e-300, 2e-300}, nil, 1.5e-300, 1e-300, "scale 0: range"},
		"constant as it is":       {[]float64{5, 5}, Identity, 0, 1, ""},
		"with a width of its own": {[]float64{1, 3}, nil, 2, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var rows [][]float64
			for _, v := range tc.column {
				rows = append(rows, []float64{v, v})
			}
			s, err := FitScaler(rows, []string{"a", "b"}, Scaling{By: tc.by})
			if err != nil {
				t.Fatal(err)
			}
			c := s[1]
			if math.Abs(c.Center-tc.center) > 1e-12*math.Abs(tc.center) || math.Abs(c.Scale-tc.scale) > 1e-12*tc.scale || c.Fallback != tc.fallback {
				t.Errorf("got %+v, wanted center %g, scale %g, fallback %q", c, tc.center, tc.scale, tc.fallback)
			}
			var notes []string
			if tc.fallback != "" {
				notes = []string{`column "a": ` + tc.fallback, `column "b": ` + tc.fallback}
			}
			if got := s.Notes(); !slices.Equal(got, notes) {
				t.Errorf("notes %q, wanted %q", got, notes)
			}
			scaled, err := s.Transform(rows)
			if err != nil {
				t.Fatal(err)
			}
			for i, row := range scaled {
				if math.IsInf(row[0], 0) || math.IsNaN(row[0]) != math.IsNaN(tc.column[i]) {
					t.Errorf("%g is scaled to %g", tc.column[i], row[0])
				}
			}
			b, err := json.Marshal(s)
			var read Scaler
			if err != nil || json.Unmarshal(b, &read) != nil || !reflect.DeepEqual(read, s) {
				t.Errorf("%s came back as %+v, %v", b, read, err)
			}
		})
	}
}

func TestScalerErrors(t *testing.T) {
	nan := math.NaN()
	one := func(s Scaling) []Scaling { return []Scaling{s} }
	for name, tc := range map[string]struct {
		values   [][]float64
		scalings []Scaling
		names    []string
		want     []string
	}{
		"nothing":         {nil, nil, nil, []string{"fit scaler", "no values"}},
		"no columns":      {[][]float64{{}}, nil, nil, []string{"no values"}},
		"ragged":          {[][]float64{{1, 2}, {3}}, nil, nil, []string{"row 1 has 1 columns", "row 0 has 2"}},
		"names":           {[][]float64{{1, 2}}, nil, []string{"a"}, []string{"1 names for 2 columns"}},
		"scalings":        {[][]float64{{1, 2, 3}}, make([]Scaling, 2), nil, []string{"2 scalings for 3 columns"}},
		"all gaps":        {[][]float64{{nan}, {nan}}, one(Scaling{By: Identity}), nil, []string{"column 0", "0 values in 2 rows"}},
		"log of 0":        {[][]float64{{1}, {0}}, one(Scaling{Log: Log}), []string{"a"}, []string{`column "a"`, "row 1", "logarithm of 0"}},
		"log of 1 - 1":    {[][]float64{{1}, {-1}}, one(Scaling{Log: Log1p}), []string{"a"}, []string{`column "a"`, "row 1", "logarithm of 1 + -1"}},
		"no such log":     {[][]float64{{1}, {2}}, one(Scaling{Log: "ln"}), nil, []string{"column 0", `logarithm "ln"`, `"log1p"`}},
		"too large":       {[][]float64{{1e300}, {-1e300}}, nil, nil, []string{"column 0", "scale +Inf"}},
		"range too large": {[][]float64{{1.7e308}, {-1.7e308}}, one(Scaling{By: MinMax}), nil, []string{"column 0", "scale +Inf"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := FitScaler(tc.values, tc.names, tc.scalings...)
			wantError(t, err, tc.want...)
		})
	}
	tiny := Scaler{{Scale: 1e-300}}
	_, err := tiny.Transform([][]float64{{1e10}})
	wantError(t, err, "column 0, row 0", "not finite")
	s := Scaler{{Log: Log, Scale: 1}, {Name: "sold", Log: Log, Scale: 1}}
	_, err = s.Transform([][]float64{{1, 1}, {1, -3}})
	wantError(t, err, `column "sold", row 1`, "logarithm of -3")
	_, err = s.Transform([][]float64{{0, 1}})
	wantError(t, err, "column 0, row 0", "logarithm of 0")
	_, err = s.Transform([][]float64{{1, 1}, {1}})
	wantError(t, err, "transform", "row 1 has 1 columns, the scaler 2")
	_, err = s.Inverse([][]float64{{1, 1, 1}})
	wantError(t, err, "inverse", "row 0 has 3 columns, the scaler 2")
	s[1].Log = "ln"
	if v := s[1].Inverse(0); !math.IsNaN(v) {
		t.Errorf("no such logarithm: %g, wanted NaN", v)
	}
}
