package text

import (
	"encoding/json"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/internal/brief"
)

// vocabJSON is the stored form of a Vocab, by id. A symbol of the unit Bytes is stored as the
// rune of the same number, since JSON holds no other bytes than UTF-8.
type vocabJSON struct {
	Unit    Unit     `json:"unit"`
	Unknown bool     `json:"unknown"`
	Symbols []string `json:"symbols"`
	Counts  []int    `json:"counts"`
}

// MarshalJSON implements json.Marshaler.
func (v *Vocab) MarshalJSON() ([]byte, error) {
	if v == nil {
		return []byte("null"), nil
	}
	stored := vocabJSON{v.unit, v.unknown, v.symbols, v.counts}
	if v.unit == Bytes {
		stored.Symbols = make([]string, v.Len())
		for id, symbol := range v.symbols {
			stored.Symbols[id] = symbol
			if len(symbol) == 1 { // the unknown entry is longer, and UTF-8
				stored.Symbols[id] = string(rune(symbol[0]))
			}
		}
	}
	return json.Marshal(stored)
}

// UnmarshalJSON implements json.Unmarshaler.
//
// It is an error, and v stays as it was, if there are no symbols, if one is there twice or is no
// single symbol of the unit, if the unknown entry is not where it has to be, or if counts are
// negative or not as many as the symbols.
func (v *Vocab) UnmarshalJSON(b []byte) error {
	if v == nil {
		return errors.New("vocabulary: nothing to read it into")
	}
	var stored vocabJSON
	if err := json.Unmarshal(b, &stored); err != nil {
		return errors.Wrap(err, "vocabulary")
	}
	if len(stored.Symbols) == 0 || len(stored.Counts) != len(stored.Symbols) {
		return errors.Errorf("vocabulary: %d symbols and %d counts, wanted the same number and 1 or more",
			len(stored.Symbols), len(stored.Counts))
	}
	read := Vocab{unit: stored.Unit, unknown: stored.Unknown}
	for id, written := range stored.Symbols {
		symbol := written
		if isUnknown := read.unknown && id == 0; isUnknown {
			if symbol != read.unit.unknown() {
				return errors.Errorf("vocabulary: id 0 is %s, wanted the unknown entry %q", brief.Quote(symbol), read.unit.unknown())
			}
		} else if symbol = read.unit.restore(written); symbol == "" {
			return errors.Errorf("vocabulary: id %d is %s, wanted one symbol of the unit %s", id, brief.Quote(written), read.unit)
		}
		if stored.Counts[id] < 0 {
			return errors.Errorf("vocabulary: id %d, %s: count %d is negative", id, brief.Quote(written), stored.Counts[id])
		}
		if !read.add(symbol, stored.Counts[id]) {
			return errors.Errorf("vocabulary: id %d, %s, is id %d already", id, brief.Quote(written), read.ids[symbol])
		}
	}
	*v = read
	return nil
}

// restore is the symbol that is stored so, "" if none is.
func (u Unit) restore(stored string) string {
	if u == Bytes {
		if r := []rune(stored); len(r) == 1 && r[0] <= 0xFF {
			return string([]byte{byte(r[0])})
		}
		return ""
	}
	for _, symbol := range u.symbols(stored) {
		if symbol == stored {
			return symbol
		}
		break
	}
	return ""
}
