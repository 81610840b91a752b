package trainers

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/cheggaaa/pb/v3"
	"github.com/pkg/errors"
	"golang.org/x/term"
)

var (
	_ Starter  = (*progress)(nil)
	_ Rewinder = (*progress)(nil)
	_ Ender    = (*progress)(nil)
)

// Progress shows how far training is, with loss, steps per second, time and time left: as a bar where w is a
// terminal, never wider than that, elsewhere as about twenty plain lines in all, and one whenever 30 seconds
// have passed without. In a file or on a terminal that goes for long evaluations too; other writers are written
// to between steps only. Before the first step it says what memory training will take, and what of the data fills
// no batch.
//
//	step 20/400  loss 3.104  4.1 steps/s  5s, 1m33s left
func Progress(w io.Writer) Hook {
	p := &progress{w: w, now: time.Now}
	f, ok := w.(*os.File)
	if !ok || f == nil {
		return p
	}
	p.beat = 5 * time.Second
	if term.IsTerminal(int(f.Fd())) {
		p.beat = time.Second
		p.columns = func() int {
			columns, _, err := term.GetSize(int(f.Fd()))
			if err != nil || columns <= 0 {
				return 80
			}
			return columns
		}
	}
	return p
}

const (
	silence = 30 * time.Second       // a line follows after it, though no twentieth is done
	redraw  = 100 * time.Millisecond // between two drawings of a bar
)

// progress draws a bar over one line of a terminal, or writes lines. A goroutine of its own speaks while a
// step, or what hooks do after it, takes long.
type progress struct {
	w       io.Writer
	columns func() int       // of the terminal; nil: lines
	now     func() time.Time // the clock
	beat    time.Duration    // between two looks at the clock beside training; 0: none

	mu    sync.Mutex // of all below, and of w
	run   *Run
	bar   *pb.ProgressBar
	began time.Time
	spoke time.Time // when the bar was drawn, or a line written
	moved time.Time // when a step was done
	every int       // steps between two lines
	done  int       // steps of this call of Fit, those included that training went back from
	shown struct {  // of the last step
		step, steps   int
		loss          float64
		elapsed, each time.Duration
	}
	stop    chan struct{}
	stopped sync.WaitGroup
}

// Start implements Starter.
func (p *progress) Start(r *Run) error {
	switch {
	case p.w == nil:
		return errors.New("progress: no writer")
	case r == nil:
		return errors.New("progress: run is nil")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.run, p.done, p.began = r, 0, p.now()
	p.spoke, p.moved = p.began, p.began
	p.every = max(1, (r.Steps-r.Step)/20)
	p.shown.step, p.shown.steps, p.shown.elapsed, p.shown.each = r.Step, r.Steps, 0, 0
	p.bar = pb.New(r.Steps - r.Step)
	p.bar.Set(pb.Static, true).SetTemplateString(`{{string . "left"}} {{bar . "[" "=" ">" " " "]"}} {{string . "right"}}`)
	if p.columns != nil {
		r.bars = append(r.bars, p)
	}
	if p.beat > 0 && !r.rehearsal {
		p.stop = make(chan struct{})
		p.stopped.Add(1)
		go p.keepSpeaking(p.stop)
	}
	return nil
}

// keepSpeaking looks at the clock beside training. What it cannot write, the next step cannot either.
func (p *progress) keepSpeaking(stop chan struct{}) {
	defer p.stopped.Done()
	ticker := time.NewTicker(p.beat)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			p.wait()
		}
	}
}

// wait speaks if nothing was said for long.
func (p *progress) wait() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.columns != nil {
		return p.draw()
	}
	if p.now().Sub(p.spoke) < silence {
		return nil
	}
	return p.line(p.waiting())
}

func (p *progress) announce(line string) error {
	if p.run.rehearsal {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := fmt.Fprintln(p.w, line)
	return err
}

// Step implements Hook.
func (p *progress) Step(r *Run) error {
	if p.run == nil || r.Rehearsal() {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if r == nil {
		r = p.run
	}
	p.done++
	p.moved = p.now()
	p.shown.step, p.shown.loss, p.shown.elapsed = r.Step, r.Loss, r.Elapsed
	p.shown.each = r.Elapsed / time.Duration(p.done)
	switch quiet := p.moved.Sub(p.spoke); {
	case p.columns != nil && (quiet >= redraw || r.Step == r.Steps):
		return p.draw()
	case p.columns == nil && (r.due(p.every) || quiet >= silence):
		return p.line(p.going())
	}
	return nil
}

// Rewind implements Rewinder.
func (p *progress) Rewind(r *Run) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.run == nil || r == nil {
		return nil
	}
	from := p.shown.step
	p.shown.step = r.Step
	if p.columns != nil {
		return p.draw()
	}
	p.spoke = p.now()
	_, err := fmt.Fprintf(p.w, "step %d/%d  went back from step %d\n", r.Step, p.shown.steps, from)
	return err
}

// clear takes the bar away until it is drawn again.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil && !p.spoke.Equal(p.began) {
		fmt.Fprint(p.w, "\r\x1b[K") // what fails here fails with the next drawing
		p.spoke = p.began
	}
}

// End implements Ender.
func (p *progress) End(r *Run) error {
	if p.stop != nil {
		close(p.stop)
		p.stopped.Wait()
		p.stop = nil
	}
	if p.columns == nil || r.Rehearsal() || p.bar == nil { // nil: another hook failed before it
		return nil
	}
	err := p.draw()
	p.bar = nil
	if err == nil {
		_, err = fmt.Fprintln(p.w)
	}
	return err
}

// going is the pace: "4.1 steps/s  5s, 1m33s left".
func (p *progress) going() string {
	s := p.shown
	if s.each <= 0 {
		return short(0) + " steps/s"
	}
	left := s.each * time.Duration(s.steps-s.step)
	return fmt.Sprintf("%.3g steps/s  %v, %v left", 1/s.each.Seconds(), s.elapsed.Round(time.Second), left.Round(time.Second))
}

// waiting says what takes long: "12m5s, evaluating validation".
func (p *progress) waiting() string {
	what := "in the next step"
	if doing := p.run.doing.Load(); doing != nil {
		what = *doing
	}
	return fmt.Sprintf("%v, %s", p.now().Sub(p.began).Round(time.Second), what)
}

// line writes a line.
func (p *progress) line(pace string) error {
	p.spoke = p.now()
	text := fmt.Sprintf("step %d/%d", p.shown.step, p.shown.steps)
	if p.done > 0 {
		text += fmt.Sprintf("  loss %#.4g", p.shown.loss)
	}
	_, err := fmt.Fprintf(p.w, "%s  %s\n", text, pace)
	return err
}

// draw draws the bar over itself. It leaves the last column free: a terminal that is full begins a new line.
func (p *progress) draw() error {
	now := p.now()
	p.spoke = now
	pace := p.going()
	if now.Sub(p.moved) > 2*max(time.Second, p.shown.each) {
		pace = p.waiting()
	}
	left := fmt.Sprintf("step %d/%d", p.shown.step, p.shown.steps)
	if p.done > 0 {
		left += fmt.Sprintf("  loss %#.4g", p.shown.loss)
	}
	p.bar.Set("left", left).Set("right", pace)
	p.bar.SetTotal(int64(p.shown.steps)).SetCurrent(int64(p.shown.step)).SetWidth(max(1, p.columns()-1))
	_, err := fmt.Fprintf(p.w, "\r%s\x1b[K", p.bar.String())
	return err
}
