package series

import (
	"io"
	"math"
	"os"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/internal/brief"
)

// CSV says what to read from a table. The zero value reads every column as numbers, and finds out from the whole of
// the table how it is written; Series.Guess says what that was. A field that is set counts instead.
type CSV struct {
	Columns []string // in this order; none means every column but those of Date, Time and Series
	Date    string   // column with the dates, see ReadCSV; "" means the one that holds dates, if there is one
	Time    string   // column with the time of day that belongs to Date; "" means the one so called, if Date has none
	Series  string   // column with the name of each row's series, for ReadPanel; "" means one series
	Missing bool     // a field without a value is a gap, see ReadCSV; else it is an error

	Header     int    // line of the names of columns, from 1; 0 guesses, NoHeader says that there is none
	Comma      rune   // between fields; 0 guesses one of , ; tab and |
	Decimal    rune   // '.' or ',' of numbers; 0 guesses
	DayFirst   bool   // 01/02/2006 is the first of February; see MonthFirst
	MonthFirst bool   // 01/02/2006 is the second of January; neither guesses
	Layout     string // of dates, as in package time, "02/01/06" for two digits of a year; "" knows those of ReadCSV
	Encoding   string // such as "windows-1252", as browsers call them; "" is UTF-8, or UTF-16 with a byte order mark

	MaxBytes int64 // of the table, unpacked; 0 means 1 GiB, and for gzip at most 200 times what is packed
	MaxLine  int   // bytes of a line; 0 means 16 MiB
}

// OpenCSV is ReadCSV for a file.
func OpenCSV(path string, cfg CSV) (*Series, error) {
	f, err := os.Open(path)
	if err != nil {
		return &Series{}, errors.Wrap(err, "csv")
	}
	defer f.Close()
	return ReadCSV(f, path, cfg)
}

// OpenPanel is ReadPanel for a file.
func OpenPanel(path string, cfg CSV) (Panel, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "csv")
	}
	defer f.Close()
	return ReadPanel(f, path, cfg)
}

// OpenHeader is ReadHeader for a file.
func OpenHeader(path string, cfg CSV) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "csv")
	}
	defer f.Close()
	return ReadHeader(f, path, cfg)
}

// ReadHeader reads the names of the columns of a table, as CSV.Columns takes them; name stands for it in errors.
func ReadHeader(r io.Reader, name string, cfg CSV) ([]string, error) {
	t, _, err := openRows(r, cfg)
	if err != nil {
		return nil, errors.Wrapf(err, "csv %q", name)
	}
	return t.names, nil
}

// ReadCSV reads a table; name is that of the series, and stands for the table in errors. Spaces around a field and empty
// lines are left out; so in a table of one column, a gap is written NaN. A table that begins as gzip's files do (RFC 1952)
// is unpacked on the way.
//
// The table is UTF-8, or UTF-16, with a byte order mark or without, or what Encoding says. Fields are separated by commas,
// semicolons, tabs or bars, and may be quoted (RFC 4180). Lines before that of the names, names that are repeated further
// down, separators and empty rows at the end are left out. A first column without a name that counts the rows is left out,
// and one of dates is Date. Other columns without a name are called "column 2" and so on.
//
// Numbers have a decimal point or a decimal comma, the same in all of the table, and may have the other mark, a space or
// an apostrophe between thousands, a sign of Unicode and, in all of a column, a per cent sign, which is left out.
// These are gaps: an empty field, NaN, NA, N/A, <NA>, None, null, \N, NaT, #N/A and other errors of Excel, . .a ? - * and
// -- , and what is below or above a limit, <1. It is an error to find one without Missing.
//
// Dates are written in one of these ways, the same in every row, and increase:
//
//	2006-01-02, 2006-01, 2006, 2006/01/02, 2006.01.02, 20060102
//	02/01/2006, 01/02/2006, 02-01-2006, 02.01.2006: the day first or the month, as the whole column shows
//	2 Jan 2006, 02Jan2006, Jan 2, 2006, Jan 2006, 2006Q1, Q1 2006
//	seconds, milliseconds, microseconds or nanoseconds since 1970
//
// with a time of day perhaps, after a space or a T, such as 15:04, 15:04:05.999 or 3:04 PM, and an offset from Greenwich,
// such as Z, +01, +0100 or +01:00. 24:00 is the beginning of the next day. A date keeps its offset, and the calendar counts
// by it; one without is in UTC. Nothing depends on the zone or the language of the machine.
//
// It is an error, which says at which line of the table, counted from 1, and in which column, if
// a column is missing or there twice, if a row is longer or shorter than the header, if a field
// is no finite number (see Missing) or no date, if a byte is not text, if dates do not increase, or if there are no rows,
// no columns, or several series. A table that can be read in more than one way is an Unclear error. With an error the
// Series has no rows; it is not nil.
func ReadCSV(r io.Reader, name string, cfg CSV) (*Series, error) {
	p, err := ReadPanel(r, name, cfg)
	if err != nil {
		return &Series{}, err
	}
	if len(p) > 1 {
		return &Series{}, errors.Errorf("csv %q: %d series, wanted one; a panel holds several", name, len(p))
	}
	return p[0], nil
}

