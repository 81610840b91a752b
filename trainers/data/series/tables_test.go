package series

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pkg/errors"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// shown is a series in one line.
func shown(s *Series) string {
	var b strings.Builder
	fmt.Fprint(&b, s.Names)
	for i, row := range s.Values {
		b.WriteString(" ")
		if s.Dates != nil {
			b.WriteString(s.Dates[i].Format("2006-01-02T15:04:05.999Z07:00="))
		}
		for j, v := range row {
			if j > 0 {
				b.WriteString("/")
			}
			fmt.Fprint(&b, v)
		}
	}
	return b.String()
}

// What pandas writes, and what it says, without a word of the user's. testdata/tables.py makes the tables.
func TestTablesOfPandas(t *testing.T) {
	const hours = "[load] 2024-03-30T22:00:00Z=1.5 2024-03-30T23:00:00Z=2.5 2024-03-31T00:00:00Z=3.5 2024-03-31T01:00:00Z=4.5"
	const berlin = "[load] 2024-03-30T23:00:00+01:00=1.5 2024-03-31T00:00:00+01:00=2.5 2024-03-31T01:00:00+01:00=3.5 2024-03-31T03:00:00+02:00=4.5"
	for file, tc := range map[string]struct{ want, guess string }{
		"counter":           {hours, `dates in "hour" as 2006-01-02 15:04; column 1, which has no name, counts the rows and is left out`},
		"unnamed-dates":     {hours, `dates in "column 1" as 2006-01-02 15:04; column 1, which has no name, holds dates`},
		"index":             {hours, `UTF-8, fields between ',', decimal points, names in line 1, dates in "hour" as 2006-01-02 15:04`},
		"utc":               {hours, `with offsets`},
		"berlin":            {berlin, ""},
		"offset":            {berlin, ""},
		"millis":            {strings.NewReplacer(":00Z", ":00.25Z").Replace(hours), ""},
		"days":              {"[load] 2024-03-30T00:00:00Z=1.5 2024-03-31T00:00:00Z=2.5 2024-04-01T00:00:00Z=3.5 2024-04-02T00:00:00Z=4.5", "as 2006-01-02"},
		"months":            {"[load] 2024-03-01T00:00:00Z=1.5 2024-04-01T00:00:00Z=2.5 2024-05-01T00:00:00Z=3.5 2024-06-01T00:00:00Z=4.5", "as 2006-01"},
		"quarters":          {"[load] 2024-01-01T00:00:00Z=1.5 2024-04-01T00:00:00Z=2.5 2024-07-01T00:00:00Z=3.5 2024-10-01T00:00:00Z=4.5", "as 2006Q1"},
		"seconds":           {hours, "as Unix seconds"},
		"millis-since-1970": {hours, "as Unix milliseconds"},
		"german":            {hours, `UTF-8, fields between ';', decimal commas, names in line 1, dates in "hour" as day.month.year 15:04`},
		"utf16":             {hours, `UTF-16, fields between '\t'`},
		"american":          {hours, "as month/day/year 15:04"},
		"gap":               {strings.Replace(hours, "2.5", "NaN", 1), ""},
		"filtered":          {"[load] 2024-03-30T22:00:00Z=1.5 2024-03-30T23:00:00Z=2.5 2024-03-31T01:00:00Z=4.5", "numbers rows from 0 to 3 and is left out"},
		"only-counter":      {"[load] 1.5 2.5 3.5 4.5", "no dates; column 1, which has no name, counts the rows"},
	} {
		t.Run(file, func(t *testing.T) {
			cfg := CSV{Missing: file == "gap"}
			if strings.Contains(file, "seconds") || strings.Contains(file, "1970") {
				cfg.Date = "hour" // numbers are numbers, if no name says else
			}
			s, err := OpenCSV(filepath.Join("testdata", "pandas-"+file+".csv"), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if undated := strings.Contains(s.Guess.String(), "are left out: "); undated != (s.Guess.Undated == "d") {
				t.Errorf("undated %q, guess %v", s.Guess.Undated, s.Guess)
			}
			if got := shown(s); got != tc.want {
				t.Errorf("got    %s\nwanted %s", got, tc.want)
			}
			if got := s.Guess.String(); !strings.Contains(got, tc.guess) || strings.Contains(got, "\n") {
				t.Errorf("guess %q, wanted one line with %q", got, tc.guess)
			}
		})
	}
	p, err := OpenPanel("testdata/pandas-panel.csv", CSV{Series: "shop"})
	if err != nil || len(p) != 2 || shown(p[0]) != hours || shown(p[1]) != hours {
		t.Errorf("panel %v, %v", p, err)
	}
	_, err = OpenCSV("testdata/pandas-no-names.csv", CSV{})
	wantUnclear(t, err, "line 1 holds no names of columns", "Header")
	s, err := OpenCSV("testdata/pandas-no-names.csv", CSV{Header: 1})
	if err != nil || shown(s) != "[0 1] 1.5/2 2.5/3" {
		t.Errorf("with a header in line 1 %v, %v", s, err)
	}
}

// wantUnclear fails unless err says this, and names the fields that make it clear.
func wantUnclear(t *testing.T, err error, text string, fields ...string) {
	t.Helper()
	wantError(t, err, text)
	var u *Unclear
	if !errors.As(err, &u) || !slices.Equal(u.Fields, fields) {
		t.Errorf("error %v, wanted it to name %q", err, fields)
	}
}

// Tables as people have them, each with the way that it is read.
func TestTables(t *testing.T) {
	for name, tc := range map[string]struct {
		table string
		cfg   CSV
		want  string
		guess string
	}{
		"R, write.csv":           {"\"\",\"x\",\"y\"\n\"1\",1.5,NA\n\"2\",2.5,3\n\"3\",4,5\n", CSV{Missing: true}, "[x y] 1.5/NaN 2.5/3 4/5", "counts the rows"},
		"R, write.table":         {"\"x\",\"y\"\n\"1\",1.5,2\n\"2\",2.5,3\n", CSV{}, "[x y] 1.5/2 2.5/3", "counts the rows"},
		"R, tabs":                {"x\ty\n1\t1.5\t2\n2\t2.5\t3\n", CSV{}, "[x y] 1.5/2 2.5/3", `between '\t'`},
		"R, write.csv2":          {"\"\";\"x\"\n\"1\";1,5\n\"2\";2,5\n", CSV{}, "[x] 1.5 2.5", "decimal commas"},
		"R, data sets":           {"rownames,value\n1,5\n2,7\n3,6\n", CSV{}, "[value] 5 7 6", `column "rownames" counts the rows and is left out`},
		"a counter with a name":  {"t,value\n1,5\n2,7\n3,6\n", CSV{}, "[t value] 1/5 2/7 3/6", `column "t" counts the rows and is read all the same`},
		"Excel, sep":             {"sep=;\na;b\n1;2,5\n", CSV{}, "[a b] 1/2.5", ""},
		"Excel, empty rows":      {"a,b,,\n1,2,,\n3,4,,\n,,,\n,,,\n", CSV{}, "[a b] 1/2 3/4", "2 rows of empty fields at the end left out"},
		"separators at the end":  {"a,b\n1,2,\n3,4,\n", CSV{}, "[a b] 1/2 3/4", "separators at the end of rows left out"},
		"separator at the end":   {"a,b,\n1,2,\n3,4,\n", CSV{}, "[a b] 1/2 3/4", "column 3 has no name and no fields"},
		"only in the header":     {"a,b,\n1,2\n3,4\n", CSV{}, "[a b] 1/2 3/4", ""},
		"bars":                   {"a|b\n1|2.5\n", CSV{}, "[a b] 1/2.5", "between '|'"},
		"CR":                     {"a,b\r1,2\r3,4\r", CSV{}, "[a b] 1/2 3/4", ""},
		"CRLF":                   {"a,b\r\n1,2\r\n\r\n3,4\r\n", CSV{}, "[a b] 1/2 3/4", ""},
		"no end of line":         {"a,b\n1,2\n3,4", CSV{}, "[a b] 1/2 3/4", ""},
		"lines in a name":        {"\"a\nin m\",b\n1,2\n", CSV{}, "[a\nin m b] 1/2", ""},
		"preamble":               {"Station: Potsdam\nFrom 1893 on\n\nday,temp\n2024-01-01,1.5\n2024-01-02,2.5\n", CSV{}, "[temp] 2024-01-01T00:00:00Z=1.5 2024-01-02T00:00:00Z=2.5", "names in line 4, dates in \"day\" as 2006-01-02; lines before line 4 left out"},
		"preamble of two fields": {"Station,7\nday,temp\n2024-01-01,1.5\n2024-01-02,2.5\n", CSV{}, "[temp] 2024-01-01T00:00:00Z=1.5 2024-01-02T00:00:00Z=2.5", "names in line 2"},
		"comments":               {"# made by hand\n# day, temp\nday,temp\n2024-01-01,1.5\n", CSV{}, "[temp] 2024-01-01T00:00:00Z=1.5", "names in line 3"},
		"names in a comment":     {"# day,temp\n2024-01-01,1.5\n", CSV{}, "[temp] 2024-01-01T00:00:00Z=1.5", ""},
		"header that is said":    {"x,y\nday,temp\n2024-01-01,1.5\n", CSV{Header: 2}, "[temp] 2024-01-01T00:00:00Z=1.5", ""},
		"no header":              {"1,2\n3,4\n", CSV{Header: NoHeader}, "[column 1 column 2] 1/2 3/4", "no line of names"},
		"no header, dates":       {"2024-01-01;1,5\n2024-01-02;2\n", CSV{Header: NoHeader}, "[column 2] 2024-01-01T00:00:00Z=1.5 2024-01-02T00:00:00Z=2", ""},
		"names once more":        {"day,temp\n2024-01-01,1\nday,temp\n2024-01-02,2\n", CSV{}, "[temp] 2024-01-01T00:00:00Z=1 2024-01-02T00:00:00Z=2", "1 lines that repeat the names left out"},
		"years as names":         {"place,2019,2020\na,1,2\n", CSV{Header: 1, Columns: []string{"2020"}}, "[2020] 2", ""},
		"decimal commas":         {"a;b\n1,5;1.234,5\n0,25;-2,5E+03\n", CSV{}, "[a b] 1.5/1234.5 0.25/-2500", "decimal commas"},
		"decimal commas alone":   {"v\n1,5\n2,75\n12,0\n", CSV{}, "[v] 1.5 2.75 12", "decimal commas"},
		"counting, with commas":  {"v\n1,5\n2,7\n3,4\n", CSV{}, "[v] 1.5 2.7 3.4", "decimal commas"},
		"decimal commas, quoted": {"a,b\n\"1,5\",\"2,5\"\n", CSV{}, "[a b] 1.5/2.5", "decimal commas"},
		"thousands":              {"a,b\n\"1,234.5\",\"12,345\"\n", CSV{}, "[a b] 1234.5/12345", "decimal points"},
		"points for thousands":   {"a;b\n1.234;1,5\n1.234.567;2,5\n", CSV{}, "[a b] 1234/1.5 1.234567e+06/2.5", ""},
		"thousands said":         {"a;b\n1.234;2\n", CSV{Decimal: ','}, "[a b] 1234/2", ""},
		"decimals said":          {"a;b\n1.234;2\n", CSV{Decimal: '.'}, "[a b] 1.234/2", ""},
		"three decimals":         {"a,b\n1.234,2.345\n", CSV{}, "[a b] 1.234/2.345", ""},
		"numbers like years":     {"a,b\n1949,20240101\n2.5,3.5\n", CSV{}, "[a b] 1949/2.0240101e+07 2.5/3.5", ""},
		"below one":              {"a;b\n0.234;2.345\n", CSV{}, "[a b] 0.234/2.345", ""},
		"spaces":                 {"a;b\n1 234,5;1\u00a0234\n12\u202f345,5;1\u2009234\u2009567\n", CSV{}, "[a b] 1234.5/1234 12345.5/1.234567e+06", ""},
		"apostrophes":            {"a;b\n1'234.5;1\u2019234.5\n", CSV{}, "[a b] 1234.5/1234.5", ""},
		"signs":                  {"a,b\n\u22121.5,+2\n\u2212 3,4\n", CSV{Columns: []string{"b"}}, "[b] 2 4", ""},
		"Unicode minus":          {"a\n\u22121.5\n\ufe634\n\uff0d2e\u22121\n", CSV{}, "[a] -1.5 -4 -0.2", ""},
		"per cent":               {"a,b\n12.5%,1\n3 %,2\n", CSV{}, "[a b] 12.5/1 3/2", `column "a" is in per cent`},
		"gaps": {"v,w\n,1\nNA,1\nN/A,1\n<NA>,1\nNaN,1\nnan,1\nNone,1\nnull,1\n#N/A,1\n.,1\n?,1\n-,1\n*,1\n\u2013,1\n#DIV/0!,1\n1,1\n",
			CSV{Columns: []string{"v"}, Missing: true}, "[v]" + strings.Repeat(" NaN", 15) + " 1", ""},
		"below the limit":        {"v,w\n<1,1\n< 0.5,1\n>=1000,1\n2,1\n", CSV{Columns: []string{"v"}, Missing: true}, "[v] NaN NaN NaN 2", `3 fields such as "<1" in line 2 are gaps`},
		"hour 24":                {"at,v\n2024-12-31 23:00,1\n2024-12-31 24:00,2\n2025-01-01 01:00,3\n", CSV{}, "[v] 2024-12-31T23:00:00Z=1 2025-01-01T00:00:00Z=2 2025-01-01T01:00:00Z=3", ""},
		"date and time":          {"Date,Time,v\n2024-01-01,22:00,1\n2024-01-01,23:30:30,2\n", CSV{}, "[v] 2024-01-01T22:00:00Z=1 2024-01-01T23:30:30Z=2", `dates in "Date" and "Time" as 2006-01-02`},
		"Datum und Uhrzeit":      {"Datum;Uhrzeit;v\n31.12.2024;23:00;1,5\n31.12.2024;24:00;2,5\n", CSV{}, "[v] 2024-12-31T23:00:00Z=1.5 2025-01-01T00:00:00Z=2.5", ""},
		"date and hour":          {"date,hour,v\n2024-01-01,1,5\n2024-01-01,2,6\n2024-01-01,24,7\n", CSV{}, "[v] 2024-01-01T01:00:00Z=5 2024-01-01T02:00:00Z=6 2024-01-02T00:00:00Z=7", ""},
		"an hour that is said":   {"date,h,v\n2024-01-01,1,5\n2024-01-01,2,6\n", CSV{Date: "date", Time: "h"}, "[v] 2024-01-01T01:00:00Z=5 2024-01-01T02:00:00Z=6", ""},
		"an hour of its own":     {"date,hour,v\n2024-01-01,7,5\n2024-01-02,8,6\n", CSV{}, "[hour v] 2024-01-01T00:00:00Z=7/5 2024-01-02T00:00:00Z=8/6", ""},
		"dates of digits":        {"day,v\n20240131,1\n20240201,2\n", CSV{}, "[v] 2024-01-31T00:00:00Z=1 2024-02-01T00:00:00Z=2", "as 20060102"},
		"digits of no calendar":  {"day,v\n20240131,1\n20240132,2\n", CSV{}, "[day v] 2.0240131e+07/1 2.0240132e+07/2", ""},
		"Unix time by its name":  {"timestamp,v\n1711836000,1\n1711839600,2\n", CSV{}, "[v] 2024-03-30T22:00:00Z=1 2024-03-30T23:00:00Z=2", "as Unix seconds"},
		"years by their name":    {"Year,v\n1949,1\n1950,2\n", CSV{}, "[v] 1949-01-01T00:00:00Z=1 1950-01-01T00:00:00Z=2", "as 2006"},
		"day first":              {"d,v\n01/02/2024,1\n13/02/2024,2\n", CSV{}, "[v] 2024-02-01T00:00:00Z=1 2024-02-13T00:00:00Z=2", "as day/month/year"},
		"month first":            {"d,v\n01/02/2024,1\n01/13/2024,2\n", CSV{}, "[v] 2024-01-02T00:00:00Z=1 2024-01-13T00:00:00Z=2", "as month/day/year"},
		"day first, said":        {"d,v\n01/02/2024,1\n", CSV{DayFirst: true}, "[v] 2024-02-01T00:00:00Z=1", ""},
		"Stata":                  {"d,v\n01jan2024,.a\n02jan2024,2\n", CSV{Missing: true}, "[v] 2024-01-01T00:00:00Z=NaN 2024-01-02T00:00:00Z=2", "as 2 Jan 2006"},
		"SAS":                    {"d,v\n01JAN2024 23:00,1\n02JAN2024 01:00,2\n", CSV{}, "[v] 2024-01-01T23:00:00Z=1 2024-01-02T01:00:00Z=2", ""},
		"NULL of MySQL":          {"v,w\n1,\\N\n2,3\n", CSV{Missing: true}, "[v w] 1/NaN 2/3", ""},
		"layout alone":           {"d,v\n13/01/24,1\n14/01/24,2\n", CSV{Layout: "02/01/06"}, "[v] 2024-01-13T00:00:00Z=1 2024-01-14T00:00:00Z=2", `dates in "d" as 02/01/06`},
		"layout of digits":       {"v,d\n5,130124\n6,140124\n", CSV{Layout: "020106"}, "[v] 2024-01-13T00:00:00Z=5 2024-01-14T00:00:00Z=6", ""},
		"time alone":             {"d,ending,v\n01/13/2024,1,5\n01/13/2024,24,6\n", CSV{Time: "ending"}, "[v] 2024-01-13T01:00:00Z=5 2024-01-14T00:00:00Z=6", `dates in "d" and "ending"`},
		"by its number":          {",v,w\n2024-01-01,1,2\n", CSV{Date: "column 1", Columns: []string{"w"}}, "[w] 2024-01-01T00:00:00Z=2", ""},
		"years by its number":    {",v\n1949,1\n1950,2\n", CSV{Date: "column 1"}, "[v] 1949-01-01T00:00:00Z=1 1950-01-01T00:00:00Z=2", ""},
		"dates nobody asked for": {"d,v\n01/02/2024,1\n01/03/2024,2\n", CSV{Columns: []string{"v"}}, "[v] 1 2", `dates of column "d" are left out`},
		"unsorted, not asked":    {"d,v\n2024-01-02,1\n2024-01-01,2\n", CSV{Columns: []string{"v"}}, "[v] 1 2", `dates of column "d" are left out: line 3`},
		"Latin-1, said":          {latin1(t, "p\u00eache,v\n1,2\n"), CSV{Encoding: "latin1"}, "[pêche v] 1/2", "windows-1252"},
		"UTF-16, big-endian":     {utf16(t, unicode.BigEndian, "pêche;v\n1;2\n"), CSV{}, "[pêche v] 1/2", "UTF-16"},
		"UTF-16, little-endian":  {utf16(t, unicode.LittleEndian, "pêche;v\r\n1;2\r\n"), CSV{}, "[pêche v] 1/2", "UTF-16"},
		"UTF-16, gzip":           {packed(t, utf16(t, unicode.LittleEndian, "v\n1\n")), CSV{}, "[v] 1", "UTF-16"},
		"mark":                   {"\uFEFFpêche,v\n1,2\n", CSV{}, "[pêche v] 1/2", "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := ReadCSV(strings.NewReader(tc.table), "t.csv", tc.cfg)
			if err != nil {
				t.Fatal(err)
			}
			if undated := strings.Contains(s.Guess.String(), "are left out: "); undated != (s.Guess.Undated == "d") {
				t.Errorf("undated %q, guess %v", s.Guess.Undated, s.Guess)
			}
			if got := shown(s); got != tc.want {
				t.Errorf("got    %s\nwanted %s", got, tc.want)
			}
			if got := s.Guess.String(); !strings.Contains(got, tc.guess) {
				t.Errorf("guess %q, wanted %q in it", got, tc.guess)
			}
		})
	}
}

