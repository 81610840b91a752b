package series

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// CSV says what to read from a table with a header line. The zero value reads every column as
// numbers.
type CSV struct {
	Columns []string // in this order; none means every column but those of Date and Series
	Date    string   // column with the dates, see Series; "" means none
	Series  string   // column with the name of each row's series, for ReadPanel; "" means one series
	Missing bool     // an empty field, NaN, NA or null is a gap; else it is an error
}

// OpenCSV is ReadCSV for a file.
func OpenCSV(path string, cfg CSV) (*Series, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "csv")
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

// ReadCSV reads fields separated by commas; name is that of the series, and stands for the table in
// errors. A table that begins as gzip's files do (RFC 1952) is unpacked on the way. Spaces around a field, empty lines and a byte order mark are left out; so in a table of one
// column, a gap is written NaN.
//
// Dates are written in one of these ways, the same in every row, and increase:
//
//	RFC 3339, 2006-01-02 15:04:05, 2006-01-02 15:04, 2006-01-02, 2006-01, the same with / or with T,
//	20060102, 2 Jan 2006, Jan 2006, 2006
//
// Neither 02/01/2006 nor 01/02/2006 is among them, since they cannot be told apart.
//
// It is an error, which says at which line of the table, counted from 1, and in which column, if
// a column is missing or there twice, if a row is longer or shorter than the header, if a field
// is no finite number (see Missing) or no date, if dates do not increase, or if there are no rows,
// no columns, or several series.
func ReadCSV(r io.Reader, name string, cfg CSV) (*Series, error) {
	p, err := ReadPanel(r, name, cfg)
	if err != nil {
		return nil, err
	}
	if len(p) > 1 {
		return nil, errors.Errorf("csv %q: %d series, wanted one; a panel holds several", name, len(p))
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
	if r == nil {
		return nil, errors.New("no reader")
	}
	table, header, err := openTable(r)
	if err != nil {
		return nil, err
	}
	columns, err := cfg.columns(header)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, j := range columns {
		names = append(names, header[j])
	}
	var p Panel
	byName := map[string]*Series{}
	group := slices.Index(header, cfg.Series)
	dates := dateReader{column: slices.Index(header, cfg.Date)}
	for {
		record, err := table.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		line, _ := table.FieldPos(0)
		if len(record) != len(header) {
			return nil, errors.Errorf("line %d: %d fields, the header has %d", line, len(record), len(header))
		}
		title := name
		if cfg.Series != "" {
			if title = strings.TrimSpace(record[group]); title == "" {
				return nil, errors.Errorf("line %d, column %q: empty, wanted the name of a series", line, cfg.Series)
			}
		}
		s := byName[title]
		if s == nil {
			s = &Series{Name: title, Names: slices.Clone(names)}
			byName[title] = s
			p = append(p, s)
		}
		if cfg.Date != "" {
			if s.Dates, err = dates.appendTo(s.Dates, record); err != nil {
				return nil, errors.Wrapf(err, "line %d, column %q", line, cfg.Date)
			}
		}
		row := make([]float64, len(columns))
		for k, j := range columns {
			if row[k], err = cfg.number(record[j]); err != nil {
				return nil, errors.Wrapf(err, "line %d, column %q", line, header[j])
			}
		}
		s.Values = append(s.Values, row)
	}
	if len(p) == 0 {
		return nil, errors.New("no rows after the header")
	}
	return p, nil
}

// openTable reads the header.
func openTable(r io.Reader) (*csv.Reader, []string, error) {
	buffered := bufio.NewReader(r)
	if magic, _ := buffered.Peek(2); string(magic) == "\x1f\x8b" {
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, nil, errors.WithStack(err)
		}
		buffered = bufio.NewReader(unpacked)
	}
	if mark, _ := buffered.Peek(3); string(mark) == "\uFEFF" {
		buffered.Discard(3)
	}
	table := csv.NewReader(buffered)
	table.FieldsPerRecord = -1 // a ragged row gets a message of ours
	table.TrimLeadingSpace = true
	header, err := table.Read()
	if err == io.EOF {
		return nil, nil, errors.New("empty, wanted a header line")
	}
	if err != nil {
		return nil, nil, errors.Wrap(err, "header")
	}
	for j, name := range header {
		header[j] = strings.TrimSpace(name)
		if slices.Contains(header[:j], header[j]) {
			return nil, nil, errors.Errorf("header: column %q is there twice", header[j])
		}
	}
	return table, header, nil
}

// columns are the places of the columns to read.
func (cfg CSV) columns(header []string) ([]int, error) {
	if cfg.Date != "" && !slices.Contains(header, cfg.Date) {
		return nil, errors.Errorf("no date column %q, wanted one of %q", cfg.Date, header)
	}
	if cfg.Series != "" && !slices.Contains(header, cfg.Series) {
		return nil, errors.Errorf("no series column %q, wanted one of %q", cfg.Series, header)
	}
	var columns []int
	for _, name := range cfg.Columns {
		j := slices.Index(header, name)
		if j < 0 {
			return nil, errors.Errorf("no column %q, wanted one of %q", name, header)
		}
		columns = append(columns, j)
	}
	if len(cfg.Columns) == 0 {
		for j, name := range header {
			if (cfg.Date == "" || name != cfg.Date) && (cfg.Series == "" || name != cfg.Series) {
				columns = append(columns, j)
			}
		}
	}
	if len(columns) == 0 {
		return nil, errors.Errorf("no column but the date %q and the series %q", cfg.Date, cfg.Series)
	}
	return columns, nil
}

// number reads a field.
func (cfg CSV) number(field string) (float64, error) {
	field = strings.TrimSpace(field)
	switch strings.ToLower(field) {
	case "", "nan", "na", "null":
		if cfg.Missing {
			return math.NaN(), nil
		}
		return 0, errors.Errorf("%q, wanted a number, or Missing to read gaps", field)
	}
	v, err := strconv.ParseFloat(field, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, errors.Errorf("%q, wanted a finite number", field)
	}
	return v, nil
}
