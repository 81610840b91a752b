package cli

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tableOf parses the flags of a table, and writes one.
func tableOf(t *testing.T, text string, args ...string) (*Table, string) {
	t.Helper()
	flag.CommandLine = flag.NewFlagSet("program", flag.ContinueOnError)
	flag.CommandLine.SetOutput(io.Discard)
	table := &Table{}
	table.Declare("-column", "")
	if err := flag.CommandLine.Parse(args); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "table.csv")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return table, path
}

func TestTable(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		args       []string
		want       string // how it was read, or the error
	}{
		{"the other is text", "v;at\n1,5;x\n", nil, "decimal commas"},
		{"one column of numbers", "day,shop,v\n2024-01-01,a,1\n2024-01-02,a,2\n", nil, `dates in "day"`},
		{"only text", "a,b\nx,y\n", nil, `no column of numbers among ["a" "b"]`},
		{"two", "a,b\n1,2\n", nil, `needs -column, the name of the one to forecast: columns of numbers are ["a" "b"]`},
		{"unclear", "day,v\n01/02/2024,1\n02/02/2024,2\n", []string{"-date", "day"}, "say which with -day-first or -month-first"},
		{"unclear, and not asked for", "day,v\n01/02/2024,1\n02/02/2024,2\n", nil, "say which with -day-first or -month-first"},
		{"newest first", "day,v\n2024-01-02,1\n2024-01-01,2\n", nil, `date "2024-01-01" does not come after "2024-01-02" in line 2; -date - reads`},
		{"two a day", "day,v\n2024-01-01,1\n2024-01-01,2\n", nil, "-time one of times of day; -date - reads the rows as they stand"},
		{"without dates", "day,v\n2024-01-02,1\n2024-01-01,2\n", []string{"-date", "-"}, "no dates"},
		{"day first", "day,v\n01/02/2024,1\n02/02/2024,2\n", []string{"-day-first"}, "dates in"},
		{"month first", "day,v\n01/02/2024,1\n02/02/2024,2\n", []string{"-month-first"}, "dates in"},
		{"comma", "day;v\n2024-01-01;1,5\n2024-01-02;2,5\n", []string{"-comma", ";", "-decimal", ","}, "decimal commas"},
		{"two marks", "v\n1\n", []string{"-comma", ";;"}, `-comma ";;", want one character`},
		{"header", "made today\nday,v\n2024-01-01,1\n2024-01-02,2\n", []string{"-header", "2"}, "names in line 2"},
	} {
		table, path := tableOf(t, tc.text, tc.args...)
		var out bytes.Buffer
		if _, err := table.OpenOnly(path, &out); err != nil {
			out.WriteString(err.Error())
		}
		if !strings.Contains(out.String(), tc.want) {
			t.Errorf("%s: %s; want %q in it", tc.name, &out, tc.want)
		}
	}
	table, path := tableOf(t, "a,b\n1,2\n")
	if _, err := table.Open(path, io.Discard, "c"); err == nil || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("error %v, want the columns that there are", err)
	}
}
