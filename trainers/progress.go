package trainers

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Progress shows how far training is, with loss, steps per second and time left: as a bar where w is a
// terminal, elsewhere as about twenty plain lines in all. Before the first step it says what memory training
// will take.
func Progress(w io.Writer) Hook {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &progressBar{w: w}
	}
	return &progressLines{w: w}
}

// progressBar draws over one line of a terminal.
type progressBar struct {
	w   io.Writer
	bar *progressbar.ProgressBar
}

func (p *progressBar) Start(r *Run) error {
	p.bar = progressbar.NewOptions(r.Steps-r.Step,
		progressbar.OptionSetWriter(p.w),
		progressbar.OptionSetWidth(24),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("step"),
		progressbar.OptionThrottle(100*time.Millisecond),
	)
	return nil
}

func (p *progressBar) announce(line string) error {
	_, err := fmt.Fprintln(p.w, line)
	return err
}

func (p *progressBar) Step(r *Run) error {
	p.bar.Describe(fmt.Sprintf("loss %#.4g", r.Loss))
	return p.bar.Add(1)
}

func (p *progressBar) End(*Run) error {
	_, err := fmt.Fprintln(p.w)
	return err
}

// progressLines writes a line for each twentieth of the steps.
type progressLines struct {
	w    io.Writer
	from int // the step that training began with
}

func (p *progressLines) Start(r *Run) error {
	p.from = r.Step
	return nil
}

func (p *progressLines) announce(line string) error {
	_, err := fmt.Fprintln(p.w, line)
	return err
}

func (p *progressLines) Step(r *Run) error {
	if !r.due(max(1, (r.Steps-p.from)/20)) {
		return nil
	}
	perStep := r.Elapsed / time.Duration(r.Step-p.from)
	left := perStep * time.Duration(r.Steps-r.Step)
	_, err := fmt.Fprintf(p.w, "step %d/%d  loss %#.4g  %.3g steps/s  %v left\n",
		r.Step, r.Steps, r.Loss, 1/perStep.Seconds(), left.Round(time.Second))
	return err
}
