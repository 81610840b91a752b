package text

import (
	"math"
	"strings"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/internal/brief"
)

// VocabOptions say which symbols get into a vocabulary. The zero value takes all.
type VocabOptions struct {
	MinCount int  // a symbol seen less often is left out; 0 and 1 take all
	MaxSize  int  // largest V, the unknown entry included; 0 has no limit
	Unknown  bool // id 0 stands for every symbol left out or never seen
}

// A Vocab maps the symbols of one Unit to ids in [0, V) and back. It is safe for concurrent use.
//
// Ids are given by count, the most frequent first, then by value. The unknown entry, if there is
// one, is id 0 whatever its count, and is written "<unk>" among words and U+FFFD among runes and
// bytes; a word or rune that is so written is unknown too.
type Vocab struct {
	unit    Unit
	unknown bool
	symbols []string // by id
	counts  []int    // by id
	ids     map[string]int
}

// NewVocab counts the symbols of docs. A byte order mark that a document begins with is none, but for
// the unit Bytes.
//
// It is an error if the unit is none, if a number of opts is negative, if a document is not UTF-8
// though the unit is not Bytes, or if no symbol gets in.
func NewVocab(unit Unit, docs []string, opts VocabOptions) (*Vocab, error) {
	r, err := newRanking(unit, opts)
	if err != nil {
		return nil, errors.Wrap(err, "vocabulary")
	}
	all := newTally(math.MaxInt)
	for i, doc := range docs {
		rest, from := unit.unmarked(doc)
		if err := all.count(unit, rest, from); err != nil {
			return nil, errors.Wrapf(err, "vocabulary: document %d", i)
		}
	}
	if err := all.each(r.add); err != nil {
		return nil, errors.Wrap(err, "vocabulary")
	}
	v, err := r.vocab()
	return v, errors.Wrapf(err, "vocabulary: %d documents", len(docs))
}

// add appends a symbol and reports whether it is new.
func (v *Vocab) add(symbol string, count int) bool {
	if _, old := v.ids[symbol]; old {
		return false
	}
	if v.ids == nil {
		v.ids = map[string]int{}
	}
	v.ids[symbol] = len(v.symbols)
	v.symbols, v.counts = append(v.symbols, symbol), append(v.counts, count)
	return true
}

// unknown is how the unknown entry is written.
func (u Unit) unknown() string {
	if u == Words {
		return "<unk>"
	}
	return "\uFFFD"
}

// Unit is what the symbols are.
func (v *Vocab) Unit() Unit {
	if v == nil {
		return 0
	}
	return v.unit
}

// Len is V, the number of ids; 0 of nil.
func (v *Vocab) Len() int {
	if v == nil {
		return 0
	}
	return len(v.symbols)
}

// Symbol is the symbol of an id, "" if there is no such id.
func (v *Vocab) Symbol(id int) string {
	if id < 0 || id >= v.Len() {
		return ""
	}
	return v.symbols[id]
}

// Count is how often the symbol of an id was seen by NewVocab, for the unknown entry how many
// symbols it stands for; 0 if there is no such id.
func (v *Vocab) Count(id int) int {
	if id < 0 || id >= v.Len() {
		return 0
	}
	return v.counts[id]
}

// Unknown is the id of the unknown entry; ok is false if there is none.
func (v *Vocab) Unknown() (id int, ok bool) { return 0, v != nil && v.unknown }

// Encode gives the ids of the symbols of s. As for NewVocab, a byte order mark at its start is none.
//
// It is an error, which says where, if s is not UTF-8 though the unit is not Bytes, or if a
// symbol is outside a vocabulary without an unknown entry.
func (v *Vocab) Encode(s string) ([]int, error) {
	if v == nil {
		return nil, errors.New("encode: no vocabulary")
	}
	if err := v.unit.check(s, 0); err != nil {
		return nil, errors.Wrap(err, "encode")
	}
	var tokens []int
	rest, from := v.unit.unmarked(s)
	for at, symbol := range v.unit.symbols(rest) {
		id, err := v.id(symbol, from+int64(at))
		if err != nil {
			return nil, errors.Wrap(err, "encode")
		}
		tokens = append(tokens, id)
	}
	return tokens, nil
}

// id is that of the symbol at a byte of a text, or that of the unknown entry.
func (v *Vocab) id(symbol string, at int64) (int, error) {
	id, ok := v.ids[symbol]
	if !ok && !v.unknown {
		return 0, errors.Errorf("%s at byte %d is none of the %d %s of the vocabulary, which has no unknown entry",
			brief.Quote(symbol), at, v.Len(), v.unit)
	}
	return id, nil // the unknown entry is id 0
}

// Decode joins the symbols of tokens: words with one space between, and none beside a newline.
// A token outside [0, V) is an error.
func (v *Vocab) Decode(tokens []int) (string, error) {
	var b strings.Builder
	lineStart := true
	for i, id := range tokens {
		if id < 0 || id >= v.Len() {
			return "", errors.Errorf("decode: position %d: token %d, wanted one of [0, %d)", i, id, v.Len())
		}
		symbol := v.symbols[id]
		if v.unit == Words && !lineStart && symbol != "\n" {
			b.WriteByte(' ')
		}
		b.WriteString(symbol)
		lineStart = symbol == "\n"
	}
	return b.String(), nil
}
