package series

import "time"

// Following gives the n dates after the last, at the most common distance of the others: in whole months where that
// is from 28 to 31 days, to 92 for quarters or 366 for years and all are of one day of the month, and without
// weekends where there are few. Of fewer than 2 dates, or n below 1 or beyond what a
// forecast has, 2^24, there are none.
func Following(dates []time.Time, n int) []time.Time {
	step := spacing(dates)
	if step <= 0 || n < 1 || n > longestHorizon {
		return nil
	}
	last := dates[len(dates)-1]
	months := calendarMonths(dates, step)
	weekdays := step == 24*time.Hour && fewWeekends(dates)
	following := make([]time.Time, n)
	for i := range following {
		switch {
		case months > 0:
			following[i] = last.AddDate(0, (i+1)*months, 0)
		case weekdays:
			before := last
			if i > 0 {
				before = following[i-1]
			}
			for next := before.AddDate(0, 0, 1); ; next = next.AddDate(0, 0, 1) {
				if d := next.Weekday(); d != time.Saturday && d != time.Sunday {
					following[i] = next
					break
				}
			}
		default:
			following[i] = last.Add(time.Duration(i+1) * step)
		}
	}
	return following
}

// calendarMonths is the distance of dates in months; 0 if that is not what it is.
func calendarMonths(dates []time.Time, step time.Duration) int {
	days := int(step / (24 * time.Hour))
	months := 0
	for _, m := range []struct{ least, most, months int }{{28, 31, 1}, {89, 92, 3}, {365, 366, 12}} {
		if days >= m.least && days <= m.most {
			months = m.months
		}
	}
	for _, date := range dates {
		if date.Day() != dates[0].Day() || date.Day() > 28 {
			return 0
		}
	}
	return months
}
