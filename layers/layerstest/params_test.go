package layerstest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
)

func TestParams(t *testing.T) {
	declare := func(s *graph.Scope) { layers.LSTM{Hidden: 2}.Bind(s.In("lstm"), 3) }
	for name, tc := range map[string]struct {
		file string
		want []string // in what the failure says; none where there is none
	}{
		"same": {`{"lstm/b": [1, 8], "lstm/wh": [2, 8], "lstm/wx": [3, 8]}`, nil},
		"different": {`{"lstm/b": [8], "lstm/wi": [3, 8], "lstm/wh": [2, 8]}`, []string{
			"parameter lstm/b has shape [1 8], in ",
			"parameter lstm/wx [3 8] is not in ",
			"parameter lstm/wi [3 8] of ",
			"ELMAN_UPDATE_PARAMS=1 writes the file",
		}},
		"broken": {`{"lstm/b": [1, 8]`, []string{"unexpected end"}},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "cell.json")
			if err := os.WriteFile(file, []byte(tc.file), 0o644); err != nil {
				t.Fatal(err)
			}
			said := record(t, func(r testing.TB) { Params(r, file, declare) })
			if (said == "") != (tc.want == nil) {
				t.Errorf("the check says %q", said)
			}
			for _, want := range tc.want {
				if !strings.Contains(said, want) {
					t.Errorf("the check says %q, want %q in it", said, want)
				}
			}
		})
	}
}

func TestParamsWritesItsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "params", "cell.json")
	declare := func(s *graph.Scope) { layers.Vanilla{Hidden: 2}.Bind(s, 3) }
	if said := record(t, func(r testing.TB) { Params(r, file, declare) }); !strings.Contains(said, "ELMAN_UPDATE_PARAMS=1 makes it") {
		t.Errorf("without a file the check says %q", said)
	}
	t.Setenv(updateParams, "1")
	Params(t, file, declare)
	t.Setenv(updateParams, "")
	Params(t, file, declare)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := "{\n  \"b\": [1,2],\n  \"wh\": [2,2],\n  \"wx\": [3,2]\n}\n"; string(text) != want {
		t.Errorf("the file holds %q, want %q", text, want)
	}
}
