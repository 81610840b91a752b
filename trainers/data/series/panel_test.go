package series

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/elman-go/elman/trainers/data"
)

// Each series is scaled by its own size, and comes back from it.
func TestScalers(t *testing.T) {
	p := shops(30, 20, 25)
	scalers, err := p.FitScalers()
	if err != nil {
		t.Fatal(err)
	}
	scaled, err := scalers.Transform(p)
	if err != nil {
		t.Fatal(err)
	}
	for n, s := range scaled {
		alone, err := FitScaler(p[n].Values, p[n].Names)
		if err != nil {
			t.Fatal(err)
		}
		want, err := alone.Transform(p[n].Values)
		if err != nil || !reflect.DeepEqual(s.Values, want) || reflect.DeepEqual(s.Values, p[n].Values) {
			t.Errorf("series %d is not scaled as by itself, %v", n, err)
		}
		if s.Name != p[n].Name || !slices.Equal(s.Names, p[n].Names) || len(s.Dates) != len(s.Values) || s.Static == nil {
			t.Errorf("series %d lost names, dates or features: %+v", n, s)
		}
		back, err := scalers[n].Inverse(s.Values)
		if err != nil || math.Abs(back[7][0]-p[n].Values[7][0]) > 1e-12 {
			t.Errorf("series %d: %v came back as %v, %v", n, p[n].Values[7], back[7], err)
		}
	}
	b, err := json.Marshal(scalers)
	if err != nil {
		t.Fatal(err)
	}
	var read Scalers
	if err := json.Unmarshal(b, &read); err != nil || !reflect.DeepEqual(read, scalers) {
		t.Errorf("%s came back as %+v, %v", b, read, err)
	}
}

func TestPanelWindows(t *testing.T) {
	src, err := shops(9, 3, 6).Windows(data.WindowConfig{Window: 3, Horizon: 2})
	if err != nil {
		t.Fatal(err)
	}
	want := []data.Start{{Series: 0, Row: 0}, {Series: 0, Row: 1}, {Series: 0, Row: 2}, {Series: 0, Row: 3}, {Series: 0, Row: 4},
		{Series: 2, Row: 0}, {Series: 2, Row: 1}}
	if got := src.Starts(0); !slices.Equal(got, want) {
		t.Errorf("windows start at %v, wanted %v", got, want)
	}
	if field, ok := src.Spec()["static"]; !ok || !slices.Equal(field.Shape, []int{7, 1}) {
		t.Errorf("static features of shape %v", field.Shape)
	}
	p := shops(9, 9)
	p[0].Static, p[1].Static = nil, nil
	if src, err = p.Windows(data.WindowConfig{Window: 3}); err != nil {
		t.Fatal(err)
	}
	if _, ok := src.Spec()["static"]; ok {
		t.Error("static features of series that have none")
	}
}

func TestPanelErrors(t *testing.T) {
	p := shops(9, 9)
	p[1].Static = nil
	_, err := p.Windows(data.WindowConfig{Window: 3})
	wantError(t, err, "series 1 has 0 static features")
	p = shops(9, 9)
	p[1].Names = []string{"row", "v"}
	_, err = p.Windows(data.WindowConfig{Window: 3})
	wantError(t, err, `series "b" has columns ["row" "v"], series "a" has ["v" "row"]`)
	_, err = Panel{}.Windows(data.WindowConfig{Window: 3})
	wantError(t, err, "0 series")

	p = shops(9, 9)
	p[1].Values[4][0] = -2
	_, err = p.FitScalers(Scaling{Log: Log1p})
	wantError(t, err, `series "b": fit scaler: column "v": row 4: logarithm of 1 + -2`)
	p[1].Name = ""
	_, err = p.FitScalers(Scaling{Log: Log1p})
	wantError(t, err, "series 1: ")

	scalers, err := shops(9, 9)[:1].FitScalers(Scaling{Log: Log1p})
	if err != nil {
		t.Fatal(err)
	}
	_, err = scalers.Transform(p)
	wantError(t, err, "panel of 2 series, scalers of 1")
	p[0].Values[3][1] = -5
	_, err = scalers.Transform(p[:1])
	wantError(t, err, `series "a": transform: column "row", row 3: logarithm of 1 + -5`)
}

