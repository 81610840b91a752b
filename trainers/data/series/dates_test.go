package series

import (
	"testing"
	"time"
)

func TestDates(t *testing.T) {
	for date, want := range map[string]string{
		"2016-07-01T02:03:04Z":      "2016-07-01 02:03",
		"2016-07-01T02:03:04+02:00": "2016-07-01 00:03",
		"2016-07-01T02:03:04":       "2016-07-01 02:03",
		"2016-07-01 02:03:04":       "2016-07-01 02:03",
		"2016-07-01 02:03":          "2016-07-01 02:03",
		"2016-7-1":                  "2016-07-01 00:00",
		"2016-07-01":                "2016-07-01 00:00",
		"2016-07":                   "2016-07-01 00:00",
		"2016/07/01 02:03:04":       "2016-07-01 02:03",
		"2016/7/1 02:03":            "2016-07-01 02:03",
		"2016/07/01":                "2016-07-01 00:00",
		"2016/07":                   "2016-07-01 00:00",
		"20160701":                  "2016-07-01 00:00",
		"1 Jul 2016":                "2016-07-01 00:00",
		"Jul 2016":                  "2016-07-01 00:00",
		" 2016 ":                    "2016-01-01 00:00",
	} {
		var d dateReader
		if dates, err := d.appendTo(nil, []string{date}); err != nil {
			t.Error(err)
		} else if got := dates[0].UTC().Format("2006-01-02 15:04"); got != want {
			t.Errorf("%q is %s, wanted %s", date, got, want)
		}
	}
}

func TestDatesErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		dates []string
		want  []string
	}{
		"ambiguous":      {[]string{"02/01/2016"}, []string{`"02/01/2016"`, "2006-1-2"}},
		"empty":          {[]string{""}, []string{`date ""`}},
		"no such day":    {[]string{"2016-02-30"}, []string{"2016-02-30"}},
		"another layout": {[]string{"2016-01-01", "2016/01/02"}, []string{`"2016/01/02"`, `"2006-1-2"`, "first row"}},
		"not increasing": {[]string{"2016-01-02", "2016-01-01"}, []string{`"2016-01-01" does not come after "2016-1-2"`}},
		"twice":          {[]string{"2016", "2016"}, []string{`"2016" does not come after "2016"`}},
	} {
		t.Run(name, func(t *testing.T) {
			var d dateReader
			var dates []time.Time
			var err error
			for _, date := range tc.dates {
				dates, err = d.appendTo(dates, []string{date})
			}
			wantError(t, err, tc.want...)
		})
	}
}

// No date can be read in two ways.
func TestLayoutsDiffer(t *testing.T) {
	date := time.Date(2016, 7, 21, 2, 3, 4, 0, time.UTC)
	for _, written := range layouts {
		for _, read := range layouts {
			if _, err := time.Parse(read, date.Format(written)); (err == nil) != (read == written) {
				t.Errorf("%s, written as %q, read as %q: %v", date.Format(written), written, read, err)
			}
		}
	}
}
