package series

import (
	"testing"
	"time"
)

func TestFollowing(t *testing.T) {
	for _, tc := range []struct {
		name, layout string
		dates        []string
		want         []string
	}{
		{"hours", "2006-01-02 15", []string{"2020-02-28 21", "2020-02-28 22", "2020-02-28 23"}, []string{"2020-02-29 00", "2020-02-29 01"}},
		{"a gap", "2006-01-02", []string{"2020-01-01", "2020-01-02", "2020-01-03", "2020-01-08"}, []string{"2020-01-09", "2020-01-10"}},
		{"months", "2006-01", []string{"2020-09", "2020-10", "2020-11"}, []string{"2020-12", "2021-01", "2021-02"}},
		{"quarters", "2006-01", []string{"2020-01", "2020-04", "2020-07", "2020-10"}, []string{"2021-01", "2021-04"}},
		{"years", "2006", []string{"2019", "2020", "2021"}, []string{"2022", "2023", "2024", "2025"}},
		{"ends of months", "2006-01-02", []string{"2021-01-30", "2021-03-01"}, []string{"2021-03-31"}},
		{"weekdays", "2006-01-02", []string{"2020-01-01", "2020-01-02", "2020-01-03", "2020-01-06", "2020-01-07", "2020-01-08",
			"2020-01-09", "2020-01-10"}, []string{"2020-01-13", "2020-01-14"}},
		{"one", "2006", []string{"2020"}, nil},
		{"none", "2006", nil, nil},
	} {
		var dates []time.Time
		for _, date := range tc.dates {
			at, err := time.Parse(tc.layout, date)
			if err != nil {
				t.Fatal(err)
			}
			dates = append(dates, at)
		}
		got := Following(dates, max(2, len(tc.want)))
		if tc.want == nil && got != nil {
			t.Errorf("%s: %v, want none", tc.name, got)
		}
		for i, want := range tc.want {
			if got[i].Format(tc.layout) != want {
				t.Errorf("%s: %s, want %s", tc.name, got[i].Format(tc.layout), want)
			}
		}
	}
}
