package text

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestVocabJSON(t *testing.T) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for name, v := range map[string]*Vocab{
		"runes":          newVocab(t, Runes, VocabOptions{}, "漢é\u2028\"\\\x00<"),
		"runes, unknown": newVocab(t, Runes, VocabOptions{Unknown: true}, "abc"),
		"words":          newVocab(t, Words, VocabOptions{Unknown: true}, "to be\nor"),
		"bytes":          newVocab(t, Bytes, VocabOptions{}, string(every)),
		"bytes, unknown": newVocab(t, Bytes, VocabOptions{Unknown: true}, string(every)),
	} {
		t.Run(name, func(t *testing.T) {
			b, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			var read Vocab
			if err := json.Unmarshal(b, &read); err != nil {
				t.Fatalf("%s: %v", b, err)
			}
			if !reflect.DeepEqual(&read, v) {
				t.Errorf("came back as %+v, was %+v", read, *v)
			}
		})
	}
}

func TestVocabJSONErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		json string
		want []string
	}{
		"no object":        {`[1]`, []string{"vocabulary"}},
		"empty":            {`{}`, []string{"0 symbols"}},
		"unit":             {`{"unit":"chars","symbols":["a"],"counts":[1]}`, []string{`"chars"`}},
		"counts":           {`{"unit":"runes","symbols":["a","b"],"counts":[1]}`, []string{"2 symbols and 1 counts"}},
		"negative count":   {`{"unit":"runes","symbols":["a"],"counts":[-1]}`, []string{"id 0", "-1"}},
		"twice":            {`{"unit":"runes","symbols":["a","b","a"],"counts":[1,1,1]}`, []string{`id 2, "a", is id 0`}},
		"two runes":        {`{"unit":"runes","symbols":["ab"],"counts":[1]}`, []string{`"ab"`, "unit runes"}},
		"empty symbol":     {`{"unit":"runes","symbols":[""],"counts":[1]}`, []string{`id 0 is ""`}},
		"no byte":          {`{"unit":"bytes","symbols":["Ā"],"counts":[1]}`, []string{`"Ā"`, "unit bytes"}},
		"two words":        {`{"unit":"words","symbols":["a b"],"counts":[1]}`, []string{`"a b"`}},
		"word and newline": {`{"unit":"words","symbols":["a\n"],"counts":[1]}`, []string{`"a\n"`}},
		"no unknown":       {`{"unit":"words","unknown":true,"symbols":["a"],"counts":[1]}`, []string{`"a"`, `"<unk>"`}},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVocab(t, Runes, VocabOptions{}, "x")
			wantError(t, v.UnmarshalJSON([]byte(tc.json)), tc.want...)
			if v.Len() != 1 || v.Symbol(0) != "x" {
				t.Error("a failed read changed the vocabulary")
			}
		})
	}
}

// Whatever is read without an error is a vocabulary: it stays the same through JSON, and each of its
// symbols has its id.
func FuzzVocabJSON(f *testing.F) {
	f.Add([]byte(`{"unit":"runes","symbols":["a","b"],"counts":[2,1]}`))
	f.Add([]byte(`{"unit":"bytes","unknown":true,"symbols":["\ufffd","ÿ"],"counts":[0,1]}`))
	f.Add([]byte(`{"unit":"words","unknown":true,"symbols":["<unk>","to","\n"],"counts":[0,1,1]}`))
	f.Add([]byte(`{"unit":"words","symbols":["to be"],"counts":[1]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var v, again Vocab
		if v.UnmarshalJSON(b) != nil {
			return
		}
		stored, err := v.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if err := again.UnmarshalJSON(stored); err != nil || !reflect.DeepEqual(v, again) {
			t.Fatalf("%s came back as %+v, %v", stored, again, err)
		}
		for id := range v.Len() {
			if tokens, err := v.Encode(v.Symbol(id)); (id > 0 || !v.unknown) && (err != nil || len(tokens) != 1 || tokens[0] != id) {
				t.Errorf("symbol %q of id %d is encoded as %v, %v", v.Symbol(id), id, tokens, err)
			}
		}
	})
}
