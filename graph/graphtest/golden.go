package graphtest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// A Tensor is a tensor in a golden file.
type Tensor struct {
	Shape []int     // [] for a single number
	Data  []float64 // in row-major order
}

// Dense makes it a tensor of tensor.Float64. Data of another size than Shape panics; what UnmarshalJSON has read
// fits.
func (g Tensor) Dense() *tensor.Dense {
	if err := g.check(); err != nil {
		panic(err)
	}
	if len(g.Shape) == 0 {
		return tensor.New(tensor.FromScalar(g.Data[0]))
	}
	return tensor.New(tensor.WithShape(g.Shape...), tensor.WithBacking(g.Data))
}

// UnmarshalJSON reads {"shape": [2, 3], "data": [...]} and holds the number of elements to the shape.
func (g *Tensor) UnmarshalJSON(text []byte) error {
	if g == nil {
		return errors.New("tensor: nothing to read it into")
	}
	type plain Tensor // without this method
	if err := json.Unmarshal(text, (*plain)(g)); err != nil {
		return err
	}
	return g.check()
}

// check holds the number of elements to the shape.
func (g Tensor) check() error {
	size := 1
	for _, n := range g.Shape {
		if n < 1 || size > len(g.Data)/n {
			return errors.Errorf("tensor of shape %v has %d elements", g.Shape, len(g.Data))
		}
		size *= n
	}
	if size != len(g.Data) {
		return errors.Errorf("tensor of shape %v has %d elements", g.Shape, len(g.Data))
	}
	return nil
}

// Golden reads the cases of one family that another framework computed:
//
//	{"source": "which, in which version", "cases": [...]}
//
// from the file family.json in the folder that the environment variable ELMAN_GOLDEN names, or in
// testdata of the package under test where it is not set. Without the file, or with none in it, the
// test ends.
func Golden[C any](t testing.TB, family string) []C {
	t.Helper()
	dir := os.Getenv("ELMAN_GOLDEN")
	if dir == "" {
		dir = "testdata"
	}
	path := filepath.Join(dir, family+".json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("golden: %v", err)
	}
	var file struct {
		Source string
		Cases  []C
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatalf("golden %s: %v", path, err)
	}
	if len(file.Cases) == 0 {
		t.Fatalf("golden %s: no cases", path)
	}
	return file.Cases
}
