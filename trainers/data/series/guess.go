package series

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/elman-go/elman/internal/brief"
)

// A Guess says how a table was read: what was found of itself, and what a CSV said.
type Guess struct {
	Encoding string   // "UTF-8", "UTF-16", or what CSV.Encoding says
	Comma    rune     // between fields
	Decimal  rune     // '.' or ','
	Header   int      // line of the names, from 1; NoHeader
	Date     string   // column of the dates, "" for none
	Time     string   // column of the times of day, "" for none
	Form     string   // how dates are written: "2006-01-02 15:04", "Unix seconds"
	Undated  string   // column of dates that were left out, since nobody named it and they are not in order or not clear
	Notes    []string // what was left out, or taken for something, one each
}

// String is the guess in one line; "" of the zero value.
func (g Guess) String() string {
	if g.Comma == 0 { // there is no table
		return ""
	}
	parts := []string{g.Encoding, "fields between " + strconv.QuoteRune(g.Comma)}
	if g.Decimal == ',' {
		parts = append(parts, "decimal commas")
	} else {
		parts = append(parts, "decimal points")
	}
	if g.Header == NoHeader {
		parts = append(parts, "no line of names")
	} else {
		parts = append(parts, fmt.Sprintf("names in line %d", g.Header))
	}
	switch {
	case g.Date == "":
		parts = append(parts, "no dates")
	case g.Time != "":
		parts = append(parts, fmt.Sprintf("dates in %s and %s as %s", brief.Quote(g.Date), brief.Quote(g.Time), g.Form))
	default:
		parts = append(parts, fmt.Sprintf("dates in %s as %s", brief.Quote(g.Date), g.Form))
	}
	return strings.Join(append([]string{strings.Join(parts, ", ")}, g.Notes...), "; ")
}

// Unclear is the error of a table that can be read in more than one way. Programs whose flags set the fields of CSV
// name those instead.
type Unclear struct {
	Fields []string // of CSV, one of which says it
	Why    string
}

// Error implements error.
func (u *Unclear) Error() string {
	if u == nil {
		return "nothing is unclear"
	}
	return u.Why + "; say which with CSV." + strings.Join(u.Fields, " or CSV.")
}

func unclear(fields []string, format string, args ...any) error {
	return &Unclear{Fields: fields, Why: fmt.Sprintf(format, args...)}
}
