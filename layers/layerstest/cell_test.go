package layerstest

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/elman-go/elman/layers"
)

// faultVariable names the fault that TestFaultyCell is to fail on.
const faultVariable = "ELMAN_TEST_FAULT"

// TestFaultyCell is run by TestCellFails, in a process of its own.
func TestFaultyCell(t *testing.T) {
	fault, binds := os.Getenv(faultVariable), 0
	if fault == "" {
		t.Skip("without a fault there is nothing to fail on")
	}
	Cell(t, func(hidden int) layers.Cell { return faulty{hidden, fault, &binds} })
}

// A broken promise fails the test and leaves the others to speak for themselves, but for wrong sizes,
// after which they could only repeat it.
func TestCellFails(t *testing.T) {
	for fault, want := range map[string]struct{ failed, passed, absent string }{
		"gradient cut": {failed: "gradients", passed: "rows"},
		"output size":  {failed: "shapes", absent: "gradients"},
	} {
		command := exec.Command(os.Args[0], "-test.run=^TestFaultyCell$", "-test.v")
		command.Env = append(os.Environ(), faultVariable+"="+fault)
		out, err := command.CombinedOutput()
		if err == nil {
			t.Errorf("%s: the test passes:\n%s", fault, out)
		}
		says := func(result, promise string) bool {
			return strings.Contains(string(out), "--- "+result+": TestFaultyCell/"+promise+" ")
		}
		if !says("FAIL", want.failed) || want.passed != "" && !says("PASS", want.passed) ||
			want.absent != "" && strings.Contains(string(out), "TestFaultyCell/"+want.absent) {
			t.Errorf("%s: want %+v, have:\n%s", fault, want, out)
		}
	}
}

func TestLayer(t *testing.T) {
	Layer(t, func() layers.Layer { return layers.RNN{Cell: layers.Vanilla{Hidden: 2}} })
}