func latin1(t *testing.T, text string) string {
	t.Helper()
	s, err := charmap.ISO8859_1.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func utf16(t *testing.T, order unicode.Endianness, text string) string {
	t.Helper()
	s, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What can be read in two ways is refused, with its place and the field that says which.
func TestTablesThatAreUnclear(t *testing.T) {
	for name, tc := range map[string]struct {
		table  string
		cfg    CSV
		text   string
		fields []string
	}{
		"day or month":         {"d,v\n01/02/2024,1\n01/03/2024,2\n", CSV{}, `column "d": dates such as "01/02/2024" in line 2`, []string{"DayFirst", "MonthFirst"}},
		"comma":                {"a;b\n1,234;5\n", CSV{}, `"1,234" in line 2, column "a": the comma can be for decimals or for thousands`, []string{"Decimal"}},
		"point":                {"a;b\n1.234;5\n", CSV{}, `"1.234" in line 2, column "a": the point can be`, []string{"Decimal"}},
		"both":                 {"a;b\n1.5;5\n2;3,5\n", CSV{}, `"1.5" in line 2, column "a", has a decimal point and "3,5" in line 3, column "b", a decimal comma`, []string{"Decimal"}},
		"no names":             {"1,2\n3,4\n", CSV{}, "line 1 holds no names of columns", []string{"Header"}},
		"units":                {"day,temp\nUTC,celsius\n2024-01-01,1\n", CSV{}, "lines 1 and 2 can both hold the names", []string{"Header"}},
		"two columns of dates": {"from,to,v\n2024-01-01,2024-01-02,1\n", CSV{}, `columns "from" and "to" both hold dates`, []string{"Date"}},
		"years or rows":        {",v\n1949,1\n1950,2\n", CSV{}, `column 1 has no name, and holds years or numbers of rows from "1949" in line 2`, []string{"Date", "Columns"}},
		"no name":              {",v\n7,1\n3,2\n", CSV{}, `column 1 has no name, and holds "7" in line 2`, []string{"Columns", "Date"}},
		"Latin-1":              {latin1(t, "v,pêche\n1,2\n"), CSV{}, `line 1, column 2, byte 2 of the field: 0xea is no UTF-8, perhaps windows-1252`, []string{"Encoding"}},
		"Latin-1 further down": {latin1(t, "shop,v\na,1\npêche,2\n"), CSV{Series: "shop"}, `line 3, column 1 ("shop"), byte 2 of the field: 0xea`, []string{"Encoding"}},
		"UTF-16 without mark":  {utf16(t, unicode.LittleEndian, "a,b\n1,2\n")[2:], CSV{}, "line 1, byte 2: a NUL byte", []string{"Encoding"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadPanel(strings.NewReader(tc.table), "t.csv", tc.cfg)
			wantUnclear(t, err, tc.text, tc.fields...)
		})
	}
}

// What is no table is refused with its place.
func TestTablesThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct {
		table string
		cfg   CSV
		want  string
	}{
		"unsorted":            {"day,v\n02 Jan 2024,1\n01 Jan 2024,2\n", CSV{}, `line 3, column "day": date "01 Jan 2024" does not come after "02 Jan 2024" in line 2`},
		"unsorted, two":       {"date,time,v\n2024-01-01,02:00,1\n2024-01-01,01:00,2\n", CSV{}, `line 3, column "date": date "2024-01-01 01:00" does not come after "2024-01-01 02:00" in line 2`},
		"the same instant":    {"at,v\n2024-10-27 02:00+02:00,1\n2024-10-27 01:00+01:00,2\n", CSV{}, `date "2024-10-27 01:00+01:00" does not come after "2024-10-27 02:00+02:00" in line 2`},
		"twice":               {"day,v\n2024-01-01,1\n2024-01-01,2\n", CSV{}, "CSV.Series names a column that tells series apart"},
		"currency":            {"v\n1\n$2\n", CSV{}, `line 3, column "v": "$2", wanted a finite number without the sign of a currency`},
		"euro":                {"a;v\n1;2,50 €\n", CSV{}, `line 2, column "v": "2,50 €"`},
		"unit":                {"v\n1\n2 km\n", CSV{}, `line 3, column "v": "2 km", wanted a finite number`},
		"per cent of some":    {"v\n1%\n2\n", CSV{}, `column "v": "1%" in line 2 is in per cent, "2" in line 3 is not`},
		"other decimals":      {"a;v\n1;2.5\n", CSV{Decimal: ','}, `line 2, column "v": "2.5", wanted a number with the decimal mark ','`},
		"bad thousands":       {"v\n1'23\n", CSV{}, `"1'23"`},
		"gap":                 {"a,v\n1,<1\n", CSV{}, `line 2, column "v": "<1", wanted a number, or Missing`},
		"gap in the dates":    {"day,v\n2024-01-01,1\n,2\n2024-01-03,3\n", CSV{}, `line 3, column "day": "", wanted a date`},
		"line after preamble": {"Report\n\nday,v\n2024-01-01,x\n", CSV{}, `line 4, column "v": "x"`},
		"ragged after it":     {"Report\n\nday,v\n2024-01-01,1\n2024-01-02\n", CSV{}, `line 5: 1 fields, the header has 2 (line 3)`},
		"quote after it":      {"Report\n\nday,v\n2024-01-01,1\n2024-01-02,\"1\n", CSV{}, "line 5"},
		"commas not quoted":   {"day,v\n2024-01-01,1,5\n2024-01-02,2,5\n", CSV{}, "line 2: 3 fields, the header has 2"},
		"the same, counting":  {"id,v\n1,1,5\n2,2,5\n", CSV{}, "line 2: 3 fields, the header has 2"},
		"footer":              {"day,v\n2024-01-01,1\n2024-01-02,2\nTotal,3\n", CSV{}, `line 4, column "day": "Total", wanted a date as in line 2, "2024-01-01"`},
		"text":                {"shop,v\na,1\n", CSV{}, `line 2, column "shop": "a", wanted a finite number; CSV.Columns names the columns to read`},
		"short footer":        {"day,v\n2024-01-01,1\n2024-01-02,2\nSource: me\n", CSV{}, "line 4: 1 fields"},
		"time without date":   {"at,v\n1,2\n", CSV{Time: "at"}, `time column "at", and no column that holds dates; Date names it`},
		"no time column":      {"at,v\n2024-01-01,2\n", CSV{Date: "at", Time: "h"}, `no time column "h", wanted one of ["at" "v"]`},
		"no such time":        {"at,h,v\n2024-01-01,25,2\n", CSV{Date: "at", Time: "h"}, `time of day "25"`},
		"time twice":          {"at,h,v\n2024-01-01 10:00,7,2\n", CSV{Date: "at", Time: "h"}, "has a time of day, and so has the column of times"},
		"encoding":            {"v\n1\n", CSV{Encoding: "klingon"}, `encoding "klingon"`},
		"decimal":             {"v\n1\n", CSV{Decimal: ';'}, `Decimal ';'`},
		"decimal, dates":      {"d,v\n01/02/2024,1\n", CSV{Decimal: 'x'}, `Decimal 'x'`},
		"line of names":       {"v\n1\n", CSV{Header: -7}, `Header -7, wanted a line from 1`},
		"separator":           {"v\n1\n", CSV{Comma: '\n'}, `Comma '\n', wanted a character`},
		"no such separator":   {"v\n1\n", CSV{Comma: 1 << 30}, `wanted a character that can stand between fields`},
		"no such layout":      {"d,v\n13/01/24,1\n", CSV{Layout: "2006_01"}, `no column holds dates such as "2006_01", of ["d" "v"]; Date names it`},
		"another layout":      {"d,v\n13/01/24,1\n14-01-24,2\n", CSV{Layout: "02/01/06"}, `line 3, column "d": "14-01-24", wanted a date as in line 2, "13/01/24"`},
		"several series":      {"shop,d,v\na,2024-01-01,1\na,2024-01-02,2\nb,2024-01-01,3\n", CSV{Columns: []string{"v"}, Date: "d"}, `"2024-01-02" in line 3; CSV.Series names a column`},
		"workbook":            {"PK\x03\x04\x14\x00", CSV{}, "it is a zip archive, as workbooks of Excel and LibreOffice are, wanted a table as text"},
		"packed twice":        {packed(t, "PK\x03\x04\x14\x00"), CSV{}, "it is a zip archive"},
		"bzip2":               {"BZh91AY&SY\x00", CSV{}, "it is packed by bzip2"},
		"header past the end": {"v\n1\n", CSV{Header: 9}, "line 9, the header: the table ends before it"},
		"NUL":                 {"v\n1\x00\n", CSV{}, "line 2, byte 2: a NUL byte"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadCSV(strings.NewReader(tc.table), "t.csv", tc.cfg)
			wantError(t, err, tc.want, `csv "t.csv"`)
		})
	}
}