// A shop that sold nothing, or the same always, opened late or closed early takes nothing from the others.
func TestPanelOfUnlikeShops(t *testing.T) {
	p := shops(40, 40, 40, 12, 15, 40, 40)
	for i := range 40 {
		p[1].Values[i][0] = 0
		p[2].Values[i][0] = 7.3
		p[5].Values[i][0] = math.NaN()
		p[6].Values[i][0] = float64(i % 9 / 8) // mostly zero
	}
	p[3].Dates = slices.Clone(p[0].Dates[28:]) // opened after the cut
	for _, s := range p {
		s.Static = nil
	}
	cut := p[0].Dates[24]
	parts, err := p.SplitTime(3, At(cut))
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range [][]int{{24, 24, 24, 0, 15, 24, 24}, {19, 19, 19, 12, 0, 19, 19}} {
		for n, s := range parts[k] {
			if len(s.Values) != want[n] || len(s.Dates) != want[n] {
				t.Errorf("part %d, series %d: %d rows, %d dates, wanted %d", k, n, len(s.Values), len(s.Dates), want[n])
			}
		}
	}
	if got := parts[1].TooShort(1); !slices.Equal(got, []string{`series "e"`}) {
		t.Errorf("too short are %q", got)
	}
	for name, tc := range map[string]struct {
		by    Statistic
		notes []string
	}{
		"standard": {nil, []string{`series "b", column "v": constant: scale 1`, `series "c", column "v": constant: scale 1`,
			`series "d": left out, nothing to measure`, `series "f": left out, nothing to measure`}},
		"robust": {Robust, []string{`series "b", column "v": constant: scale 1`, `series "c", column "v": constant: scale 1`,
			`series "d": left out, nothing to measure`, `series "f": left out, nothing to measure`,
			`series "g", column "v": scale 0: standard deviation`}},
	} {
		scalers, err := parts[0].FitScalers(Scaling{By: tc.by})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := scalers.Notes(parts[0]); !slices.Equal(got, tc.notes) {
			t.Errorf("%s: notes %q, wanted %q", name, got, tc.notes)
		}
		for k, part := range parts {
			scaled, err := scalers.Transform(part)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			src, err := scaled.Windows(data.WindowConfig{Window: 3, Horizon: 2})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			seen := map[int]bool{}
			for _, start := range src.Starts(0) {
				seen[start.Series] = true
			}
			if want := []map[int]bool{{0: true, 1: true, 2: true, 4: true, 6: true}, {0: true, 1: true, 2: true, 6: true}}[k]; !reflect.DeepEqual(seen, want) {
				t.Errorf("%s, part %d: windows of series %v, wanted %v", name, k, seen, want)
			}
		}
	}

	// Nothing above 0 has no logarithm at all; a single 0 among others is an error, for Log1p.
	if scalers, err := p[:2].FitScalers(Scaling{Log: Log}, Scaling{}); err != nil || scalers[0] == nil || scalers[1] != nil {
		t.Errorf("scalers %v, %v, wanted that of the second left out", scalers, err)
	}
	_, err = Panel{p[6]}.FitScalers(Scaling{Log: Log}, Scaling{})
	wantError(t, err, `series "g"`, "logarithm of 0")
	_, err = p[1:2].FitScalers(Scaling{Log: Log}, Scaling{})
	wantError(t, err, `nothing to measure in any of 1 series; series "b": column "v" has no value above 0`)
}

// Rows that a cut keeps for later are in no part before it, in a series too short for both.
func TestSplitTimeShortSeries(t *testing.T) {
	parts, err := shops(40, 12).SplitTime(0, Row(10), Last(5))
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []int{7, 0, 5} {
		if got := len(parts[k][1].Values); got != want {
			t.Errorf("part %d has %d rows, wanted %d", k, got, want)
		}
	}
}
