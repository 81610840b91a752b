// Package graphtest helps to test what is declared on package graph: layers, losses, whole models.
//
//	CheckGradients  the gradient of every parameter against finite differences
//	Equal           tensors, slices and numbers within a tolerance
//	Golden          cases that another framework computed
//	Run             a declaration, built and run once; Output and Gradients read it
//
// They report to the test t; without one, a nil t, they panic.
package graphtest
