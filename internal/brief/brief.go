package brief

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxText  = 80   // bytes that Quote shows
	maxError = 1000 // bytes of an Error
)

// Quote is s as strconv.Quote has it. Of a long one it shows the beginning and says how long it is.
func Quote[T ~string | ~[]byte](s T) string {
	if len(s) <= maxText {
		return strconv.Quote(string(s))
	}
	return fmt.Sprintf("%q... (%d bytes)", string(s[:whole(s, maxText)]), len(s))
}

// Line is s on one line, cut in the middle where it is long. Bytes that are not text are written as Go does.
func Line(s string) string {
	if len(s) > maxError {
		begin, end := whole(s, maxError/2), len(s)-maxError/4
		for end < len(s) && !utf8.RuneStart(s[end]) {
			end++
		}
		s = fmt.Sprintf("%s ... (%d bytes left out) ... %s", s[:begin], end-begin, s[end:])
	}
	if utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsControl(r):
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// whole is the length of the longest beginning of s of at most n bytes that cuts no character.
func whole[T ~string | ~[]byte](s T, n int) int {
	for n > 0 && n > maxText-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return n
}

// Error is err with its message as Line has it; nil stays nil.
func Error(err error) error {
	if err == nil {
		return nil
	}
	if message := err.Error(); Line(message) == message {
		return err
	}
	return &brief{err}
}

type brief struct{ err error }

func (b *brief) Error() string { return Line(b.err.Error()) }
func (b *brief) Unwrap() error { return b.err }
