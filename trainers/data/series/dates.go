package series

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/internal/brief"
)

// A place is a field as it stands in the table.
type place struct {
	text string
	line int
}

func (p place) String() string { return fmt.Sprintf("%s in line %d", brief.Quote(p.text), p.line) }

// A dateColumn reads a column of dates. It sees all of them, then settles how they are written, then reads each: so
// none is read in another way than those beside it.
type dateColumn struct {
	cfg   CSV
	zones map[int]*time.Location

	first              place
	form               string
	unsure, clocked    bool
	zoned              bool
	dayFirst, monthFst place // dates that are one day only so
	compact            bool  // digits alone that are all a calendar date with an hour
	length             int   // of these
	day                int   // place of the day among the first two numbers
}

// see takes in a date, and refuses one that is written in another way than the first.
func (d *dateColumn) see(p place) error {
	if d.cfg.Layout != "" {
		return nil
	}
	st, ok := scanStamp(p.text)
	if !ok {
		return errors.Errorf("date %s, wanted one such as 2006-01-02, 2006-01-02 15:04:05+01:00, 02/01/2006, 2 Jan 2006, 2006Q1, "+
			"Unix seconds; CSV.Layout reads others", brief.Quote(p.text))
	}
	form := st.form
	if st.digits != "" {
		form = digitForm(len(st.digits))
	}
	if d.first == (place{}) {
		*d = dateColumn{cfg: d.cfg, first: p, form: form, unsure: st.unsure, zoned: st.zoned, compact: true, length: len(st.digits)}
	}
	if form == "" || form != d.form {
		return errors.Errorf("date %s, wanted one like %s, as in line %d", brief.Quote(p.text), brief.Quote(d.first.text), d.first.line)
	}
	if st.clocked && st.zoned != d.zoned && d.clocked {
		return errors.Errorf("date %s, wanted one like %s, as in line %d: with an offset, or all without", brief.Quote(p.text), brief.Quote(d.first.text), d.first.line)
	}
	d.zoned, d.clocked = d.zoned || st.zoned, d.clocked || st.clocked
	if d.compact = d.compact && len(st.digits) == d.length && st.nanos == 0; d.compact {
		_, d.compact = compactDate(st.digits)
	}
	if st.unsure {
		day := isDay(st.numbers[2], st.numbers[1], st.numbers[0])
		month := isDay(st.numbers[2], st.numbers[0], st.numbers[1])
		if day && !month && d.dayFirst == (place{}) {
			d.dayFirst = p
		}
		if month && !day && d.monthFst == (place{}) {
			d.monthFst = p
		}
	}
	return nil
}

// digitForm is how so many digits are meant; "" if they are no date.
func digitForm(n int) string {
	switch {
	case n == 4:
		return "2006"
	case n == 8:
		return "20060102"
	case n < 9 || n > 19:
		return ""
	case n <= 11:
		return "Unix seconds"
	case n <= 14:
		return "Unix milliseconds"
	case n <= 17:
		return "Unix microseconds"
	}
	return "Unix nanoseconds"
}

// compactDate is 2006010215, 200601021504 or 20060102150405 of years that no Unix time of today looks like.
func compactDate(digits string) (t time.Time, ok bool) {
	if n := len(digits); n != 10 && n != 12 && n != 14 {
		return t, false
	}
	numbers, ok := calendar(digits)
	if !ok || numbers[0] < 1900 || numbers[0] > 2100 {
		return t, false
	}
	var clock [3]int
	for i := 0; 8+2*i < len(digits); i++ {
		clock[i], _ = strconv.Atoi(digits[8+2*i:][:2])
	}
	if clock[0] > 24 || clock[1] > 59 || clock[2] > 59 || clock[0] == 24 && clock[1]+clock[2] > 0 {
		return t, false
	}
	return time.Date(numbers[0], time.Month(numbers[1]), numbers[2], clock[0], clock[1], clock[2], 0, time.UTC), true
}

// settle decides what the dates of a column leave open one by one.
func (d *dateColumn) settle() error {
	if d.cfg.DayFirst && d.cfg.MonthFirst {
		return errors.New("DayFirst and MonthFirst, wanted one of them")
	}
	if d.compact {
		d.form = "20060102150405"[:d.length]
	}
	if !d.unsure {
		return nil
	}
	dotted := strings.HasPrefix(d.form, "02.")
	switch {
	case d.cfg.DayFirst:
	case d.cfg.MonthFirst:
		d.day = 1
	case d.dayFirst != (place{}) && d.monthFst != (place{}):
		return errors.Errorf("date %v has the day first, %v the month, wanted one order", d.dayFirst, d.monthFst)
	case d.dayFirst != (place{}) || dotted && d.monthFst == (place{}):
	case d.monthFst != (place{}):
		d.day = 1
	default:
		return unclear([]string{"DayFirst", "MonthFirst"}, "dates such as %v can have the day or the month first", d.first)
	}
	return nil
}

