package cli

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers/data/series"
)

// Table is the flags that say how a table is written, where its rows leave that open.
type Table struct {
	CSV            series.CSV // but for Columns
	columns        string     // the flag that names columns, "" for -column
	comma, decimal string
}

// tableFlags are the flags by the field of series.CSV that they set.
var tableFlags = map[string]string{
	"Date": "-date", "Time": "-time", "Header": "-header", "Comma": "-comma", "Decimal": "-decimal",
	"DayFirst": "-day-first", "MonthFirst": "-month-first", "Layout": "-layout", "Encoding": "-encoding",
}

// Declare adds the flags to the command line. columns is the program's flag that names columns, such as "-column", date
// the default of -date.
func (t *Table) Declare(columns, date string) {
	t.columns = columns
	flag.StringVar(&t.CSV.Date, "date", date, "`name` of the column of dates (\"\": the one that holds dates, if there is one; -: none)")
	flag.StringVar(&t.CSV.Time, "time", "", "`name` of the column of the time of day, if it is not in that of dates")
	flag.IntVar(&t.CSV.Header, "header", 0, "`line` of the names of columns, from 1; -1: there is none; 0: guess it")
	flag.StringVar(&t.comma, "comma", "", "`mark` between fields (\"\": guess it)")
	flag.StringVar(&t.decimal, "decimal", "", "`mark` of numbers, a point or a comma (\"\": guess it)")
	flag.BoolVar(&t.CSV.DayFirst, "day-first", false, "dates such as 01/02/2006 begin with the day")
	flag.BoolVar(&t.CSV.MonthFirst, "month-first", false, "dates such as 01/02/2006 begin with the month")
	flag.StringVar(&t.CSV.Layout, "layout", "", "`layout` of dates that are written in another way, as Go has it: 2006-01-02 15:04")
	flag.StringVar(&t.CSV.Encoding, "encoding", "", "`name` of the encoding, such as windows-1252 (\"\": UTF-8 or UTF-16)")
}

// noDates is what -date says where the order of the rows is all there is.
const noDates = "-"

// Open reads columns of a table, all of them if there are none named, and says how it was read. Dates that are not in
// order, or not clear, are an error also where no flag names them: a table of the newest first would be forecast backwards.
func (t *Table) Open(path string, out io.Writer, columns ...string) (*series.Series, error) {
	cfg, err := t.settings()
	if err != nil {
		return nil, err
	}
	cfg.Columns = columns
	s, err := series.OpenCSV(path, cfg)
	if err == nil && s.Guess.Undated != "" && t.CSV.Date != noDates {
		cfg.Date = s.Guess.Undated
		if _, err := series.OpenCSV(path, cfg); err != nil {
			return nil, errors.Errorf("%v; -date %s reads the rows as they stand, without dates", withFlags(t.flagsOf(err).Error()), noDates)
		}
	}
	if err != nil {
		return nil, t.flagsOf(err)
	}
	fmt.Fprintf(out, "%s: %s\n", path, withFlags(s.Guess.String()))
	return s, nil
}

// withFlags names flags where a message names fields of series.CSV.
func withFlags(message string) string {
	for field, name := range tableFlags {
		message = strings.ReplaceAll(message, "CSV."+field, name)
	}
	return message
}

// OpenOnly reads the only column of a table that holds numbers. If there are others, the error lists them, and says that
// a flag names one.
func (t *Table) OpenOnly(path string, out io.Writer) (*series.Series, error) {
	cfg, err := t.settings()
	if err != nil {
		return nil, err
	}
	names, err := series.OpenHeader(path, cfg)
	if err != nil {
		return nil, t.flagsOf(err)
	}
	var failed error
	var numeric []string
	for _, name := range names {
		if name == cfg.Date || name == cfg.Time {
			continue
		}
		cfg.Columns = []string{name}
		s, err := series.OpenCSV(path, cfg)
		if err == nil && s.Guess.Date != name {
			numeric = append(numeric, name)
		} else if err != nil && failed == nil {
			failed = err
		}
	}
	switch {
	case len(numeric) == 1:
		return t.Open(path, out, numeric...)
	case len(numeric) > 1:
		return nil, errors.Errorf("-csv %s needs %s, the name of the one to forecast: columns of numbers are %q",
			path, cmp.Or(t.columns, "-column"), numeric)
	case failed == nil:
		return nil, errors.Errorf("-csv %s: no column of numbers among %q", path, names)
	}
	return nil, errors.Wrapf(t.flagsOf(failed), "no column of numbers among %q", names)
}

func (t *Table) settings() (series.CSV, error) {
	cfg := t.CSV
	if cfg.Date == noDates {
		cfg.Date = ""
	}
	for _, mark := range []struct {
		name, text string
		to         *rune
	}{{"comma", t.comma, &cfg.Comma}, {"decimal", t.decimal, &cfg.Decimal}} {
		text := strings.ReplaceAll(mark.text, `\t`, "\t")
		if utf8.RuneCountInString(text) > 1 {
			return cfg, errors.Errorf("-%s %q, want one character", mark.name, mark.text)
		}
		for _, r := range text {
			*mark.to = r
		}
	}
	return cfg, nil
}

// flagsOf is the error of a table that can be read in more than one way, with the flags that say which.
func (t *Table) flagsOf(err error) error {
	var unclear *series.Unclear
	if !errors.As(err, &unclear) {
		return err
	}
	var flags []string
	for _, field := range unclear.Fields {
		name := tableFlags[field]
		if field == "Columns" {
			name = cmp.Or(t.columns, "-column")
		}
		if name != "" {
			flags = append(flags, name)
		}
	}
	if len(flags) == 0 {
		return err
	}
	return errors.Errorf("%s; say which with %s", unclear.Why, strings.Join(flags, " or "))
}
