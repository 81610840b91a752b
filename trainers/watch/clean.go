package watch

import (
	"slices"
	"strings"
	"unicode"

	"github.com/elman-go/elman/trainers"
)

// clean gives an event whose strings every reader of its files takes: what is no UTF-8 is the replacement
// character, U+FFFD, and so is, in names and labels, what controls a terminal or ends a line.
func clean(e trainers.Event) trainers.Event {
	e.Name, e.Unit = nameOf(e.Name), label(e.Unit)
	switch v := e.Value.(type) {
	case string:
		e.Value = strings.ToValidUTF8(v, replacement)
	case trainers.Curves:
		v.X, v.Y, v.Unit = label(v.X), label(v.Y), label(v.Unit)
		v.Lines, v.Bands = slices.Clone(v.Lines), slices.Clone(v.Bands)
		for i := range v.Lines {
			v.Lines[i].Name = label(v.Lines[i].Name)
		}
		for i := range v.Bands {
			v.Bands[i].Name = label(v.Bands[i].Name)
		}
		e.Value = v
	}
	return e
}

// nameOf is the name of an event as files have it.
func nameOf(s string) string {
	if s == "" {
		return "unnamed"
	}
	return label(s)
}

const replacement = "\uFFFD"

// label cleans a string of one line.
func label(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == 0x2028 || c == 0x2029 || !inXML(c) {
			return 0xFFFD
		}
		return c
	}, strings.ToValidUTF8(s, replacement))
}

// shown cleans a text for a page: of what controls, lines and tabs alone stay.
func shown(s string) string {
	return strings.Map(func(c rune) rune {
		if c != '\n' && c != '\t' && c != '\r' && unicode.IsControl(c) || !inXML(c) {
			return 0xFFFD
		}
		return c
	}, strings.ToValidUTF8(s, replacement))
}

// inXML reports whether documents of XML 1.0, SVG among them, may hold a character that does not control.
func inXML(c rune) bool { return c != 0xFFFE && c != 0xFFFF }
