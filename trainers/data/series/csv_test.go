package series

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const weather = "day,temp,rain,sky\n2020-01-01,1.5,0,grey\n2020-01-02,,3,blue\n2020-01-03,-2e1,NaN,grey\n"

func TestReadCSV(t *testing.T) {
	for name, tc := range map[string]struct {
		table string
		cfg   CSV
		want  string // names, values, dates
	}{
		"plain":        {"a,b\n1,2\n3,4\n", CSV{}, "[a b] [[1 2] [3 4]] []"},
		"one column":   {"a\n1\n\n2", CSV{}, "[a] [[1] [2]] []"},
		"windows":      {"\uFEFF\"a\", \"b\"\r\n1, 2 \r\n", CSV{}, "[a b] [[1 2]] []"},
		"gaps":         {weather, CSV{Columns: []string{"rain", "temp"}, Date: "day", Missing: true}, "[rain temp] [[0 1.5] [3 NaN] [NaN -20]] [2020-01-01 2020-01-02 2020-01-03]"},
		"ways to miss": {"a,b\nNA,1\nnull,nan\n", CSV{Missing: true}, "[a b] [[NaN 1] [NaN NaN]] []"},
		"not the date": {"x,when,y\n1,1999,2\n", CSV{Date: "when"}, "[x y] [[1 2]] [1999-01-01]"},
		"quoted comma": {"\"a,b\",c\n1,2\n", CSV{Columns: []string{"a,b"}}, "[a,b] [[1]] []"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := ReadCSV(strings.NewReader(tc.table), "table", tc.cfg)
			if err != nil {
				t.Fatal(err)
			}
			days := []string{}
			for _, date := range s.Dates {
				days = append(days, date.Format("2006-01-02"))
			}
			if got := fmt.Sprint(s.Names, s.Values, days); got != tc.want || s.Name != "table" {
				t.Errorf("got %s, wanted %s", got, tc.want)
			}
		})
	}
}

func TestReadCSVErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		table string
		cfg   CSV
		want  []string
	}{
		"empty":          {"", CSV{}, []string{"empty", "header"}},
		"no rows":        {"a,b\n", CSV{}, []string{"no rows"}},
		"only a date":    {"a\n2020\n", CSV{Date: "a"}, []string{`no column but the date "a"`}},
		"missing column": {weather, CSV{Columns: []string{"snow"}}, []string{`"snow"`, `"day" "temp" "rain" "sky"`}},
		"missing date":   {weather, CSV{Date: "month"}, []string{`date column "month"`, `"day"`}},
		"twice":          {"a,b, a\n1,2,3\n", CSV{}, []string{`"a" is there twice`}},
		"ragged":         {"a,b\n1,2\n\n3\n", CSV{}, []string{"line 4", "1 fields", "the header has 2"}},
		"longer row":     {"a,b\n1,2,3\n", CSV{}, []string{"line 2", "3 fields", "the header has 2"}},
		"text":           {weather, CSV{Date: "day", Missing: true}, []string{"line 2", `column "sky"`, `"grey"`}},
		"gap":            {weather, CSV{Columns: []string{"temp"}}, []string{"line 3", `column "temp"`, `""`, "Missing"}},
		"NaN":            {weather, CSV{Columns: []string{"rain"}}, []string{"line 4", `column "rain"`, `"NaN"`}},
		"infinity":       {"a\n1\n-Inf\n", CSV{Missing: true}, []string{"line 3", `column "a"`, `"-Inf"`, "finite"}},
		"too large":      {"a\n1e999\n", CSV{}, []string{"line 2", `"1e999"`}},
		"quote":          {"a,b\n1,\"2\n", CSV{}, []string{"line 2", "quote"}},
		"header quote":   {"a,\"b\n", CSV{}, []string{"header", "quote"}},
		"no date":        {"a,b\n1,2020-01-01\n2,soon\n", CSV{Date: "b"}, []string{"line 3", `column "b"`, `"soon"`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadCSV(strings.NewReader(tc.table), "weather.csv", tc.cfg)
			wantError(t, err, append(tc.want, `csv "weather.csv"`)...)
		})
	}
	_, err := OpenCSV(filepath.Join(t.TempDir(), "none.csv"), CSV{})
	wantError(t, err, "none.csv")
}

func TestOpenCSV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weather.csv")
	if err := os.WriteFile(path, []byte(weather), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := OpenCSV(path, CSV{Columns: []string{"temp"}, Missing: true})
	if err != nil || len(s.Values) != 3 {
		t.Fatalf("%v, %v", s, err)
	}
	_, err = OpenCSV(path, CSV{})
	wantError(t, err, path)
}

func TestReadCSVUnpacks(t *testing.T) {
	cfg := CSV{Columns: []string{"temp", "rain"}, Date: "day", Missing: true}
	want, err := ReadCSV(strings.NewReader(weather), "weather.csv", cfg)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte("\uFEFF" + weather)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	all := packed.Bytes()
	got, err := ReadCSV(bytes.NewReader(all), "weather.csv", cfg)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, %v, wanted %v", got, err, want)
	}
	for _, n := range []int{5, len(all) - 12} {
		_, err := ReadCSV(bytes.NewReader(all[:n]), "weather.csv", cfg)
		wantError(t, err, `csv "weather.csv"`, "unexpected EOF")
	}
}

const shopSales = "shop,day,sold\nb,2024-01-03,1\n a ,2024-01-01,2\nb,2024-01-05,3\na,2024-01-04,NA\nb,2024-01-06,5\n"

