package absurd

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/layers/layerstest"
)

// inChild is set where the suites run: they are to fail, and their tests with them.
const inChild = "ELMAN_ABSURD_SUITES"

// TestSuites hands the conformance suites what is no cell and no layer.
func TestSuites(t *testing.T) {
	if os.Getenv(inChild) != "" {
		runSuites(t)
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^TestSuites$", "-test.v")
	child.Env = append(os.Environ(), inChild+"=1")
	out, err := child.CombinedOutput()
	if err == nil {
		t.Fatal("the suites find nothing wrong")
	}
	for _, line := range strings.Split(string(out), "\n") {
		for _, echo := range echoes {
			if strings.Contains(line, echo) {
				t.Errorf("a suite says %.200q", line)
			}
		}
		if strings.HasPrefix(line, "    --- PASS") {
			t.Errorf("%s: want a failure", line)
		}
	}
}

func runSuites(t *testing.T) {
	cells := map[string]func(int) layers.Cell{
		"none": nil, "nil": func(int) layers.Cell { return nil }, "nil pointer": func(int) layers.Cell { return (*layers.GRU)(nil) },
		"zero": func(int) layers.Cell { return layers.GRU{} }, "stack": func(int) layers.Cell { return layers.Stack{nil} },
		"residual": func(int) layers.Cell { return layers.Residual{} }, "each": func(int) layers.Cell { return layers.Each{} },
	}
	for name, newCell := range cells {
		t.Run("cell "+name, func(t *testing.T) { layerstest.Cell(t, newCell) })
	}
	all := map[string]func() layers.Layer{
		"none": nil, "nil": func() layers.Layer { return nil }, "nil pointer": func() layers.Layer { return (*layers.Dense)(nil) },
		"zero": func() layers.Layer { return layers.Dense{} }, "rnn": func() layers.Layer { return layers.RNN{} },
		"both ways": func() layers.Layer { return layers.Bidirectional{} }, "chain": func() layers.Layer { return layers.Chain{nil} },
	}
	for name, newLayer := range all {
		t.Run("layer "+name, func(t *testing.T) { layerstest.Layer(t, newLayer) })
	}
}
