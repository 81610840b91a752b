package series

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/internal/brief"
)

// roles are the columns of a table by what they are for; -1 where there is none.
type roles struct {
	values            []int
	date, time, group int
	guessed           bool // date is not what CSV says
}

// Names that programs give the column of row numbers, and people that of the time of day.
var (
	counterNames = []string{"index", "rownames", "row.names", "row_names", "...1", "X"}
	dateNames    = []string{"date", "dates", "datetime", "date_time", "day", "time", "timestamp", "ts", "ds", "epoch", "unix", "unixtime",
		"unix_time", "datum", "fecha", "data"}
	yearNames  = []string{"year", "jahr", "ann\u00e9e", "a\u00f1o", "anno", "jaar"}
	clockNames = []string{"time", "time of day", "hour", "hr", "zeit", "uhrzeit", "stunde", "heure", "hora", "ora", "tijd", "uur"}
)

// assign gives every column its role.
func (t *table) assign(cfg CSV) (roles, error) {
	r := roles{date: -1, time: -1, group: -1}
	for _, column := range []struct {
		what, name string
		at         *int
	}{{"date column", cfg.Date, &r.date}, {"time column", cfg.Time, &r.time}, {"series column", cfg.Series, &r.group}} {
		if column.name == "" {
			continue
		}
		if *column.at = t.find(column.name); *column.at < 0 {
			return r, errors.Errorf("no %s %s, wanted one of %s", column.what, brief.Quote(column.name), listed(t.names))
		}
	}
	for _, name := range cfg.Columns {
		j := t.find(name)
		if j < 0 {
			return r, errors.Errorf("no column %s, wanted one of %s", brief.Quote(name), listed(t.names))
		}
		r.values = append(r.values, j)
	}
	looks := t.survey(r, cfg.Layout)
	asked := make([]bool, len(t.names))
	for _, j := range r.values {
		asked[j] = true
	}
	taken := func(j int) bool { return asked[j] || j == r.date || j == r.time || j == r.group }
	left := -1
	if !taken(0) && t.guess.Header != NoHeader && (!t.named[0] || t.names[0] == "Unnamed: 0" || t.count > 2 && slices.Contains(counterNames, t.names[0])) {
		switch look := looks[0]; {
		case look.counts():
			if left = 0; len(cfg.Columns) == 0 || !t.named[0] {
				t.note("%s counts the rows and is left out", t.title(0))
			}
		case t.named[0]:
		case look.years && look.rising && look.lengthOf == 4 && cfg.Date == "" && len(cfg.Columns) == 0:
			return r, unclear([]string{"Date", "Columns"}, "column 1 has no name, and holds years or numbers of rows from %v on", look.first)
		case look.rising && look.lengthOf < 8:
			left = 0
			t.note("%s numbers rows from %s to %d and is left out", t.title(0), look.first.text, look.last)
		case cfg.Date == "" && look.isDate("date"):
			r.date, r.guessed = 0, true
			t.note("%s holds dates", t.title(0))
		case len(cfg.Columns) == 0 && !t.empty[0]:
			return r, unclear([]string{"Columns", "Date"}, "column 1 has no name, and holds %v", look.first)
		}
	}
	if r.date < 0 {
		var found []int
		for j, name := range t.names {
			if !taken(j) && j != left && looks[j].isDate(strings.ToLower(name)) {
				found = append(found, j)
			}
		}
		if len(found) > 1 && len(cfg.Columns) == 0 {
			return r, unclear([]string{"Date"}, "columns %s and %s both hold dates", brief.Quote(t.names[found[0]]), brief.Quote(t.names[found[1]]))
		}
		if len(found) == 1 {
			r.date, r.guessed = found[0], true
		}
	}
	if r.date < 0 && cfg.Time != "" {
		return r, errors.Errorf("time column %s, and no column that holds dates; Date names it", brief.Quote(cfg.Time))
	}
	if r.date < 0 && cfg.Layout != "" && !slices.ContainsFunc(looks, func(l look) bool { return l.broke != (place{}) }) {
		return r, errors.Errorf("no column holds dates such as %s, of %s; Date names it", brief.Quote(cfg.Layout), listed(t.names))
	}
	if r.date >= 0 && cfg.Time == "" && cfg.Layout == "" && !looks[r.date].clocked {
		r.time = t.findClock(looks, r.date, taken)
	}
	if len(cfg.Columns) == 0 {
		for j := range t.names {
			if taken(j) || j == left {
				continue
			}
			if !t.named[j] && t.empty[j] {
				t.note("column %d has no name and no fields, and is left out", j+1)
				continue
			}
			if broke := looks[j].broke; broke != (place{}) {
				return r, errors.Errorf("line %d, column %s: %s, wanted a date as in line %d, %s", broke.line, brief.Quote(t.names[j]),
					brief.Quote(broke.text), looks[j].first.line, brief.Quote(looks[j].first.text))
			}
			if looks[j].counts() && t.count > 2 {
				t.note("%s counts the rows and is read all the same", t.title(j))
			}
			r.values = append(r.values, j)
		}
	}
	if len(r.values) == 0 {
		return r, errors.Errorf("no column but the date %s and the series %s, of %s", brief.Quote(t.nameOf(r.date)), brief.Quote(cfg.Series), listed(t.names))
	}
	return r, nil
}

