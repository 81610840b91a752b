package trainers

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/pkg/errors"
)

// Log writes a line every n steps and after the last of all; n of 0 or less: only then. The loss is the mean over
// the batches of the step, as they were before it; the time is since this call of Fit began.
//
//	step 200  epoch 3  loss 1.234  rate 0.001  gradient norm 0.82  1m32s
func Log(w io.Writer, n int) Hook {
	return Every(n, func(r *Run) error {
		switch {
		case w == nil:
			return errors.New("log: no writer")
		case r.rehearsal:
			return nil
		}
		r.clearBars()
		_, err := fmt.Fprintf(w, "step %d  epoch %d  loss %#.4g  rate %.3g  gradient norm %s  %v\n",
			r.Step, r.Epoch, r.Loss, r.Rate, short(r.GradNorm), r.Elapsed.Round(time.Second))
		return err
	})
}

// short prints a number with two digits: "0.82", "3.1e+04".
func short(v float64) string { return strconv.FormatFloat(v, 'g', 2, 64) }
