package series

import (
	"math"
	"slices"
	"time"
)

// The least rows of autocorrelation that a season needs, and the most rows that are looked at for it.
const (
	leastCorrelation = 0.2
	mostRows         = 6000
)

// GuessSeasons gives the lengths in rows of the seasons of a series, ascending; none if there are none. Give it
// the training part only.
//
// With dates it looks for those that calendars have: the hour, the day and the week in minutes and hours, the week
// (of five days, if weekends are left out) and the year in days, the year in weeks, months and quarters. Without
// dates it looks for the length from 4 to 400 whose autocorrelation stands out. A season is there if the series has three of
// them or more, and what a moving average of its length leaves is like what was a season before: the
// autocorrelation at that lag is above 0.2 and what chance would give one time in twenty. A second season, such as
// the week beside the day, leaves at most four fifths of what the first does not explain.
func GuessSeasons(values []float64, dates []time.Time) []int {
	values = values[max(0, len(values)-mostRows):]
	if dates == nil {
		return guessSeason(values)
	}
	var found []int
	strongest := 0.0
	for _, m := range calendarSeasons(dates) {
		r := seasonality(values, m)
		if r > max(leastCorrelation, 1.645/math.Sqrt(float64(len(values)))) && 1-r < 0.8*(1-strongest) {
			found, strongest = append(found, m), r
		}
	}
	return found
}

// guessSeason looks at every length. So many are looked at that chance is judged by the number of seasons, and
// not of values.
func guessSeason(values []float64) []int {
	most := min(len(values)/3, 400)
	strength := make([]float64, max(2, most)+1)
	best := 0.0
	for m := 2; m <= most; m++ {
		if r := seasonality(values, m); r > max(leastCorrelation, 1.645/math.Sqrt(float64(len(values))/float64(m))) {
			strength[m] = r
			best = max(best, r)
		}
	}
	// Multiples of a season are seasons too: the shortest that is about as strong as any, and the strongest near it.
	// Going up and down from row to row is no season, nor are multiples of that.
	swing := max(strength[2], append(strength, 0)[3])
	for m := 4; m <= most; m++ {
		if strength[m] > 0 && strength[m] >= 0.8*best && (swing == 0 || 1-strength[m] < 0.8*(1-swing)) {
			strongest := m
			for near := m; near <= most && near <= m+m/4; near++ {
				if strength[near] > strength[strongest] {
					strongest = near
				}
			}
			return []int{strongest}
		}
	}
	return nil
}

// seasonality is the autocorrelation at lag m of what a moving average of m rows leaves; 0 if there are fewer than
// three times m values, or a gap.
func seasonality(values []float64, m int) float64 {
	if m < 2 || len(values) < 3*m {
		return 0
	}
	rest := movingAverage(values, m)
	rest = rest[m/2 : len(rest)-m/2]
	mean := 0.0
	for i := range rest {
		rest[i] = values[m/2+i] - rest[i]
		mean += rest[i] / float64(len(rest))
	}
	var square, product float64
	for i := range rest {
		rest[i] -= mean
		square += rest[i] * rest[i]
		if i >= m {
			product += rest[i] * rest[i-m]
		}
	}
	if r := product / square * float64(len(rest)) / float64(len(rest)-m); r > 0 && !math.IsInf(r, 0) {
		return r
	}
	return 0
}

// calendarSeasons are the lengths in rows of what repeats in calendars, ascending, by the distance of dates.
func calendarSeasons(dates []time.Time) []int {
	step := spacing(dates)
	if step <= 0 {
		return nil
	}
	const day = 24 * time.Hour
	var seasons []int
	add := func(cycle time.Duration) {
		if rows := int(cycle / step); cycle%step == 0 && rows >= 2 {
			seasons = append(seasons, rows)
		}
	}
	switch days := float64(step) / float64(day); {
	case step <= time.Second:
		add(time.Minute)
		add(time.Hour)
	case step < time.Hour/2:
		add(time.Hour)
		add(day)
		add(7 * day)
	case step < day:
		add(day)
		add(7 * day)
	case step == day && fewWeekends(dates):
		seasons = []int{5, 251}
	case step == day:
		seasons = []int{7, 365}
	case step == 7*day:
		seasons = []int{52}
	case days >= 28 && days <= 31:
		seasons = []int{12}
	case days >= 89 && days <= 93:
		seasons = []int{4}
	}
	return slices.Compact(seasons)
}

// spacing is the most common distance of dates; 0 if there are fewer than 2.
func spacing(dates []time.Time) time.Duration {
	counts := map[time.Duration]int{}
	var common time.Duration
	for i := 1; i < len(dates); i++ {
		step := dates[i].Sub(dates[i-1])
		if counts[step]++; counts[step] > counts[common] || counts[step] == counts[common] && step < common {
			common = step
		}
	}
	return common
}

// fewWeekends reports whether most Saturdays and Sundays are missing.
func fewWeekends(dates []time.Time) bool {
	weekends := 0
	for _, date := range dates {
		if d := date.Weekday(); d == time.Saturday || d == time.Sunday {
			weekends++
		}
	}
	return weekends*7 < len(dates)/2
}
