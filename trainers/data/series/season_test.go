package series

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestGuessSeasons(t *testing.T) {
	begin := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	every := func(step time.Duration) func(i int) time.Time {
		return func(i int) time.Time { return begin.Add(time.Duration(i) * step) }
	}
	const day = 24 * time.Hour
	random := noise(3000, 1)
	waves := func(size float64, lengths ...int) func(i int) float64 {
		return func(i int) float64 {
			v := random[i][0] + 0.02*float64(i) // a trend is no season
			for _, m := range lengths {
				v += size * math.Sin(2*math.Pi*float64(i)/float64(m))
			}
			return v
		}
	}
	weekdays := func(i int) time.Time { return begin.AddDate(0, 0, i/5*7+i%5) }
	walk := 0.0
	for _, tc := range []struct {
		name string
		rows int
		date func(i int) time.Time
		at   func(i int) float64
		want []int
	}{
		{"seconds", 1500, every(time.Second), waves(2, 60), []int{60}},
		{"quarter hours", 1000, every(15 * time.Minute), waves(2, 96), []int{96}},
		{"hours", 700, every(time.Hour), waves(2, 24), []int{24}},
		{"hours, days and weeks", 1000, every(time.Hour), waves(4, 24, 168), []int{24, 168}},
		{"six hours", 400, every(6 * time.Hour), waves(2, 4), []int{4}},
		{"days", 200, every(day), waves(2, 7), []int{7}},
		{"days of years", 2000, every(day), waves(2, 365), []int{365}},
		{"days without weekends", 200, weekdays, waves(2, 5), []int{5}},
		{"weeks", 300, every(7 * day), waves(2, 52), []int{52}},
		{"months", 100, func(i int) time.Time { return begin.AddDate(0, i, 0) }, waves(2, 12), []int{12}},
		{"quarters", 60, func(i int) time.Time { return begin.AddDate(0, 3*i, 0) }, waves(2, 4), []int{4}},
		{"years", 100, func(i int) time.Time { return begin.AddDate(i, 0, 0) }, waves(2, 10), nil},
		{"noise", 500, every(day), waves(0), nil},
		{"a season of another length", 300, func(i int) time.Time { return begin.AddDate(0, i, 0) }, waves(3, 29), nil},
		{"two seasons are too few", 30, func(i int) time.Time { return begin.AddDate(0, i, 0) }, waves(5, 12), nil},
		{"no dates", 300, nil, func(i int) float64 { return random[i][0] + float64(i%29) }, []int{29}},
		{"no dates, up and down", 36, nil, func(i int) float64 { return random[i][0] + 2*float64(i%2) }, nil},
		{"no dates, noise", 300, nil, waves(0), nil},
		{"no dates, a random walk", 500, nil, func(i int) float64 { walk += random[i][0]; return walk }, nil},
		{"no dates, constant", 100, nil, func(int) float64 { return 3 }, nil},
		{"constant", 100, every(time.Hour), func(int) float64 { return 3 }, nil},
		{"one row", 1, every(time.Hour), waves(1), nil},
	} {
		values := make([]float64, tc.rows)
		var dates []time.Time
		for i := range values {
			values[i] = tc.at(i)
			if tc.date != nil {
				dates = append(dates, tc.date(i))
			}
		}
		if got := GuessSeasons(values, dates); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}
