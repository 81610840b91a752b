package series

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// readDates reads a column of dates.
func readDates(cfg CSV, dates ...string) ([]time.Time, error) {
	d := dateColumn{cfg: cfg}
	for i, date := range dates {
		if err := d.see(place{date, i + 2}); err != nil {
			return nil, err
		}
	}
	if err := d.settle(); err != nil {
		return nil, err
	}
	var read []time.Time
	for _, date := range dates {
		t, err := d.parse(date, "")
		if err != nil {
			return nil, err
		}
		read = append(read, t)
	}
	return read, nil
}

func TestDates(t *testing.T) {
	for date, want := range map[string]string{
		"2016-07-01T02:03:04Z":              "2016-07-01 02:03:04 +0000",
		"2016-07-01T02:03:04+02:00":         "2016-07-01 02:03:04 +0200",
		"2016-07-01T02:03:04":               "2016-07-01 02:03:04 +0000",
		"2016-07-01 02:03:04":               "2016-07-01 02:03:04 +0000",
		"2016-07-01 02:03:04+00:00":         "2016-07-01 02:03:04 +0000",
		"2016-07-01 02:03:04+0100":          "2016-07-01 02:03:04 +0100",
		"2016-07-01 02:03:04 +0100":         "2016-07-01 02:03:04 +0100",
		"2016-07-01 02:03:04-05":            "2016-07-01 02:03:04 -0500",
		"2016-07-01 02:03:04\u221205:30":    "2016-07-01 02:03:04 -0530",
		"2016-07-01 02:03:04 UTC":           "2016-07-01 02:03:04 +0000",
		"2016-07-01 02:03:04 +0000 UTC":     "2016-07-01 02:03:04 +0000",
		"2016-07-01T02:03:04+02:00[Europe]": "2016-07-01 02:03:04 +0200",
		"2016-07-01 02:03:04.25":            "2016-07-01 02:03:04.25 +0000",
		"2016-07-01 02:03:04,123456":        "2016-07-01 02:03:04.123456 +0000",
		"2016-07-01 02:03":                  "2016-07-01 02:03:00 +0000",
		"2016-07-01 02":                     "2016-07-01 02:00:00 +0000",
		"2016-07-01T0203":                   "2016-07-01 02:03:00 +0000",
		"20160701T020304Z":                  "2016-07-01 02:03:04 +0000",
		"20160701 02:03":                    "2016-07-01 02:03:00 +0000",
		"2016-07-01 24:00":                  "2016-07-02 00:00:00 +0000",
		"2016-12-31 24:00:00+01:00":         "2017-01-01 00:00:00 +0100",
		"2016-07-01 2:03 PM":                "2016-07-01 14:03:00 +0000",
		"2016-07-01 12:03:04 am":            "2016-07-01 00:03:04 +0000",
		"2016-7-1":                          "2016-07-01 00:00:00 +0000",
		"2016-07":                           "2016-07-01 00:00:00 +0000",
		"2016/07/01 02:03:04":               "2016-07-01 02:03:04 +0000",
		"2016/7/1 02:03":                    "2016-07-01 02:03:00 +0000",
		"2016/07":                           "2016-07-01 00:00:00 +0000",
		"2016.07.01":                        "2016-07-01 00:00:00 +0000",
		"20160701":                          "2016-07-01 00:00:00 +0000",
		"2016070102":                        "2016-07-01 02:00:00 +0000",
		"201607010203":                      "2016-07-01 02:03:00 +0000",
		"20160701020304":                    "2016-07-01 02:03:04 +0000",
		"1 Jul 2016":                        "2016-07-01 00:00:00 +0000",
		"01-Jul-2016 02:03":                 "2016-07-01 02:03:00 +0000",
		"1. July 2016":                      "2016-07-01 00:00:00 +0000",
		"Fri, 1 Jul 2016 02:03:04 GMT":      "2016-07-01 02:03:04 +0000",
		"Jul 2016":                          "2016-07-01 00:00:00 +0000",
		"July-2016":                         "2016-07-01 00:00:00 +0000",
		"Jul 1, 2016":                       "2016-07-01 00:00:00 +0000",
		"Sept. 1, 2016":                     "2016-09-01 00:00:00 +0000",
		"2016-Jul-01":                       "2016-07-01 00:00:00 +0000",
		"2016Q3":                            "2016-07-01 00:00:00 +0000",
		"2016-Q3":                           "2016-07-01 00:00:00 +0000",
		"2016 q3":                           "2016-07-01 00:00:00 +0000",
		"Q3 2016":                           "2016-07-01 00:00:00 +0000",
		" 2016 ":                            "2016-01-01 00:00:00 +0000",
		"13/07/2016":                        "2016-07-13 00:00:00 +0000",
		"7/13/2016 2:03:04 AM":              "2016-07-13 02:03:04 +0000",
		"31.12.2016 24:00":                  "2017-01-01 00:00:00 +0000",
		"1.2.2016":                          "2016-02-01 00:00:00 +0000",
		"1. 2. 2016":                        "2016-02-01 00:00:00 +0000",
		"1467338584":                        "2016-07-01 02:03:04 +0000",
		"1467338584.5":                      "2016-07-01 02:03:04.5 +0000",
		"1467338584250":                     "2016-07-01 02:03:04.25 +0000",
		"1467338584250000":                  "2016-07-01 02:03:04.25 +0000",
		"1467338584250000001":               "2016-07-01 02:03:04.250000001 +0000",
		"999999999":                         "2001-09-09 01:46:39 +0000",
	} {
		read, err := readDates(CSV{}, strings.TrimSpace(date))
		if err != nil {
			t.Error(err)
		} else if got := read[0].Format("2006-01-02 15:04:05.999999999 -0700"); got != want {
			t.Errorf("%q is %s, wanted %s", date, got, want)
		}
	}
}

