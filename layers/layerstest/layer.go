package layerstest

import (
	"testing"

	"github.com/elman-go/elman/layers"
)

// Layer holds a layer to the contract of layers.Layer, one subtest a promise: shapes, gradients, rows,
// seed, repeatable, float32 and save, as Cell has them. newLayer returns a layer that takes inputs of
// any size, with no randomness: give dropout a rate of 0.
func Layer(t *testing.T, newLayer func() layers.Layer) {
	t.Helper()
	if newLayer == nil || isNil(newLayer()) {
		t.Fatal("no layer")
	}
	hold(t, common, func(int) subject { return layerSubject(newLayer()) })
}
