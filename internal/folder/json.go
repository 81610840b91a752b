package folder

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/internal/brief"
)

// JSON is v as JSON, indented by a tab a level. A string that is not UTF-8 is an error that says where it is: JSON
// would hold another in its place, and two that differ could become one.
func JSON(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, errors.WithStack(err)
	}
	if err := checkText(text); err != nil {
		return nil, err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, text, "", "\t"); err != nil {
		return nil, errors.WithStack(err)
	}
	return indented.Bytes(), nil
}

// checkText is the error of JSON for a string that is not UTF-8.
func checkText(text []byte) error {
	if isText(text) {
		return nil
	}
	w := walk{json.NewDecoder(bytes.NewReader(text)), text}
	at := strings.TrimSpace(strings.TrimPrefix(w.value(""), "."))
	return errors.Errorf("%s is not UTF-8", brief.Line(cmp.Or(at, "the text")))
}

// isText reports whether each string of a JSON text is as it was. For bytes that are not UTF-8 encoding/json writes
// \ufffd; the character of that number, which a string may hold, it writes as it is.
func isText(text []byte) bool {
	for rest := text; ; {
		at := bytes.Index(rest, []byte(`\ufffd`))
		if at < 0 {
			return utf8.Valid(text)
		}
		slashes := at - len(bytes.TrimRight(rest[:at], `\`))
		if slashes%2 == 0 {
			return false
		}
		rest = rest[at+1:]
	}
}

// A walk looks for the place of a string that is no text.
type walk struct {
	*json.Decoder
	text []byte
}

// value reads a value, and gives the path of the first such string in it, "" if there is none.
func (w walk) value(path string) string {
	token, ok := w.next()
	switch {
	case !ok:
		return path + " "
	case token == json.Delim('{'):
		for w.More() {
			key, ok := w.next()
			if !ok {
				return path + " has a key that"
			}
			if at := w.value(fmt.Sprintf("%s.%v", path, key)); at != "" {
				return at
			}
		}
		w.next()
	case token == json.Delim('['):
		for i := 0; w.More(); i++ {
			if at := w.value(fmt.Sprintf("%s[%d]", path, i)); at != "" {
				return at
			}
		}
		w.next()
	}
	return ""
}

// next reads a token, and reports whether it is as it was.
func (w walk) next() (json.Token, bool) {
	from := w.InputOffset()
	token, err := w.Token()
	return token, err == nil && isText(w.text[from:w.InputOffset()])
}
