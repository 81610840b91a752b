package series

import (
	"strings"
	"time"

	"github.com/pkg/errors"
)

// layouts are the ways to write a date. No text fits two of them.
var layouts = []string{
	time.RFC3339,
	"2006-1-2T15:04:05", "2006-1-2 15:04:05", "2006-1-2 15:04", "2006-1-2", "2006-1",
	"2006/1/2 15:04:05", "2006/1/2 15:04", "2006/1/2", "2006/1",
	"20060102", "2 Jan 2006", "Jan 2006", "2006",
}

// A dateReader reads one column of a table. The first date settles the layout, so that no later
// one is read in another way.
type dateReader struct {
	column int
	layout string
}

// appendTo adds the date of a record to those of its series.
func (d *dateReader) appendTo(dates []time.Time, record []string) ([]time.Time, error) {
	field := strings.TrimSpace(record[d.column])
	if d.layout == "" {
		d.layout = layoutOf(field)
	}
	if d.layout == "" {
		return nil, errors.Errorf("date %q, wanted one like %q", field, layouts)
	}
	date, err := time.Parse(d.layout, field)
	if err != nil {
		return nil, errors.Errorf("date %q, wanted one like %q, as in the first row", field, d.layout)
	}
	if n := len(dates); n > 0 && !date.After(dates[n-1]) {
		return nil, errors.Errorf("date %q does not come after %q", field, dates[n-1].Format(d.layout))
	}
	return append(dates, date), nil
}

// layoutOf is the layout of a date, "" if it has none.
func layoutOf(date string) string {
	for _, layout := range layouts {
		if _, err := time.Parse(layout, date); err == nil {
			return layout
		}
	}
	return ""
}