func TestReadHeader(t *testing.T) {
	names, err := ReadHeader(strings.NewReader("Report\n\n;b;c\n1;2;3,5\n"), "t.csv", CSV{})
	if err != nil || !slices.Equal(names, []string{"column 1", "b", "c"}) {
		t.Errorf("%q, %v", names, err)
	}
	_, err = ReadHeader(strings.NewReader(""), "t.csv", CSV{})
	wantError(t, err, `csv "t.csv": empty`)
	_, err = OpenHeader(filepath.Join(t.TempDir(), "none.csv"), CSV{})
	wantError(t, err, "none.csv")
	names, err = OpenHeader("testdata/pandas-german.csv", CSV{})
	if err != nil || !slices.Equal(names, []string{"hour", "load"}) {
		t.Errorf("%q, %v", names, err)
	}
}

// repeat reads a text over and over, n bytes in all.
type repeat struct {
	text string
	n    int
	at   int
}

func (r *repeat) Read(p []byte) (int, error) {
	if r.n <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && r.n > 0 {
		p[n] = r.text[r.at%len(r.text)]
		n, r.at, r.n = n+1, r.at+1, r.n-1
	}
	return n, nil
}

// Memory does not grow with a table that is no table, however large it is.
func TestTablesTooLarge(t *testing.T) {
	bomb := func(text string, n int) io.Reader { // members of a gzip file follow one another
		member := packed(t, strings.Repeat(text, 1<<20/len(text)))
		return strings.NewReader(strings.Repeat(member, n>>20))
	}
	const huge = 1 << 40
	for name, tc := range map[string]struct {
		table io.Reader
		cfg   CSV
		want  string
	}{
		"zeros":               {&repeat{text: "\x00", n: huge}, CSV{}, "line 1, byte 1: a NUL byte"},
		"one line":            {&repeat{text: "1,", n: huge}, CSV{}, "line 1 is longer than the limit of 16777216 bytes; CSV.MaxLine sets it"},
		"a line further down": {io.MultiReader(strings.NewReader("a,b\n1,2\n"), &repeat{text: "7", n: huge}), CSV{}, "line 3 is longer"},
		"a quote left open":   {io.MultiReader(strings.NewReader("a,b\n1,2\n1,\""), &repeat{text: "7\n", n: huge}), CSV{}, "is longer than the limit"},
		"a line by limit":     {&repeat{text: "1,", n: huge}, CSV{MaxLine: 100}, "line 1 is longer than the limit of 100 bytes"},
		"rows by limit":       {io.MultiReader(strings.NewReader("a,b\n"), &repeat{text: "1,2\n", n: huge}), CSV{MaxBytes: 1 << 20}, "more than the limit of 1048576 bytes; CSV.MaxBytes sets it"},
		"bomb of rows":        {bomb("a,b\n", 200<<20), CSV{}, "unpacks to more than 200 times its size"},
		"bomb of a word":      {bomb("a", 100<<20), CSV{}, "line 1 is longer"},
		"bomb of a line":      {bomb("1,", 100<<20), CSV{}, "line 1 is longer"},
		"bomb of a quote":     {bomb("\"a\n", 200<<20), CSV{}, ""},
		"below 0":             {strings.NewReader("a\n1\n"), CSV{MaxBytes: -1}, "MaxBytes -1"},
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name == "bomb of rows" {
				t.Skip("takes some seconds")
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := ReadCSV(tc.table, "t.csv", tc.cfg)
			wantError(t, err, tc.want)
			if n := len(err.Error()); n > 400 {
				t.Errorf("an error of %d bytes", n)
			}
			runtime.ReadMemStats(&after)
			if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 600<<20 {
				t.Errorf("the heap grew by %d MB", grown>>20)
			}
		})
	}
	// A table that packs well is none of them, and a limit that is said counts.
	s, err := ReadCSV(strings.NewReader(packed(t, "a,b\n"+strings.Repeat("0,0\n", 200000))), "t.csv", CSV{})
	if err != nil || len(s.Values) != 200000 {
		t.Errorf("a table of zeros: %v", err)
	}
	// Neither names nor columns are compared each with each.
	many := make([]string, 300000)
	for j := range many {
		many[j] = fmt.Sprint("n", j)
	}
	s, err = ReadCSV(strings.NewReader(strings.Join(many, ",")+"\n"+strings.Repeat("1,", len(many)-1)+"1\n"), "t.csv", CSV{})
	if err != nil || len(s.Names) != len(many) {
		t.Errorf("a wide table: %v", err)
	}
	wide := make([]string, 20000)
	for j := range wide {
		wide[j] = fmt.Sprint("name", j)
	}
	_, err = ReadCSV(strings.NewReader(strings.Join(wide, ",")+"\n"+strings.Repeat("1,", 19999)+"1\n"), "t.csv", CSV{Columns: []string{"x"}})
	wantError(t, err, `"name0"`, "and 19970 more")
}