// find is the place of a column, -1 if there is none of that name.
func (t *table) find(name string) int {
	if j := slices.Index(t.names, name); j >= 0 {
		return j
	}
	return slices.Index(t.names, strings.TrimSpace(name))
}

func (t *table) nameOf(j int) string {
	if j < 0 {
		return ""
	}
	return t.names[j]
}

// title is what notes call a column.
func (t *table) title(j int) string {
	if !t.named[j] {
		return "column " + strconv.Itoa(j+1) + ", which has no name,"
	}
	return "column " + brief.Quote(t.names[j])
}

// findClock is a column of times of day beside dates that have none: one of that name that holds times, or hours where
// dates repeat; -1 if there is none.
func (t *table) findClock(looks []look, date int, taken func(j int) bool) int {
	for j, name := range t.names {
		if taken(j) || !slices.Contains(clockNames, strings.ToLower(name)) {
			continue
		}
		if looks[j].clocks || looks[j].hours && looks[date].repeats {
			return j
		}
	}
	return -1
}

// A look is what a column looks like.
type look struct {
	layout               string
	first                place // field that is no gap
	broke                place // the first that is no date, below dates
	dates, digits        bool  // all are dates; all are digits
	calendar             bool  // all are 20060102
	years                bool  // all are the year after the one before
	rising               bool  // all are whole numbers above the one before
	written              bool  // the field before is a date of more than digits
	clocked              bool  // a date has a time of day
	clocks, hours        bool  // all are times of day; all are whole hours
	repeats              bool  // a field is that of the row before
	from0, from1         bool  // all count the rows
	restart0, restart1   bool  // all count the rows of their series
	last                 int64
	before               string
	lengthOf, fieldsSeen int
}

func (l look) counts() bool {
	return l.fieldsSeen > 0 && (l.from0 || l.from1 || l.restart0 || l.restart1)
}

// isDate reports whether a column of that name can only be one of dates. Digits alone are, if they rise and are those of
// the calendar, or if the name says so.
func (l look) isDate(name string) bool {
	switch {
	case l.fieldsSeen == 0 || !l.dates:
		return false
	case !l.digits || l.layout != "":
		return true
	case l.lengthOf == 8:
		return l.rising && l.calendar && l.fieldsSeen > 1
	case l.lengthOf == 4:
		return l.years && slices.Contains(yearNames, name)
	}
	return l.rising && slices.Contains(dateNames, name)
}

// survey looks at all columns. Dates are written like layout; if that is "", as ReadCSV knows them.
func (t *table) survey(r roles, layout string) []look {
	looks := make([]look, len(t.names))
	for j := range looks {
		looks[j] = look{layout: layout, dates: true, digits: true, calendar: true, years: true, rising: true, clocks: true, hours: true,
			from0: true, from1: true, restart0: true, restart1: true}
	}
	row := map[string]int64{}
	t.each(func(i, line int, record []string) error {
		group := ""
		if r.group >= 0 {
			group = record[r.group]
		}
		for j, field := range record {
			looks[j].see(field, int64(i), row[group], line)
		}
		row[group]++
		return nil
	})
	return looks
}

