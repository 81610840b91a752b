package trainers

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/internal/folder"
)

// A Recovery says how training goes on where it would end with an error: after a loss or a gradient that
// is not finite, whose batches are left out, and where the loss leaps. The zero value ends training.
type Recovery struct {
	Skips  int     // how often batches may be left out in all; 0: never
	Factor float64 // by which the learning rate is multiplied each time, in (0, 1]; 0 means 0.5

	// Spike is how many times the running mean of the losses before makes a leap, if that is above 0. Training
	// then goes back to the newest checkpoint that was due and leaves the batch out from there. 0: nothing does.
	Spike float64
}

func (r Recovery) check(c Checkpoints) error {
	switch {
	case r.Skips < 0 || !(r.Factor >= 0 && r.Factor <= 1):
		return errors.Errorf("Recovery: Skips is %d, Factor %v, want 0 or more, and a factor of at most 1", r.Skips, r.Factor)
	case r.Spike != 0 && !(r.Spike > 1):
		return errors.Errorf("Recovery: Spike is %v, want more than 1, or 0", r.Spike)
	case r.Spike > 0 && (c.Dir == "" || r.Skips == 0):
		return errors.New("Recovery: Spike needs Checkpoints to go back to, and Skips")
	}
	return nil
}

// recovery is what has been recovered from, and what tells a leap. A checkpoint holds it.
type recovery struct {
	Skipped int      `json:"skipped"` // times
	Rate    float64  `json:"rate"`    // factor of the learning rate
	Mean    float64  `json:"mean"`    // of the losses, the newer ones weighing more
	Seen    int      `json:"seen"`    // losses in the mean
	Batches [][2]int `json:"batches"` // that are left out: epoch and number
}

// diverged is the error of a step that must not reach the parameters.
type diverged struct{ error }

// leapt is the error of a loss that is finite, and a spike.
type leapt struct{ error }

// before is what a step that is left out puts back.
type before struct {
	carried graph.Carried
	batches [][2]int // read by the step
}

// watch notes where a step begins, if it may be left out.
func (f *fit) watch() {
	f.before.batches = f.before.batches[:0]
	if f.Recovery.Skips > 0 {
		f.before.carried = f.run.shards.carried()
	}
}

// spike is an error if the loss leapt.
func (f *fit) spike(loss float64) error {
	if s := f.Recovery.Spike; s > 0 && f.recovery.Seen >= 10 && f.recovery.Mean > 0 && loss > s*f.recovery.Mean {
		return leapt{errors.Errorf("loss is %#.4g, %.1f times the mean of those before; %s", loss, loss/f.recovery.Mean, f.history())}
	}
	return nil
}

// note takes the loss of a step into the mean.
func (r *recovery) note(loss float64) {
	r.Seen++
	r.Mean += (loss - r.Mean) / float64(min(r.Seen, 20))
}

// recover makes training go on behind a step that diverged, or gives back the error.
func (f *fit) recover(failed error) error {
	if !errors.As(failed, new(diverged)) && !errors.As(failed, new(leapt)) || f.Recovery.Skips == 0 {
		return failed
	}
	if f.recovery.Skipped >= f.Recovery.Skips {
		return errors.Wrapf(failed, "after %d batches that were left out", f.recovery.Skipped)
	}
	r := f.run
	now := f.recovery
	now.Skipped++
	now.Rate *= or(f.Recovery.Factor, 0.5)
	now.Batches = append(slices.Clone(now.Batches), f.before.batches...)
	where := "went on"
	if errors.As(failed, new(leapt)) {
		went, err := f.goBack()
		if err != nil {
			return errors.Wrapf(err, "%v; going back", failed)
		}
		if went {
			where = fmt.Sprintf("went back to step %d", r.Step)
			now.Mean, now.Seen = f.recovery.Mean, f.recovery.Seen
		}
	} else if err := r.shards.setCarried(f.before.carried); err != nil {
		return err
	}
	f.recovery = now
	f.restart()
	r.Text("skipped", fmt.Sprintf("%v; left out, %s, learning rate times %.3g", failed, where, now.Rate))
	return nil
}

// goBack goes to the newest checkpoint that a run without an end would have too, if there is one.
func (f *fit) goBack() (bool, error) {
	if err := f.written(); err != nil {
		return false, err
	}
	steps, err := stepFolders(f.Checkpoints.Dir)
	if err != nil {
		return false, err
	}
	last := ""
	var undone []string // newer checkpoints, of what will not have happened
	for _, step := range slices.Backward(steps) {
		dir := filepath.Join(f.Checkpoints.Dir, stepFolder(step))
		if !isEarly(dir) {
			last = dir
			break
		}
		undone = append(undone, dir)
	}
	if last == "" {
		return false, f.run.shards.setCarried(f.before.carried)
	}
	saved, values, err := readCheckpoint(last)
	if err != nil {
		return false, errors.Wrap(err, filepath.Base(last))
	}
	if err := f.put(saved, values); err != nil {
		return false, errors.Wrap(err, filepath.Base(last))
	}
	f.saved = f.run.Step
	for _, dir := range undone {
		if err := folder.Remove(dir); err != nil {
			return false, err
		}
	}
	err = f.each("going back", f.hooks(true), func(h Hook) error { return rewind(h, f.run) })
	if cut := saved.Cut; err == nil && cut != nil {
		err = f.hear(func(i int) bool { return slices.Contains(cut, i) })
	}
	return true, err
}

// rewind tells a Rewinder.
func rewind(v any, r *Run) error {
	if w, ok := v.(Rewinder); ok {
		return w.Rewind(r)
	}
	return nil
}

// history tells where in the data something went wrong, and how large the last gradients were.
func (f *fit) history() string {
	var batches, norms []string
	for _, b := range f.before.batches {
		batches = append(batches, fmt.Sprintf("batch %d of epoch %d", b[1], b[0]))
	}
	for _, norm := range f.norms {
		norms = append(norms, short(norm))
	}
	where := strings.Join(batches, ", ")
	if len(norms) == 0 {
		return where + "; no step came before"
	}
	return where + "; gradient norms of the steps before: " + strings.Join(norms, " ")
}