// Dates and the calendar are the same wherever the machine stands and whatever it speaks.
func TestZones(t *testing.T) {
	tables := map[string]CSV{
		"at,v\n2023-03-26 00:00:00+01:00,1\n2023-03-26 01:00:00+01:00,2\n2023-03-26 03:00:00+02:00,3\n": {},
		"at,v\n2023-03-26 00:00,1\n2023-03-26 02:30,2\n":                                                {},
		"at,v\n1679785200,1\n1679788800,2\n":                                                            {Date: "at"},
		"at,v\n2023-03-26 01:00 +0100,1\n2023-03-26 03:00 +0200,2\n":                                    {Layout: "2006-01-02 15:04 -0700", Date: "at"},
	}
	read := func() string {
		var all []string
		for table, cfg := range tables {
			s, err := ReadCSV(strings.NewReader(table), "t.csv", cfg)
			if err != nil {
				t.Fatal(err)
			}
			wide, err := Panel{s}.WithCalendar(HourOfDay, DayOfWeek, DayOfMonth, MonthOfYear, DayOfYear)
			if err != nil {
				t.Fatal(err)
			}
			for i, date := range s.Dates {
				if date.Location() == time.Local {
					t.Errorf("%v is in the zone of the machine", date)
				}
				name, offset := date.Zone()
				all = append(all, fmt.Sprint(date, name, offset, wide[0].Values[i]))
			}
		}
		slices.Sort(all)
		return strings.Join(all, "\n")
	}
	if os.Getenv("ELMAN_SERIES_ZONES") != "" {
		fmt.Println(read())
		return
	}
	here := time.Local
	t.Cleanup(func() { time.Local = here })
	time.Local = time.FixedZone("nowhere", -3600)
	want := read()
	for _, zone := range []*time.Location{time.FixedZone("here", 3600), time.FixedZone("there", 7200), time.FixedZone("CET", 3600)} {
		time.Local = zone
		if got := read(); got != want {
			t.Errorf("in %v\n%s\nwanted\n%s", zone, got, want)
		}
	}
	for _, zone := range []string{"Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestZones$")
		cmd.Env = append(os.Environ(), "ELMAN_SERIES_ZONES=1", "TZ="+zone, "LC_ALL=de_DE.UTF-8", "LANG=de_DE.UTF-8")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("with TZ=%s: %v\n%s\nwanted\n%s", zone, err, out, want)
		}
	}
}

// What was read before is read as it was: to the bit.
func TestNumbersAreAsWritten(t *testing.T) {
	for _, text := range []string{"0.1", "-0.30000000000000004", "1e-300", "179769313486231570000000000000000000000", ".5", "5.", "-1E5", "007", "1234567.891"} {
		s, err := ReadCSV(strings.NewReader("v\n"+text+"\n"), "t", CSV{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var want float64
		fmt.Sscan(text, &want)
		if math.Float64bits(s.Values[0][0]) != math.Float64bits(want) {
			t.Errorf("%s is %v, wanted %v", text, s.Values[0][0], want)
		}
	}
}
