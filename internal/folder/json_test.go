package folder_test

import (
	"testing"

	"github.com/elman-go/elman/internal/folder"
)

func TestJSON(t *testing.T) {
	type inner struct{ Names []string }
	type outer struct {
		In  inner
		Map map[string]any
	}
	for _, tc := range []struct {
		v    any
		want string // error; "" for none
	}{
		{outer{In: inner{[]string{"a", "b\uFFFD", `\ufffd`, `\\ufffd`, "\u2028"}}}, ""},
		{outer{In: inner{[]string{"a", "b\xff"}}}, "In.Names[1] is not UTF-8"},
		{outer{In: inner{[]string{`\`, `\\` + "\xff"}}}, "In.Names[1] is not UTF-8"},
		{outer{Map: map[string]any{"k": []any{1, map[string]string{"x": "\xc3"}}}}, "Map.k[1].x is not UTF-8"},
		{outer{Map: map[string]any{"\xc3": 1}}, "Map has a key that is not UTF-8"},
		{"\xff", "the text is not UTF-8"},
		{func() {}, "json: unsupported type: func()"},
	} {
		got, err := folder.JSON(tc.v)
		if tc.want == "" {
			if err != nil || len(got) == 0 {
				t.Errorf("%q: %v", tc.v, err)
			}
		} else if err == nil || err.Error() != tc.want {
			t.Errorf("%v: error is %v, want %s", tc.v, err, tc.want)
		}
	}
}
