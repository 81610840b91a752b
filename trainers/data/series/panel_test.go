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
