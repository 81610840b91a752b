// Package readme holds the README to its word: its tests run the programs in it and compare what they
// print with what it says.
package readme
