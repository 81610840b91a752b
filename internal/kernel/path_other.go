//go:build !amd64 || purego

package kernel

// available lists the paths of this processor: the portable one alone, on which nothing below is called.
func available() []path { return []path{portable} }

func multiplyTile(rows, cols, k int, a *float32, aRow, aStep int, b *float32, bStep int, c *float32, cRow int, from *float32, fromRow int) {
}
func transposeBlocks(n int, dst *float32, dstRow int, a *float32, aRow int) {}
func multiplyFew(rows, k int, a *float32, aRow int, b *float32, bStep, panel int, c *float32, cRow int, from *float32, fromRow int) {
}
func mapRows(op Op, rows, cols int, dst *float32, dstRow int, a *float32, aRow int, b *float32, bRow int, c *float32, cRow int, k float32) {
}
func lanesOf() int                                                { return 1 }
func tops(n int, a *float32, out *[16]float32)                    {}
func expSums(n int, a *float32, shift float32, out *[8]float64)   {}
func expShifted(n int, dst, a *float32, shift, k float32)         {}
func squares(n int, a *float32, out *[8]float64)                  {}
func columnSums(rows, cols int, dst, a *float32, aRow int)        {}
func adamUpdate(n int, p, m, v, g *float32, s *AdamStep[float32]) {}
