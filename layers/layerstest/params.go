package layerstest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

// updateParams is the environment variable with which Params writes its files.
const updateParams = "ELMAN_UPDATE_PARAMS"

// Params compares the parameters that declare declares with a file, which maps each path to its shape:
//
//	layerstest.Params(t, "testdata/params/mycell.json", func(s *graph.Scope) {
//		MyCell{Hidden: 2}.Bind(s, 3)
//	})
//
// Models that were saved are read by path and shape, so a difference means that they no longer can be.
// Where it is meant, run the test with ELMAN_UPDATE_PARAMS=1 in the environment: the file is written.
func Params(t testing.TB, file string, declare func(s *graph.Scope)) {
	t.Helper()
	if declare == nil {
		t.Fatal("params: no function to declare them")
	}
	st := graph.NewStore(seed, tensor.Float64)
	closeSession(t, build(t, st, func(s *graph.Scope) *G.Node {
		declare(s)
		return s.Full(0) // a graph has to compute something
	}, graph.Eval()))
	declared := map[string][]int{}
	for _, p := range st.Params() {
		declared[p.Path] = p.Value.Shape()
	}

	if os.Getenv(updateParams) != "" {
		if err := writeParams(file, declared); err != nil {
			t.Fatal(err)
		}
		return
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("params: %v; %s=1 makes it", err, updateParams)
	}
	var want map[string][]int
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatalf("params %s: %v", file, err)
	}
	for _, path := range slices.Sorted(maps.Keys(declared)) {
		shape, ok := want[path]
		switch {
		case !ok:
			t.Errorf("parameter %s %v is not in %s", path, declared[path], file)
		case !slices.Equal(shape, declared[path]):
			t.Errorf("parameter %s has shape %v, in %s %v", path, declared[path], file, shape)
		}
		delete(want, path)
	}
	for _, path := range slices.Sorted(maps.Keys(want)) {
		t.Errorf("parameter %s %v of %s is not declared", path, want[path], file)
	}
	if t.Failed() {
		t.Logf("saved models no longer fit; where that is meant, %s=1 writes the file", updateParams)
	}
}

// writeParams writes one line a parameter, so that a change of one is a change of one line.
func writeParams(file string, shapes map[string][]int) error {
	var lines []string
	for _, path := range slices.Sorted(maps.Keys(shapes)) {
		shape, err := json.Marshal(shapes[path])
		if err != nil {
			return err
		}
		lines = append(lines, fmt.Sprintf("  %q: %s", path, shape))
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte("{\n"+strings.Join(lines, ",\n")+"\n}\n"), 0o644)
}
