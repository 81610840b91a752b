package series

import (
	"math"
	"reflect"
	"slices"
	"testing"
	"time"
)

func day(t *testing.T, date string) time.Time {
	t.Helper()
	d, err := time.Parse("2006-01-02 15:04", date)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCycle(t *testing.T) {
	for _, tc := range []struct {
		cycle Cycle
		date  string
		phase float64 // of 1
	}{
		{HourOfDay, "2023-05-01 00:00", 0},
		{HourOfDay, "2023-05-01 06:00", 0.25},
		{HourOfDay, "2023-05-01 12:45", 0.53125},
		{DayOfWeek, "2023-05-01 23:59", 0}, // a Monday
		{DayOfWeek, "2023-05-07 00:00", 6. / 7},
		{DayOfMonth, "2023-02-01 09:00", 0},
		{DayOfMonth, "2023-02-28 09:00", 27. / 28},
		{DayOfMonth, "2024-02-15 09:00", 14. / 29},
		{DayOfMonth, "2023-12-31 09:00", 30. / 31},
		{MonthOfYear, "2023-01-31 00:00", 0},
		{MonthOfYear, "2023-10-01 00:00", 0.75},
		{DayOfYear, "2023-12-31 00:00", 364. / 365},
		{DayOfYear, "2024-12-31 00:00", 365. / 366},
		{DayOfYear, "2024-01-01 23:00", 0},
	} {
		sin, cos := tc.cycle.At(day(t, tc.date))
		if wantSin, wantCos := math.Sincos(2 * math.Pi * tc.phase); math.Abs(sin-wantSin) > 1e-15 || math.Abs(cos-wantCos) > 1e-15 {
			t.Errorf("%s at %s: %g, %g, wanted %g, %g", tc.cycle, tc.date, sin, cos, wantSin, wantCos)
		}
	}
	if sin, cos := Cycle("tide").At(time.Now()); !math.IsNaN(sin) || !math.IsNaN(cos) {
		t.Errorf("no such cycle: %g, %g, wanted NaN", sin, cos)
	}
}

// Any two neighbours in a cycle are as far apart as any other two, the last and the first as well.
func TestCycleCloses(t *testing.T) {
	start := day(t, "2023-01-01 00:00")
	for cycle, dates := range map[Cycle]func(i int) time.Time{
		HourOfDay:   func(i int) time.Time { return start.Add(time.Duration(i) * time.Hour) },
		DayOfWeek:   func(i int) time.Time { return start.AddDate(0, 0, i) },
		MonthOfYear: func(i int) time.Time { return start.AddDate(0, i, 0) },
	} {
		step := func(i int) float64 {
			sin, cos := cycle.At(dates(i))
			nextSin, nextCos := cycle.At(dates(i + 1))
			return math.Hypot(nextSin-sin, nextCos-cos)
		}
		for i := range 30 {
			if math.Abs(step(i)-step(0)) > 1e-12 || step(0) == 0 {
				t.Errorf("%s: step %d is %g, the first %g", cycle, i, step(i), step(0))
			}
		}
	}
}

// A date counts on its own clock, not on that of Greenwich.
func TestCycleZone(t *testing.T) {
	east := time.FixedZone("east", 9*3600)
	sin, cos := HourOfDay.At(time.Date(2023, 5, 1, 6, 0, 0, 0, east))
	if math.Abs(sin-1) > 1e-15 || math.Abs(cos) > 1e-15 {
		t.Errorf("at 06:00 in the east: %g, %g, wanted 1, 0", sin, cos)
	}
}

func TestWithCalendar(t *testing.T) {
	s := &Series{Name: "x", Names: []string{"v"}, Values: [][]float64{{1}, {2}},
		Dates: []time.Time{day(t, "2023-05-01 00:00"), day(t, "2023-05-01 06:00")}, Static: []float64{7}}
	wide, err := Panel{s}.WithCalendar(HourOfDay, DayOfWeek)
	if err != nil {
		t.Fatal(err)
	}
	got := wide[0]
	if want := []string{"v", "hour_of_day_sin", "hour_of_day_cos", "day_of_week_sin", "day_of_week_cos"}; !slices.Equal(got.Names, want) {
		t.Errorf("names %q, wanted %q", got.Names, want)
	}
	for i, want := range [][]float64{{1, 0, 1, 0, 1}, {2, 1, 0, 0, 1}} {
		for j := range want {
			if math.Abs(got.Values[i][j]-want[j]) > 1e-15 {
				t.Errorf("row %d: %v, wanted %v", i, got.Values[i], want)
			}
		}
	}
	if len(s.Names) != 1 || len(s.Values[1]) != 1 {
		t.Error("the series was changed")
	}
	if got.Name != "x" || !reflect.DeepEqual(got.Dates, s.Dates) || !slices.Equal(got.Static, s.Static) {
		t.Errorf("name, dates and features were lost: %+v", got)
	}
	_, err = wide.WithCalendar(MonthOfYear, HourOfDay)
	wantError(t, err, `series "x": calendar: `, `column "hour_of_day_sin" is there already`)
	_, err = wide.WithCalendar("tide")
	wantError(t, err, `no cycle "tide"`, `"day_of_year"`)
	_, err = Panel{s, {Values: s.Values}}.WithCalendar(HourOfDay)
	wantError(t, err, "series 1", "0 dates of 2 rows")
}
