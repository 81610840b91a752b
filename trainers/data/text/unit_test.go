package text

import (
	"encoding/json"
	"slices"
	"testing"
)

func TestUnitSymbols(t *testing.T) {
	for _, tc := range []struct {
		unit Unit
		text string
		want []string
		at   []int
	}{
		{Runes, "aé\n漢", []string{"a", "é", "\n", "漢"}, []int{0, 1, 3, 4}},
		{Bytes, "aé\xff", []string{"a", "\xc3", "\xa9", "\xff"}, []int{0, 1, 2, 3}},
		{Words, "to be,\tor\r\n\nnot  ", []string{"to", "be,", "or", "\n", "\n", "not"}, []int{0, 3, 7, 10, 11, 12}},
		{Words, " \t ", nil, nil},
		{Words, "漢字 é", []string{"漢字", "é"}, []int{0, 7}},
		{Runes, "", nil, nil},
	} {
		var got []string
		var at []int
		for i, symbol := range tc.unit.symbols(tc.text) {
			got, at = append(got, symbol), append(at, i)
		}
		if !slices.Equal(got, tc.want) || !slices.Equal(at, tc.at) {
			t.Errorf("%s of %q: %q at %v, wanted %q at %v", tc.unit, tc.text, got, at, tc.want, tc.at)
		}
	}
}

func TestUnitNames(t *testing.T) {
	for _, u := range []Unit{Runes, Bytes, Words} {
		b, err := json.Marshal(u)
		if err != nil || string(b) != `"`+u.String()+`"` {
			t.Errorf("JSON of %s: %s, %v", u, b, err)
		}
		var read Unit
		if err := json.Unmarshal(b, &read); err != nil || read != u {
			t.Errorf("%s read as %s, %v", b, read, err)
		}
	}
	_, err := ParseUnit("chars")
	wantError(t, err, `"chars"`, "runes, bytes, words")
	_, err = Unit(9).MarshalText()
	wantError(t, err, "unit 9", "0 to 2")
	_, err = NewVocab(Unit(-1), []string{"a"}, VocabOptions{})
	wantError(t, err, "unit -1")
}

func TestInvalidUTF8(t *testing.T) {
	for s, want := range map[string]int{"": -1, "é\uFFFD漢": -1, "é\xff": 2, "\uFFFD\xc3": 3, "\x80a": 0} {
		if got := invalidUTF8(s); got != want {
			t.Errorf("%q: byte %d, wanted %d", s, got, want)
		}
	}
}
