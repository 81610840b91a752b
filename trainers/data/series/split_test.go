package series

import (
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/elman-go/elman/trainers/data"
)

// shops are series of these lengths with hourly dates from the same hour on; column "v" grows with a
// ripple, column "row" says 1000·series + row.
func shops(lengths ...int) Panel {
	var p Panel
	for n, N := range lengths {
		s := &Series{Name: string(rune('a' + n)), Names: []string{"v", "row"}, Static: []float64{float64(n)}}
		for i := range N {
			s.Dates = append(s.Dates, time.Date(2024, 2, 28, i, 0, 0, 0, time.UTC))
			s.Values = append(s.Values, []float64{float64(n+1) * (10 + float64(i) + 3*math.Sin(float64(i))), float64(1000*n + i)})
		}
		p = append(p, s)
	}
	return p
}

// targetRows are the values of y of all windows: with column "row" as target, rows and their series.
func targetRows(t *testing.T, p Panel, cfg data.WindowConfig) (rows []float64) {
	t.Helper()
	cfg.Targets = []int{1}
	src, err := p.Windows(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for batch, err := range src.Batches(0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, batch["y"].Data().([]float64)...)
	}
	slices.Sort(rows)
	return slices.Compact(rows)
}

// Every row after the first window is a target in one part and no other, and in the right one.
func TestSplitTimeTargets(t *testing.T) {
	p := shops(60, 45)
	for name, tc := range map[string]struct {
		lookBack int
		cfg      data.WindowConfig
		first    int // row that is a target
	}{
		"horizon":   {6, data.WindowConfig{Window: 6, Horizon: 3}, 6},
		"next step": {1, data.WindowConfig{Window: 6, NextStep: true}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			parts, err := p.SplitTime(tc.lookBack, Row(25), Last(10))
			if err != nil {
				t.Fatal(err)
			}
			for k, part := range parts {
				var want []float64
				for n, s := range p {
					at := []int{tc.first, 25, len(s.Values) - 10, len(s.Values)}
					for row := at[k]; row < at[k+1]; row++ {
						want = append(want, float64(1000*n+row))
					}
				}
				if got := targetRows(t, part, tc.cfg); !slices.Equal(got, want) {
					t.Errorf("part %d forecasts rows %v, wanted %v", k, got, want)
				}
			}
		})
	}
}

// prepared is what is done with the training part: scalers, and every batch of two epochs.
func prepared(t *testing.T, p Panel, lookBack int) (Scalers, []data.Batch) {
	t.Helper()
	parts, err := p.SplitTime(lookBack, At(time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)), Last(12))
	if err != nil {
		t.Fatal(err)
	}
	scalers, err := parts[0].FitScalers(Scaling{By: Robust}, Scaling{})
	if err != nil {
		t.Fatal(err)
	}
	train, err := scalers.Transform(parts[0])
	if err != nil {
		t.Fatal(err)
	}
	if train, err = train.WithCalendar(HourOfDay, DayOfMonth); err != nil {
		t.Fatal(err)
	}
	src, err := train.Windows(data.WindowConfig{Window: 6, Horizon: 3, Batch: 4, Targets: []int{0, 1}, Known: []int{2, 3, 4, 5}, Shuffle: true})
	if err != nil {
		t.Fatal(err)
	}
	var batches []data.Batch
	for epoch := range 2 {
		for batch, err := range src.Batches(epoch, 0) {
			if err != nil {
				t.Fatal(err)
			}
			batches = append(batches, batch)
		}
	}
	return scalers, batches
}

