// Package archtest holds the source tree to its architecture: which packages there are, who may import
// whom, and that everything exported is documented. It is all tests; a new package gets a line in
// their table.
package archtest
