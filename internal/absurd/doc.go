// Package absurd calls every exported function and method of the public packages with arguments that
// nobody means: zero values, nils, typed nils, negative, huge and NaN numbers, tensors of other types and
// shapes, closed sessions. Each call returns, with an error of one line or with a result; a panic, a call
// that does not return, and an error that repeats a panic fail the tests. It is all tests; a new function
// or type gets a line in their table, without which they fail.
package absurd