// see takes in the field of row i, which is row k of its series.
func (l *look) see(field string, i, k int64, line int) {
	if isGap(field) {
		// a date may be missing, which is said later; a number of a row may not
		l.from0, l.from1, l.restart0, l.restart1, l.rising = false, false, false, false, false
		return
	}
	if l.fieldsSeen++; l.fieldsSeen == 1 {
		l.first, l.lengthOf = place{field, line}, len(field)
	}
	l.repeats = l.repeats || l.fieldsSeen > 1 && field == l.before
	l.before = field
	if l.digits || l.hours || l.rising || l.from0 || l.from1 || l.restart0 || l.restart1 {
		v, err := strconv.ParseInt(strings.TrimSuffix(field, ".0"), 10, 64)
		whole := err == nil
		l.from0, l.from1 = l.from0 && whole && v == i, l.from1 && whole && v == i+1
		l.restart0, l.restart1 = l.restart0 && whole && v == k, l.restart1 && whole && v == k+1
		l.rising = l.rising && whole && (l.fieldsSeen == 1 || v > l.last)
		l.years = l.years && whole && (l.fieldsSeen == 1 || v == l.last+1)
		l.hours = l.hours && whole && v >= 0 && v <= 24
		l.digits, l.last = l.digits && whole, v
	}
	if l.dates {
		st, ok := scanStamp(field)
		if l.layout != "" {
			_, err := time.Parse(l.layout, field)
			st, ok = stamp{clocked: st.clocked}, err == nil
		}
		if l.dates = ok; !ok && l.written {
			l.broke = place{field, line}
		}
		l.written = ok && st.digits == ""
		if l.calendar = l.calendar && len(field) == 8 && st.digits != ""; l.calendar {
			_, l.calendar = calendar(field)
		}
		l.clocked = l.clocked || st.clocked || st.digits != "" && len(st.digits) > 8
	}
	if l.clocks {
		var st stamp
		l.clocks = strings.Contains(field, ":") && timeOfDay(field, &st)
	}
}

// readDates reads the dates of all rows, which increase in each series.
func (t *table) readDates(cfg CSV, r roles) ([]time.Time, error) {
	d := &dateColumn{cfg: cfg}
	where := func(err error, line int) error {
		return errors.Wrapf(err, "line %d, column %s", line, brief.Quote(t.names[r.date]))
	}
	err := t.each(func(_, line int, record []string) error {
		if isGap(record[r.date]) {
			return where(errors.Errorf("%s, wanted a date", brief.Quote(record[r.date])), line)
		}
		return where(d.see(place{record[r.date], line}), line)
	})
	if err != nil {
		return nil, err
	}
	if err := d.settle(); err != nil {
		var u *Unclear
		if errors.As(err, &u) { // programs print Why alone
			return nil, unclear(u.Fields, "column %s: %s", brief.Quote(t.names[r.date]), u.Why)
		}
		return nil, errors.Wrapf(err, "column %s", brief.Quote(t.names[r.date]))
	}
	type last struct {
		place
		time.Time
	}
	before := map[string]last{}
	dates := make([]time.Time, 0, t.count)
	err = t.each(func(_, line int, record []string) error {
		clock, group, text := "", "", record[r.date]
		if r.time >= 0 {
			if clock = record[r.time]; clock == "" {
				return errors.Errorf("line %d, column %s: empty, wanted a time of day", line, brief.Quote(t.names[r.time]))
			}
			text += " " + clock
		}
		if r.group >= 0 {
			group = record[r.group]
		}
		date, err := d.parse(record[r.date], clock)
		if err != nil {
			return where(err, line)
		}
		if last, ok := before[group]; ok && !date.After(last.Time) {
			err := errors.Errorf("date %s does not come after %v", brief.Quote(text), last.place)
			if clock == "" && (date.Equal(last.Time) || date.Equal(dates[0])) {
				err = errors.Errorf("%v; CSV.Series names a column that tells series apart, CSV.Time one of times of day", err)
			}
			return where(err, line)
		}
		before[group] = last{place{text, line}, date}
		dates = append(dates, date)
		return nil
	})
	if err != nil {
		return nil, err
	}
	t.guess.Date, t.guess.Time, t.guess.Form = t.names[r.date], t.nameOf(r.time), d.describe()
	return dates, nil
}
