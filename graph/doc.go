// Package graph declares computation graphs on Gorgonia, differentiates and runs them. It knows
// tensors, parameters and time, but no layers.
//
//	Store    the learnable tensors of a model, by path
//	  │ Build(store, declare)
//	  ▼
//	Scope    inside declare: a path, and the operations on nodes
//	  │ compiled
//	  ▼
//	Session  feed, run, read; gradients and carried state
//	  └ Stream  many sequences on one Session, a step at a time
//
// Operations fail fast inside Build, which returns the failure as an error; everything else returns
// errors. Floats, Ints and Rows make what is fed, and Node, Tensor, Shape and Dtype are names for types of Gorgonia's
// that programs meet. All graphs built on one Store share its parameters: train one, evaluate with another.
package graph
