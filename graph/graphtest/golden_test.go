package graphtest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/elman-go/elman/graph/graphtest"
)

type goldenCase struct {
	Name   string
	X      graphtest.Tensor
	Target []int
}

func TestGolden(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"good":   `{"source": "by hand", "cases": [{"name": "a", "x": {"shape": [2, 1], "data": [1, 2.5]}, "target": [3]}, {"name": "b", "x": {"shape": [], "data": [4]}}]}`,
		"sizes":  `{"cases": [{"x": {"shape": [2, 2], "data": [1, 2, 3]}}]}`,
		"empty":  `{"cases": []}`,
		"broken": `{"cases": [`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name+".json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("ELMAN_GOLDEN", dir)

	cases := graphtest.Golden[goldenCase](t, "good")
	if len(cases) != 2 || cases[0].Name != "a" || cases[0].Target[0] != 3 {
		t.Fatalf("read %+v", cases)
	}
	graphtest.Equal(t, "shape and elements", cases[0].X.Dense(), graphtest.Tensor{Shape: []int{2, 1}, Data: []float64{1, 2.5}}.Dense(), 0)
	graphtest.Equal(t, "scalar", cases[1].X.Dense(), 4.0, 0)

	for family, want := range map[string]string{
		"absent": "absent.json",
		"sizes":  "tensor of shape [2 2] has 3 elements",
		"empty":  "empty.json: no cases",
		"broken": "broken.json: unexpected end",
	} {
		wantFailure(t, want, func(r testing.TB) { graphtest.Golden[goldenCase](r, family) })
	}
}

func TestGoldenReadsTestdata(t *testing.T) {
	t.Setenv("ELMAN_GOLDEN", "")
	wantFailure(t, "testdata/absent.json", func(r testing.TB) { graphtest.Golden[goldenCase](r, "absent") })
}
