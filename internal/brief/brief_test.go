package brief_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/internal/brief"
)

func TestQuote(t *testing.T) {
	long := strings.Repeat("é", 1<<20)
	for s, want := range map[string]string{
		"":         `""`,
		"a\nb\xff": `"a\nb\xff"`,
		long:       `"` + long[:80] + `"... (2097152 bytes)`,
		"x" + long: `"x` + long[:78] + `"... (2097153 bytes)`,
	} {
		if got := brief.Quote(s); got != want {
			t.Errorf("%.20q: %s, want %s", s, got, want)
		}
		if got := brief.Quote([]byte(s)); got != want {
			t.Errorf("%.20q as bytes: %s, want %s", s, got, want)
		}
	}
}

func TestError(t *testing.T) {
	if brief.Error(nil) != nil {
		t.Error("an error of nil")
	}
	plain := errors.New("short")
	if brief.Error(plain) != plain {
		t.Error("a short error was changed")
	}
	for _, message := range []string{
		strings.Repeat("1", 20<<20), strings.Repeat("é", 1<<20), strings.Repeat("\x00", 1<<20), strings.Repeat("\xbf", 1<<20), "a\n\tb\xff\u0085",
	} {
		err := brief.Error(errors.Wrap(&fs.PathError{Op: "open", Path: message, Err: os.ErrNotExist}, "read"))
		got := err.Error()
		if len(got) > 5000 || strings.ContainsAny(got, "\n\t\x00") || !utf8.ValidString(got) || !strings.HasPrefix(got, "read: open ") {
			t.Errorf("%.20q: %d bytes, %.200q", message, len(got), got)
		}
		if !errors.Is(err, os.ErrNotExist) || !strings.HasSuffix(got, "file does not exist") {
			t.Errorf("%.20q: the cause is lost: %.200q", message, got)
		}
	}
	if got, want := brief.Line("a\n\tb\xff\u0085c"), `a\n\tb\xff\u0085c`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
