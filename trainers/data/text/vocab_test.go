package text

import (
	"slices"
	"strings"
	"testing"
)

// wantError checks that err says all of these.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, wanted one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}

func newVocab(t testing.TB, unit Unit, opts VocabOptions, docs ...string) *Vocab {
	t.Helper()
	v, err := NewVocab(unit, docs, opts)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVocab(t *testing.T) {
	for name, tc := range map[string]struct {
		unit    Unit
		docs    []string
		opts    VocabOptions
		symbols []string
		counts  []int
	}{
		"by count, then value":    {Runes, []string{"cab", "cb", "c"}, VocabOptions{}, []string{"c", "b", "a"}, []int{3, 2, 1}},
		"unknown and min count":   {Runes, []string{"cab", "cb", "c"}, VocabOptions{MinCount: 2, Unknown: true}, []string{"\uFFFD", "c", "b"}, []int{1, 3, 2}},
		"unknown in max size":     {Runes, []string{"cab", "cb", "c"}, VocabOptions{MaxSize: 2, Unknown: true}, []string{"\uFFFD", "c"}, []int{3, 3}},
		"max size":                {Runes, []string{"cab", "cb", "c"}, VocabOptions{MaxSize: 2}, []string{"c", "b"}, []int{3, 2}},
		"unknown, nothing left":   {Runes, []string{"ab"}, VocabOptions{Unknown: true}, []string{"\uFFFD", "a", "b"}, []int{0, 1, 1}},
		"unknown written in text": {Words, []string{"a <unk> a\nb <unk>"}, VocabOptions{Unknown: true}, []string{"<unk>", "a", "\n", "b"}, []int{2, 2, 1, 1}},
		"bytes":                   {Bytes, []string{"\xff\x00\xff"}, VocabOptions{}, []string{"\xff", "\x00"}, []int{2, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVocab(t, tc.unit, tc.opts, tc.docs...)
			var symbols []string
			var counts []int
			for id := range v.Len() {
				symbols, counts = append(symbols, v.Symbol(id)), append(counts, v.Count(id))
			}
			if !slices.Equal(symbols, tc.symbols) || !slices.Equal(counts, tc.counts) {
				t.Errorf("symbols %q, counts %v, wanted %q, %v", symbols, counts, tc.symbols, tc.counts)
			}
			if id, ok := v.Unknown(); ok != tc.opts.Unknown || id != 0 {
				t.Errorf("Unknown is %d, %t", id, ok)
			}
			if v.Unit() != tc.unit || v.Symbol(-1) != "" || v.Symbol(v.Len()) != "" || v.Count(-1) != 0 || v.Count(v.Len()) != 0 {
				t.Error("unit, or ids outside")
			}
		})
	}
}

func TestVocabErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		unit Unit
		docs []string
		opts VocabOptions
		want []string
	}{
		"no documents": {Runes, nil, VocabOptions{}, []string{"none of 0 different runes", "0 documents"}},
		"only blanks":  {Words, []string{" \t"}, VocabOptions{Unknown: true}, []string{"1 documents: none of 0 different words"}},
		"all too rare": {Runes, []string{"ab"}, VocabOptions{MinCount: 2}, []string{"2 different runes", "MinCount=2"}},
		"negative":     {Runes, []string{"ab"}, VocabOptions{MaxSize: -1}, []string{"MaxSize=-1"}},
		"not UTF-8":    {Words, []string{"a", "bé\xff"}, VocabOptions{}, []string{"document 1", "byte 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewVocab(tc.unit, tc.docs, tc.opts)
			wantError(t, err, tc.want...)
		})
	}
}

func TestEncode(t *testing.T) {
	words := newVocab(t, Words, VocabOptions{}, "to be or not\nto be")
	_, err := words.Encode("to be\nwas")
	wantError(t, err, `"was" at byte 6`, "5 words")
	_, err = words.Encode("to \xff")
	wantError(t, err, "byte 3")
	_, err = words.Decode([]int{0, 5})
	wantError(t, err, "position 1", "token 5", "[0, 5)")
	_, err = words.Decode([]int{-1})
	wantError(t, err, "token -1")

	open := newVocab(t, Words, VocabOptions{Unknown: true}, "to be")
	tokens, err := open.Encode("to was be <unk>")
	if s, _ := open.Decode(tokens); err != nil || s != "to <unk> be <unk>" {
		t.Errorf("%q, %v", s, err)
	}
	var none Vocab
	if tokens, err := none.Encode(""); len(tokens) != 0 || err != nil {
		t.Errorf("zero vocabulary: %v, %v", tokens, err)
	}
	_, err = none.Encode("a")
	wantError(t, err, `"a" at byte 0`)
}

func TestDecodeJoinsWords(t *testing.T) {
	v := newVocab(t, Words, VocabOptions{}, "a b\n")
	tokens, err := v.Encode("  a\tb \n\n a a\r\n")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.Decode(tokens); got != "a b\n\na a\n" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// For every text, what is encoded decodes to it, words up to blanks; and tokens are the same again.
func FuzzRoundTrip(f *testing.F) {
	for _, s := range []string{"", "to be,\tor\n\nnot", "é漢\uFFFD<unk>", "\xff\x00a", " \r\n<unk> a"} {
		for u := range unitNames {
			f.Add(u, false, s)
			f.Add(u, true, s)
		}
	}
	f.Fuzz(func(t *testing.T, u int, unknown bool, s string) {
		v, err := NewVocab(Unit(u), []string{s}, VocabOptions{Unknown: unknown})
		if err != nil {
			return
		}
		tokens, err := v.Encode(s)
		if err != nil {
			t.Fatalf("encode: %v", err)
		}
		decoded, err := v.Decode(tokens)
		if err != nil {
			t.Fatalf("decode: %v", err)
		}
		if v.Unit() != Words && decoded != s {
			t.Errorf("%q came back as %q", s, decoded)
		}
		again, err := v.Encode(decoded)
		if err != nil || !slices.Equal(again, tokens) {
			t.Errorf("%q: tokens %v, then %v, %v", s, tokens, again, err)
		}
	})
}
