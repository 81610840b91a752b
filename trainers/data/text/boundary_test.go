package text

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documentsOf cuts a text by a slower rule that sees all of it.
func documentsOf(d Boundary, text string) []string {
	var docs []string
	switch d {
	case EachFile:
		docs = []string{text}
	case EachLine:
		docs = strings.SplitAfter(text, "\n")
	case EachParagraph:
		at := 0
		for _, gap := range regexp.MustCompile(`\n\r*\n[\r\n]*`).FindAllStringIndex(text, -1) {
			docs, at = append(docs, text[at:gap[1]]), gap[1]
		}
		docs = append(docs, text[at:])
	}
	return slices.DeleteFunc(docs, func(s string) bool { return s == "" })
}

func TestBoundary(t *testing.T) {
	for _, tc := range []struct {
		d    Boundary
		text string
		want []string
	}{
		{EachFile, "a\n\nb", []string{"a\n\nb"}},
		{EachLine, "a\n\nb\r\nc", []string{"a\n", "\n", "b\r\n", "c"}},
		{EachLine, "a\n", []string{"a\n"}},
		{EachParagraph, "a\nb\n\n\nc\n", []string{"a\nb\n\n\n", "c\n"}},
		{EachParagraph, "a\r\n\r\n  b\n \nc", []string{"a\r\n\r\n", "  b\n \nc"}},
		{EachParagraph, "", nil},
	} {
		var got []string
		begins := append(tc.d.begins([]byte(tc.text), &seam{}), len(tc.text))
		for i, at := range begins[1:] {
			got = append(got, tc.text[begins[i]:at])
		}
		if !slices.Equal(got, tc.want) || !slices.Equal(documentsOf(tc.d, tc.text), tc.want) {
			t.Errorf("%d of %q: %q, wanted %q", tc.d, tc.text, got, tc.want)
		}
	}
}

// randomText has n runes, many of which end words, lines and paragraphs.
func randomText(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteRune([]rune("aab é漢\n\n\r\t😀")[r.IntN(11)])
	}
	return b.String()
}
