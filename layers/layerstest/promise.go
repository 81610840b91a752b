package layerstest

import "testing"

// A promise is one part of the contract.
type promise struct {
	name  string
	text  string
	check func(t testing.TB, newSubject func(hidden int) subject)
}

// common are the promises of cells and layers.
var common = []promise{
	{"shapes", "outputs and state have the sizes that OutputSize and StateSizes declare", checkShapes},
	{"gradients", "the gradients are the derivatives of the outputs and the last state", checkGradients},
	{"rows", "each row of a batch gives what it gives alone", checkForm(form{})},
	{"seed", "initial values depend on the Store's seed and the parameter's path only", checkSeed},
	{"repeatable", "the same feed gives the same bits, in every Session and for any GOMAXPROCS", checkRepeatable},
	{"float32", "a Store of float32 gives nearly what one of float64 gives", checkFloat32},
	{"save", "parameters that were saved and loaded give the same bits", checkSave},
}

// hold runs the promises as subtests. Where the first, on shapes, is broken the others could only say
// so again.
func hold(t *testing.T, promises []promise, newSubject func(hidden int) subject) {
	t.Helper()
	for i, p := range promises {
		kept := t.Run(p.name, func(t *testing.T) { p.hold(t, newSubject) })
		if i == 0 && !kept {
			return
		}
	}
}

// hold runs one check and says in words what its failure means.
func (p promise) hold(t testing.TB, newSubject func(hidden int) subject) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("broken promise: %s", p.text)
		}
	}()
	p.check(t, newSubject)
}