// Whatever comes after the cut, the scalers and every training batch are the same to the last bit.
func TestSplitTimeNoLeak(t *testing.T) {
	scalers, batches := prepared(t, shops(60, 50), 6)
	for name, after := range map[string]func(v float64) float64{
		"gaps":     func(float64) float64 { return math.NaN() },
		"numbers":  func(v float64) float64 { return -1e6 * v },
		"infinity": func(float64) float64 { return math.Inf(1) },
	} {
		p := shops(60, 50)
		for _, s := range p {
			for _, row := range s.Values[24:] {
				for j := range row {
					row[j] = after(row[j])
				}
			}
		}
		gotScalers, got := prepared(t, p, 6)
		if !reflect.DeepEqual(gotScalers, scalers) {
			t.Errorf("%s after the cut: the scalers were %v and are %v", name, scalers, gotScalers)
		}
		if !reflect.DeepEqual(got, batches) {
			t.Errorf("%s after the cut change the training batches", name)
		}
	}
	p := shops(60, 50)
	p[1].Values[23][0]++ // the last row before the cut does count
	if _, got := prepared(t, p, 6); reflect.DeepEqual(got, batches) {
		t.Error("the last row before the cut changes no batch: this test sees nothing")
	}
}

func TestSplitTimeParts(t *testing.T) {
	parts, err := shops(30).SplitTime(50, At(time.Date(2024, 2, 28, 9, 30, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	train, held := parts[0][0], parts[1][0]
	if len(train.Values) != 10 || len(train.Dates) != 10 || len(held.Values) != 30 || len(held.Dates) != 30 {
		t.Errorf("parts of %d and %d rows, wanted 10 and, with all there is to look back to, 30", len(train.Values), len(held.Values))
	}
	if train.Name != "a" || len(train.Names) != 2 || train.Static == nil {
		t.Errorf("the part lost names or features: %+v", train)
	}
}

func TestSplitTimeErrors(t *testing.T) {
	undated := shops(9, 9)
	undated[1].Dates = nil
	short := shops(9)
	short[0].Dates = short[0].Dates[:4]
	for name, tc := range map[string]struct {
		p        Panel
		lookBack int
		cuts     []Cut
		want     []string
	}{
		"no cuts":     {shops(9), 1, nil, []string{"0 cuts"}},
		"look ahead":  {shops(9), -1, []Cut{Row(2)}, []string{"look-back of -1 rows"}},
		"at start":    {shops(9), 1, []Cut{Row(0)}, []string{`split: series "a"`, "cut 0 before row 0 of 9"}},
		"at end":      {shops(7, 7), 1, []Cut{Row(7)}, []string{`series "a"`, "cut 0 before row 7 of 7"}},
		"falling":     {shops(9), 1, []Cut{Row(5), Row(5)}, []string{"cut 1 before row 5 of 9", "after row 5"}},
		"long end":    {shops(9), 1, []Cut{Last(12)}, []string{"cut 0 before row -3 of 9"}},
		"late":        {shops(9), 1, []Cut{At(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))}, []string{"row 9 of 9"}},
		"no dates":    {undated, 1, []Cut{At(time.Date(2024, 2, 28, 3, 0, 0, 0, time.UTC))}, []string{`series "b"`, "0 dates of 9 rows"}},
		"few dates":   {short, 1, []Cut{Row(5)}, []string{"4 dates of 9 rows"}},
		"cut of ours": {shops(9), 1, []Cut{func(*Series) (int, error) { return 1 << 62, nil }}, []string{"cut 0 before row"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tc.p.SplitTime(tc.lookBack, tc.cuts...)
			wantError(t, err, tc.want...)
		})
	}
}

// Series are split by data.SplitByGroup, which keeps those of one place together, and parts are panels.
func TestSplitByGroup(t *testing.T) {
	p := shops(slices.Repeat([]int{9}, 20)...)
	places := make([]int, len(p))
	for n := range p {
		places[n] = n / 2
	}
	train, valid, err := data.SplitByGroup(p, places, 0.2, 3)
	if err != nil {
		t.Fatal(err)
	}
	cfg := data.WindowConfig{Window: 3}
	rows := append(targetRows(t, train, cfg), targetRows(t, valid, cfg)...)
	if len(train) != 16 || len(valid) != 4 || len(rows) != 20*6 {
		t.Errorf("%d and %d series, %d rows to forecast, wanted 16, 4, 120", len(train), len(valid), len(rows))
	}
	of := map[int]bool{}
	for _, s := range valid {
		of[int(s.Static[0])/2] = true
	}
	for _, s := range train {
		if of[int(s.Static[0])/2] {
			t.Errorf("series %q is on the other side of its place", s.Name)
		}
	}
}