// A column says what one date leaves open.
func TestDatesOfAColumn(t *testing.T) {
	for name, tc := range map[string]struct {
		cfg   CSV
		dates []string
		want  string // months and days
	}{
		"day first":        {CSV{}, []string{"01/02/2016", "13/02/2016"}, "2-1 2-13"},
		"month first":      {CSV{}, []string{"01/02/2016", "01/13/2016"}, "1-2 1-13"},
		"day first, said":  {CSV{DayFirst: true}, []string{"01/02/2016"}, "2-1"},
		"month said":       {CSV{MonthFirst: true}, []string{"01-02-2016"}, "1-2"},
		"dotted, American": {CSV{}, []string{"01.02.2016", "01.13.2016"}, "1-2 1-13"},
		"dotted, said":     {CSV{MonthFirst: true}, []string{"01.02.2016"}, "1-2"},
		"leap day":         {CSV{}, []string{"02/29/2016"}, "2-29"},
		"midnights":        {CSV{}, []string{"2016-07-01", "2016-07-01 01:00:00", "2016-07-01 02:00"}, "7-1 7-1 7-1"},
		"layout":           {CSV{Layout: "2/1/06"}, []string{"3/1/16", "10/1/16"}, "1-3 1-10"},
		"seconds":          {CSV{}, []string{"999999999", "1000000000"}, "9-9 9-9"},
		"not a calendar":   {CSV{}, []string{"2016070102", "2016080199"}, "11-20 11-20"},
	} {
		t.Run(name, func(t *testing.T) {
			read, err := readDates(tc.cfg, tc.dates...)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, date := range read {
				got = append(got, date.Format("1-2"))
			}
			if strings.Join(got, " ") != tc.want {
				t.Errorf("got %q, wanted %s", got, tc.want)
			}
		})
	}
}

// Summer time ends in Berlin: the same hour on the clock, an hour apart, and each on its own clock.
func TestDatesOfTwoOffsets(t *testing.T) {
	read, err := readDates(CSV{}, "2023-10-29 02:30:00+02:00", "2023-10-29 02:30:00+01:00")
	if err != nil {
		t.Fatal(err)
	}
	if d := read[1].Sub(read[0]); d != time.Hour || read[0].Hour() != 2 || read[1].Hour() != 2 {
		t.Errorf("%v and %v, wanted an hour apart at 2", read[0], read[1])
	}
}

func TestDatesErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		cfg   CSV
		dates []string
		want  []string
	}{
		"ambiguous":      {CSV{}, []string{"02/01/2016", "03/01/2016"}, []string{`"02/01/2016" in line 2`, "CSV.DayFirst or CSV.MonthFirst"}},
		"contradictory":  {CSV{}, []string{"13/01/2016", "01/13/2016"}, []string{`"13/01/2016" in line 2 has the day first, "01/13/2016" in line 3 the month`}},
		"not day first":  {CSV{DayFirst: true}, []string{"01/13/2016"}, []string{`"01/13/2016"`, "month 13"}},
		"both":           {CSV{DayFirst: true, MonthFirst: true}, []string{"01/13/2016"}, []string{"wanted one of them"}},
		"two digits":     {CSV{}, []string{"02/01/16"}, []string{`"02/01/16"`, "CSV.Layout"}},
		"empty":          {CSV{}, []string{""}, []string{`date ""`}},
		"no such day":    {CSV{}, []string{"2016-02-30"}, []string{"2016-02-30"}},
		"no leap year":   {CSV{}, []string{"29/02/2015"}, []string{"29/02/2015"}},
		"compact":        {CSV{}, []string{"20160230"}, []string{"20160230"}},
		"hour 25":        {CSV{}, []string{"2016-02-03 25:00"}, []string{"2016-02-03 25:00"}},
		"past midnight":  {CSV{}, []string{"2016-02-03 24:01"}, []string{"2016-02-03 24:01"}},
		"name of a zone": {CSV{}, []string{"2016-02-03 12:00 CET"}, []string{"2016-02-03 12:00 CET"}},
		"another layout": {CSV{}, []string{"2016-01-01", "2016/01/02"}, []string{`"2016/01/02"`, `like "2016-01-01", as in line 2`}},
		"another unit":   {CSV{}, []string{"1467338584", "1467338584000"}, []string{`"1467338584000"`}},
		"some offsets":   {CSV{}, []string{"2016-01-01 01:00Z", "2016-01-01 02:00"}, []string{`"2016-01-01 02:00"`, "with an offset, or all without"}},
		"layout":         {CSV{Layout: "2/1/06"}, []string{"2016-01-01"}, []string{`"2016-01-01", wanted one like "2/1/06"`}},
		"zone in layout": {CSV{Layout: "2006-01-02 MST"}, []string{"2016-01-01 CET"}, []string{"no offset that all agree on"}},
		"long":           {CSV{}, []string{strings.Repeat("x", 1<<20)}, []string{`xxxxx"... (1048576 bytes)`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readDates(tc.cfg, tc.dates...)
			wantError(t, err, tc.want...)
			if n := len(fmt.Sprint(err)); n > 300 {
				t.Errorf("an error of %d bytes", n)
			}
		})
	}
}
