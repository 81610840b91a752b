package text

import (
	"bytes"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/internal/brief"
)

// A Unit is what a token stands for. In JSON it is its String.
type Unit int

const (
	// Runes are Unicode code points.
	Runes Unit = iota
	// Bytes are single bytes, of any text or file whatever.
	Bytes
	// Words are what stands between spaces, tabs, carriage returns and newlines; each newline is
	// a word of its own.
	Words
)

var unitNames = [...]string{Runes: "runes", Bytes: "bytes", Words: "words"}

// String is "runes", "bytes" or "words".
func (u Unit) String() string {
	if u < 0 || int(u) >= len(unitNames) {
		return "no unit"
	}
	return unitNames[u]
}

// ParseUnit is the Unit of that String, or an error that lists all.
func ParseUnit(name string) (Unit, error) {
	for u, s := range unitNames {
		if s == name {
			return Unit(u), nil
		}
	}
	return 0, errors.Errorf("unit %s, wanted one of %s", brief.Quote(name), strings.Join(unitNames[:], ", "))
}

// MarshalText implements encoding.TextMarshaler.
func (u Unit) MarshalText() ([]byte, error) {
	if _, err := ParseUnit(u.String()); err != nil {
		return nil, errors.Errorf("unit %d, wanted 0 to %d", int(u), len(unitNames)-1)
	}
	return []byte(u.String()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (u *Unit) UnmarshalText(name []byte) (err error) {
	if u == nil {
		return errors.New("unit: nothing to read it into")
	}
	*u, err = ParseUnit(string(name))
	return err
}

// unmarked is s without the byte order mark it begins with, and how many bytes that has. Files that were
// joined may have several.
func (u Unit) unmarked(s string) (rest string, from int64) {
	if u == Bytes {
		return s, 0
	}
	rest = strings.TrimLeft(s, bom)
	return rest, int64(len(s) - len(rest))
}

// symbols yields the symbols of s and the byte each begins at.
func (u Unit) symbols(s string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for at := 0; at < len(s); {
			n := u.next(s[at:])
			if !(u == Words && isBlank(s[at])) && !yield(at, s[at:at+n]) {
				return
			}
			at += n
		}
	}
}

// next is the length of the first symbol of s in bytes, or of one blank between words.
func (u Unit) next(s string) int {
	switch {
	case u == Runes:
		_, n := utf8.DecodeRuneInString(s)
		return n
	case u == Bytes || s[0] == '\n' || isBlank(s[0]):
		return 1
	}
	if n := strings.IndexAny(s, " \t\r\n"); n > 0 {
		return n
	}
	return len(s)
}

// cut is the length of the longest start of b, a part of a text, that cuts no symbol.
func (u Unit) cut(b []byte) int {
	switch u {
	case Words:
		return bytes.LastIndexAny(b, " \t\r\n") + 1
	case Runes:
		for n := len(b) - 1; n >= max(0, len(b)-utf8.UTFMax); n-- {
			if utf8.RuneStart(b[n]) && !utf8.FullRune(b[n:]) {
				return n
			}
		}
	}
	return len(b)
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' || b == '\r' }

// check says where s, which begins at byte from of a text, is not UTF-8, which only Bytes can do
// without.
func (u Unit) check(s string, from int64) error {
	if u == Bytes {
		return nil
	}
	if at := invalidUTF8(s); at >= 0 {
		return errors.Errorf("invalid UTF-8 at byte %d, wanted text or the unit bytes", from+int64(at))
	}
	return nil
}

// invalidUTF8 is the first byte of s that is not UTF-8, -1 if there is none.
func invalidUTF8(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for at, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[at:], "\uFFFD") {
			return at
		}
	}
	return -1
}