// ReadPanel reads a table in which the rows of several series lie one below the other, or mixed: the
// column CSV.Series tells them apart. They come in the order of their first rows. Dates increase in
// each series; else all is as for ReadCSV, and a row without the name of a series is an error.
func ReadPanel(r io.Reader, name string, cfg CSV) (Panel, error) {
	p, err := readPanel(r, name, cfg)
	return p, errors.Wrapf(err, "csv %q", name)
}

func readPanel(r io.Reader, name string, cfg CSV) (Panel, error) {
	t, err := readRows(r, cfg)
	if err != nil {
		return nil, err
	}
	roles, err := t.assign(cfg)
	if err != nil {
		return nil, err
	}
	var dates []time.Time
	if roles.date >= 0 {
		dates, err = t.readDates(cfg, roles)
		if err != nil && roles.guessed && len(cfg.Columns) > 0 {
			t.note("dates of column %s are left out: %v", brief.Quote(t.names[roles.date]), err) // nobody asked for them
			t.guess.Undated = t.names[roles.date]
			dates, err = nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
	numbers, err := t.readNumbers(cfg, roles)
	if err != nil {
		return nil, err
	}
	return t.panel(name, cfg, roles, dates, numbers)
}

// readNumbers finds out how the numbers of a table are written, and reads the columns of values: [rows·values].
func (t *table) readNumbers(cfg CSV, r roles) ([]float64, error) {
	var m marks
	percent := make([]place, len(t.names))
	plain := make([]place, len(t.names))
	censored, firstCensored := 0, place{}
	err := t.each(func(_, line int, record []string) error {
		for _, j := range r.values {
			field := record[j]
			if isCensored(field) {
				if censored++; censored == 1 {
					firstCensored = place{field, line}
				}
				continue
			}
			n, ok := numeralOf(field)
			if !ok {
				continue
			}
			m.see(n, place{field, line}, t.names[j])
			if n.percent {
				percent[j] = earlier(percent[j], field, line)
			} else {
				plain[j] = earlier(plain[j], field, line)
			}
			if percent[j] != (place{}) && plain[j] != (place{}) {
				return errors.Errorf("column %s: %v is in per cent, %v is not", brief.Quote(t.names[j]), percent[j], plain[j])
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if t.guess.Decimal, err = m.settle(cfg, t.guess.Comma); err != nil {
		return nil, err
	}
	for _, j := range r.values {
		if percent[j] != (place{}) {
			t.note("column %s is in per cent", brief.Quote(t.names[j]))
		}
	}
	if censored > 0 {
		t.note("%d fields such as %v are gaps", censored, firstCensored)
	}
	values := make([]float64, 0, t.count*len(r.values))
	err = t.each(func(_, line int, record []string) error {
		for _, j := range r.values {
			v, err := cfg.number(record[j], t.guess.Decimal)
			if err != nil {
				hint := ""
				if len(cfg.Columns) == 0 && kindOf(record[j]) == name {
					hint = "; CSV.Columns names the columns to read"
				}
				return errors.Errorf("line %d, column %s: %v%s", line, brief.Quote(t.names[j]), err, hint)
			}
			values = append(values, v)
		}
		return nil
	})
	return values, err
}

// earlier is the place of the first of several fields.
func earlier(p place, field string, line int) place {
	if p == (place{}) {
		return place{field, line}
	}
	return p
}

// number reads a field.
func (cfg CSV) number(field string, decimal rune) (float64, error) {
	if n, ok := numeralOf(field); ok {
		if v, ok := n.value(decimal); ok {
			return v, nil
		}
	} else if isGap(field) {
		if cfg.Missing {
			return math.NaN(), nil
		}
		return 0, errors.Errorf("%s, wanted a number, or Missing to read gaps", brief.Quote(field))
	}
	return 0, errors.Errorf("%s, wanted %s", brief.Quote(field), whatIsWrong(field, decimal))
}

// panel puts the rows into their series.
func (t *table) panel(name string, cfg CSV, r roles, dates []time.Time, numbers []float64) (Panel, error) {
	var p Panel
	byName := map[string]*Series{}
	D := len(r.values)
	err := t.each(func(i, line int, record []string) error {
		title := name
		if r.group >= 0 {
			if title = record[r.group]; title == "" {
				return errors.Errorf("line %d, column %s: empty, wanted the name of a series", line, brief.Quote(cfg.Series))
			}
		}
		s := byName[title]
		if s == nil {
			s = &Series{Name: strings.Clone(title), Guess: t.guess}
			for _, j := range r.values {
				s.Names = append(s.Names, t.names[j])
			}
			byName[s.Name] = s
			p = append(p, s)
		}
		if dates != nil {
			s.Dates = append(s.Dates, dates[i])
		}
		s.Values = append(s.Values, numbers[i*D:(i+1)*D:(i+1)*D])
		return nil
	})
	return p, err
}