// describe says how the dates are written.
func (d *dateColumn) describe() string {
	if d.cfg.Layout != "" {
		return d.cfg.Layout
	}
	form := d.form
	if d.unsure {
		form = "day" + form[2:3] + "month" + form[2:3] + "year"
		if d.day == 1 {
			form = "month" + d.form[2:3] + "day" + d.form[2:3] + "year"
		}
	}
	if d.clocked {
		form += " 15:04"
	}
	if d.zoned {
		form += " with offsets"
	}
	return form
}

// parse reads a date that was seen, with the time of day of another column; "" is none.
func (d *dateColumn) parse(text, clock string) (time.Time, error) {
	if d.cfg.Layout != "" {
		return d.layout(text, clock)
	}
	st, ok := scanStamp(text)
	if !ok {
		return time.Time{}, errors.Errorf("no date %s", brief.Quote(text))
	}
	if clock != "" {
		if st.clocked {
			return time.Time{}, errors.Errorf("date %s has a time of day, and so has the column of times: %s", brief.Quote(text), brief.Quote(clock))
		}
		if !timeOfDay(clock, &st) {
			return time.Time{}, errors.Errorf("time of day %s, wanted one such as 15:04, 3:04 PM, or an hour from 0 to 24", brief.Quote(clock))
		}
	}
	after := time.Duration(st.seconds)*time.Second + time.Duration(st.nanos)
	if st.digits != "" {
		return d.ofDigits(st, text, after)
	}
	year, month, day := st.numbers[0], st.numbers[1], st.numbers[2]
	if st.unsure {
		year, month, day = st.numbers[2], st.numbers[1-d.day], st.numbers[d.day]
	}
	if !isDay(year, month, day) {
		return time.Time{}, errors.Errorf("date %s: there is no day %d of month %d of %d", brief.Quote(text), day, month, year)
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, d.zone(st.offset)).Add(after), nil
}

// ofDigits is a date of digits alone.
func (d *dateColumn) ofDigits(st stamp, text string, after time.Duration) (time.Time, error) {
	if d.compact {
		t, ok := compactDate(st.digits)
		if !ok {
			return t, errors.Errorf("no date %s", brief.Quote(text))
		}
		return t.Add(after), nil
	}
	switch d.form {
	case "2006":
		year, _ := strconv.Atoi(st.digits)
		if year < 1 {
			return time.Time{}, errors.Errorf("no year %s", brief.Quote(text))
		}
		return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Add(after), nil
	case "20060102":
		numbers, ok := calendar(st.digits)
		if !ok {
			return time.Time{}, errors.Errorf("date %s: there is no such day", brief.Quote(text))
		}
		return time.Date(numbers[0], time.Month(numbers[1]), numbers[2], 0, 0, 0, 0, time.UTC).Add(after), nil
	}
	units, ok := new(big.Int).SetString(st.digits, 10)
	if !ok {
		return time.Time{}, errors.Errorf("no date %s", brief.Quote(text))
	}
	perSecond := map[string]int64{"Unix seconds": 1, "Unix milliseconds": 1e3, "Unix microseconds": 1e6, "Unix nanoseconds": 1e9}[d.form]
	seconds, rest := new(big.Int).DivMod(units, big.NewInt(perSecond), new(big.Int))
	part := time.Duration(rest.Int64()) * time.Duration(1e9/perSecond)
	return time.Unix(seconds.Int64(), 0).UTC().Add(part + after/time.Duration(perSecond)), nil
}

// layout reads a date by CSV.Layout, whatever the zone of the machine.
func (d *dateColumn) layout(text, clock string) (time.Time, error) {
	if strings.Contains(d.cfg.Layout, "MST") {
		return time.Time{}, errors.Errorf("Layout %s: names of zones have no offset that all agree on, wanted Z07:00 or none", brief.Quote(d.cfg.Layout))
	}
	if clock != "" {
		text += " " + clock
	}
	t, err := time.ParseInLocation(d.cfg.Layout, strings.TrimSpace(text), time.UTC)
	if err != nil {
		return time.Time{}, errors.Errorf("date %s, wanted one like %s", brief.Quote(text), brief.Quote(d.cfg.Layout))
	}
	_, offset := t.Zone()
	return t.In(d.zone(offset)), nil
}

// zone is that of an offset, whatever zones the machine knows.
func (d *dateColumn) zone(offset int) *time.Location {
	if offset == 0 {
		return time.UTC
	}
	if d.zones == nil {
		d.zones = map[int]*time.Location{}
	}
	if d.zones[offset] == nil {
		d.zones[offset] = time.FixedZone("", offset)
	}
	return d.zones[offset]
}

// timeOfDay reads a field that is one, or a whole hour.
func timeOfDay(text string, st *stamp) bool {
	s := &scanner{strings.TrimSpace(text)}
	return s.clock(st) && s.done()
}
