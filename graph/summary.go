package graph

import (
	"fmt"
	"strings"

	"gorgonia.org/tensor"
)

// Summary lists the parameters of a Store in order of declaration, a line each: path, shape, number of
// elements, and "frozen" where it is not trained. The last line adds up the elements.
func Summary(st *Store) string {
	const last = "total"
	wide := [...]int{len(last), 0, 0} // of path, shape, number
	total := 0
	for _, p := range st.Params() {
		total += p.Value.Shape().TotalSize()
		wide[0] = max(wide[0], len(p.Path))
		wide[1] = max(wide[1], len(bracketed(p.Value.Shape())))
	}
	wide[2] = len(fmt.Sprint(total))
	var lines strings.Builder
	for _, p := range st.Params() {
		fmt.Fprintf(&lines, "%-*s  %-*s  %*d", wide[0], p.Path, wide[1], bracketed(p.Value.Shape()), wide[2], p.Value.Shape().TotalSize())
		if p.Frozen {
			lines.WriteString("  frozen")
		}
		lines.WriteByte('\n')
	}
	fmt.Fprintf(&lines, "%-*s  %-*s  %*d\n", wide[0], last, wide[1], "", wide[2], total)
	return lines.String()
}

// bracketed prints a shape as "[2, 12]".
func bracketed(shape tensor.Shape) string {
	return strings.NewReplacer("(", "[", ")", "]").Replace(fmt.Sprint(shape))
}
