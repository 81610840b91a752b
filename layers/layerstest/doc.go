// Package layerstest holds cells and layers to their contracts. It is meant for custom cells:
//
//	func TestMyCell(t *testing.T) {
//		layerstest.Cell(t, func(hidden int) layers.Cell { return MyCell{Hidden: hidden} })
//	}
//
//	Cell    shapes, gradients, and equal results of every way to run a cell
//	Layer   the same of a Layer, as far as it applies
//	Params  parameter paths and shapes against a file, so that saved models stay readable
//
// They report to the test t; without one, a nil t, they panic.
package layerstest
