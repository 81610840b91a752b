package trainers

import (
	"fmt"
	"io"
	"strconv"
)

// Log writes a line every n steps and after the last of all; n of 0 or less: only then.
//
//	step 200  epoch 3  loss 1.234  rate 0.001  gradient norm 0.82
func Log(w io.Writer, n int) Hook {
	return Every(n, func(r *Run) error {
		_, err := fmt.Fprintf(w, "step %d  epoch %d  loss %#.4g  rate %.3g  gradient norm %s\n",
			r.Step, r.Epoch, r.Loss, r.Rate, short(r.GradNorm))
		return err
	})
}

// short prints a number with two digits: "0.82", "3.1e+04".
func short(v float64) string { return strconv.FormatFloat(v, 'g', 2, 64) }