func TestReadPanel(t *testing.T) {
	p, err := ReadPanel(strings.NewReader(shopSales), "sales", CSV{Series: "shop", Date: "day", Missing: true})
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, s := range p {
		got += fmt.Sprint(s.Name, s.Names, s.Values)
		for _, date := range s.Dates {
			got += date.Format(" 2")
		}
		got += "; "
	}
	if want := "b[sold] [[1] [3] [5]] 3 5 6; a[sold] [[2] [NaN]] 1 4; "; got != want {
		t.Errorf("got %s, wanted %s", got, want)
	}
	p, err = ReadPanel(strings.NewReader("v\n1\n2\n"), "table", CSV{})
	if err != nil || len(p) != 1 || p[0].Name != "table" || len(p[0].Values) != 2 {
		t.Errorf("one series: %v, %v", p, err)
	}
	s, err := ReadCSV(strings.NewReader("shop,v\na,1\na,2\n"), "table", CSV{Series: "shop"})
	if err != nil || s.Name != "a" || len(s.Values) != 2 {
		t.Errorf("a panel of one: %v, %v", s, err)
	}
}

func TestReadPanelErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		table string
		cfg   CSV
		want  []string
	}{
		"no such column": {shopSales, CSV{Series: "store"}, []string{`no series column "store"`, `"shop"`}},
		"no name":        {"shop,v\na,1\n ,2\n", CSV{Series: "shop"}, []string{`line 3, column "shop"`, "the name of a series"}},
		"only names":     {"shop\na\n", CSV{Series: "shop"}, []string{"no column but", `"shop"`}},
		"not increasing": {"shop,day,v\na,2024,1\nb,2023,2\na,2024,3\n", CSV{Series: "shop", Date: "day"}, []string{"line 4", `"2024" does not come after "2024"`}},
		"other layout":   {"shop,day,v\na,2024,1\nb,2023-01,2\n", CSV{Series: "shop", Date: "day"}, []string{"line 3", "as in line 2"}},
		"no rows":        {"shop,v\n", CSV{Series: "shop"}, []string{"no rows"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadPanel(strings.NewReader(tc.table), "sales.csv", tc.cfg)
			wantError(t, err, append(tc.want, `csv "sales.csv"`)...)
		})
	}
	_, err := ReadCSV(strings.NewReader(shopSales), "sales.csv", CSV{Series: "shop", Columns: []string{"sold"}, Missing: true})
	wantError(t, err, `csv "sales.csv": 2 series, wanted one`)
	_, err = OpenPanel(filepath.Join(t.TempDir(), "none.csv"), CSV{})
	wantError(t, err, "none.csv")
}

// Whatever is read without an error is a panel: series with names that differ, D names of columns, N
// rows of D finite values, gaps only where asked for, and increasing dates.
func FuzzCSV(f *testing.F) {
	for _, table := range []string{weather, shopSales, "a,b\n1,2\n", "\uFEFF\"a\"\r\n1\r\n", "a,a\n", "when,v\nJan 2020,1\nFeb 2020,NA\n", "when\n2020\n",
		",day;v\n0,31.12.2024 24:00;1,5\n", "sep=;\nwhen;v\n1.234,5;3 %\n", "Report\n\nwhen;v;\n01/02/2024;<1;\n", "\xff\xfev\x00\n\x001\x00"} {
		f.Add([]byte(table), "", "", false)
		f.Add([]byte(table), "when", "", true)
		f.Add([]byte(table), "day", "shop", true)
	}
	f.Fuzz(func(t *testing.T, table []byte, date, group string, missing bool) {
		p, err := ReadPanel(strings.NewReader(string(table)), "fuzz", CSV{Date: date, Series: group, Missing: missing})
		if err != nil {
			return
		}
		if len(p) == 0 || group == "" && len(p) != 1 {
			t.Fatalf("%d series, without an error", len(p))
		}
		names := map[string]bool{}
		for _, s := range p {
			if s.Name == "" || names[s.Name] {
				t.Fatalf("a series of no name, or two of the name %q", s.Name)
			}
			names[s.Name] = true
			if date != "" && s.Guess.Date != date && s.Guess.Date != strings.TrimSpace(date) {
				t.Fatalf("dates of column %q, wanted %q", s.Guess.Date, date)
			}
			checkSeries(t, s, s.Guess.Date, group, missing)
		}
	})
}

func checkSeries(t *testing.T, s *Series, date, group string, missing bool) {
	D := len(s.Names)
	if D == 0 || len(s.Values) == 0 || (date != "") != (len(s.Dates) == len(s.Values)) {
		t.Fatalf("names %q, %d rows, %d dates", s.Names, len(s.Values), len(s.Dates))
	}
	if slices.Contains(s.Names, date) && date != "" || slices.Contains(s.Names, group) && group != "" {
		t.Fatalf("names %q, with that of the date %q or the series %q", s.Names, date, group)
	}
	for i, row := range s.Values {
		if len(row) != D {
			t.Fatalf("row %d has %d values, there are %d names", i, len(row), D)
		}
		for _, v := range row {
			if math.IsInf(v, 0) || math.IsNaN(v) && !missing {
				t.Fatalf("row %d holds %g", i, v)
			}
		}
		if date != "" && i > 0 && !s.Dates[i].After(s.Dates[i-1]) {
			t.Fatalf("date %v after %v", s.Dates[i], s.Dates[i-1])
		}
	}
}
