package watch

import "time"

// The years of which dates are shown.
const firstYear, lastYear = -9999, 9999

// dateTicks are at most seven dates between two times, in seconds since 1970, in UTC: years, months, days or hours,
// whichever are about five. nil: there are none, as where the times are no dates.
func dateTicks(a, b float64) []tick {
	if !(a < b) || a < float64(yearDay(firstYear).Unix()) || b > float64(yearDay(lastYear).Unix()) {
		return nil
	}
	const most = 7
	begin := time.Unix(int64(a), 0).UTC()
	walk := func(first time.Time, next func(time.Time) time.Time, layout string) (list []tick) {
		for t := first; float64(t.Unix()) <= b && len(list) <= most; t = next(t) {
			if at := float64(t.Unix()); at >= a {
				list = append(list, tick{at, t.Format(layout)})
			}
		}
		return list
	}
	const day = 24 * time.Hour
	for _, of := range []struct {
		step   time.Duration
		layout string
	}{
		{time.Second, "15:04:05"}, {5 * time.Second, "15:04:05"}, {15 * time.Second, "15:04:05"},
		{time.Minute, "15:04"}, {5 * time.Minute, "15:04"}, {15 * time.Minute, "15:04"},
		{time.Hour, "01-02 15:04"}, {3 * time.Hour, "01-02 15:04"}, {6 * time.Hour, "01-02 15:04"}, {12 * time.Hour, "01-02 15:04"},
		{day, time.DateOnly}, {2 * day, time.DateOnly}, {7 * day, time.DateOnly}, {14 * day, time.DateOnly},
	} {
		list := walk(begin.Truncate(of.step), func(t time.Time) time.Time { return t.Add(of.step) }, of.layout)
		if len(list) <= most {
			return list
		}
	}
	for _, months := range []int{1, 3, 6} {
		first := time.Date(begin.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
		if list := walk(first, func(t time.Time) time.Time { return t.AddDate(0, months, 0) }, "2006-01"); len(list) <= most {
			return list
		}
	}
	for years := 1; ; years = nextRound(years) {
		first := yearDay(begin.Year() - (begin.Year()%years+years)%years)
		if list := walk(first, func(t time.Time) time.Time { return t.AddDate(years, 0, 0) }, "2006"); len(list) <= most {
			return list
		}
	}
}

func yearDay(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }

// nextRound goes through 1, 2, 5, 10, 20, 50, …
func nextRound(n int) int {
	unit := 1
	for unit*10 <= n {
		unit *= 10
	}
	if n == 2*unit {
		return 5 * unit
	}
	return 2 * n
}
