package series

import (
	"math"
	"slices"
	"time"

	"github.com/pkg/errors"
)

// A Cycle is one of the calendar: what is known of a date however far ahead it lies.
//
// It is given as a point on a circle and not as a number that grows, so that its end lies beside its
// beginning: 23:00 is as near to midnight as 01:00 is. This is the first pair of the Fourier series
// by which Taylor & Letham, 2018 ("Forecasting at scale", section 3.2), model seasons; both values lie
// in [-1, 1] and need no scaler.
type Cycle string

const (
	HourOfDay   Cycle = "hour_of_day"   // minutes and seconds are parts of the hour
	DayOfWeek   Cycle = "day_of_week"   // from Monday
	DayOfMonth  Cycle = "day_of_month"  // of as many days as the month has
	MonthOfYear Cycle = "month_of_year" // from January
	DayOfYear   Cycle = "day_of_year"   // of 365 days or 366
)

// At is where a date stands in the cycle, on its own clock: sine and cosine of the angle, which is 0
// where the cycle begins. They are NaN if there is no such cycle.
func (c Cycle) At(date time.Time) (sin, cos float64) {
	return math.Sincos(2 * math.Pi * c.phase(date))
}

// phase is the part of the cycle that has passed, in [0, 1).
func (c Cycle) phase(date time.Time) float64 {
	year, month, day := date.Date()
	switch c {
	case HourOfDay:
		hour, minute, second := date.Clock()
		return float64(3600*hour+60*minute+second) / (24 * 3600)
	case DayOfWeek:
		return float64((date.Weekday()+6)%7) / 7
	case DayOfMonth:
		last := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC) // day 0 is the last of the month before
		return float64(day-1) / float64(last.Day())
	case MonthOfYear:
		return float64(month-1) / 12
	case DayOfYear:
		last := time.Date(year, time.December, 31, 0, 0, 0, 0, time.UTC)
		return float64(date.YearDay()-1) / float64(last.YearDay())
	}
	return math.NaN()
}

// WithCalendar is the panel with two more columns for each cycle, such as "hour_of_day_sin" and
// "hour_of_day_cos". The dates of the rows alone decide them.
//
// It is an error if a series has no dates, if there is no such cycle, or if a column is there already.
func (p Panel) WithCalendar(cycles ...Cycle) (Panel, error) {
	return p.each(func(_ int, s *Series) (*Series, error) {
		wide, err := s.withCalendar(cycles)
		return wide, errors.Wrap(err, "calendar")
	})
}

func (s *Series) withCalendar(cycles []Cycle) (*Series, error) {
	if err := s.checkDates(); err != nil {
		return nil, err
	}
	wide := *s
	wide.Names = slices.Clone(s.Names)
	wide.Values = clone(s.Values)
	for _, c := range cycles {
		if math.IsNaN(c.phase(time.Time{})) {
			return nil, errors.Errorf("no cycle %q, wanted one of %q", c,
				[]Cycle{HourOfDay, DayOfWeek, DayOfMonth, MonthOfYear, DayOfYear})
		}
		for _, name := range []string{string(c) + "_sin", string(c) + "_cos"} {
			if slices.Contains(wide.Names, name) {
				return nil, errors.Errorf("column %q is there already", name)
			}
			wide.Names = append(wide.Names, name)
		}
		for i, date := range s.Dates {
			sin, cos := c.At(date)
			wide.Values[i] = append(wide.Values[i], sin, cos)
		}
	}
	return &wide, nil
}
