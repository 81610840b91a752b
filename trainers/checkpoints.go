package trainers

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/internal/folder"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/metrics"
)

// Checkpoints say where, and how often, training is saved. Each checkpoint is a folder of Dir, whose name
// sorts by step:
//
//	Dir/step-0000001200/weights.safetensors, training.safetensors, training.json, SHA256SUMS
//
// It is there as a whole or not at all, whenever the program ends, and a run that is resumed from it
// ends with the same bits as one that was never interrupted. Training stops for the copy in memory only;
// writing goes on beside it.
//
// Dir is locked while training goes on. Another that begins or resumes there meanwhile, of this process or another,
// is refused and told which has it; when a process is killed, its lock is gone with it.
//
// There is one after each evaluation that is the best so far: of the first Evaluate among the hooks, by its
// loss or by the metric that EarlyStopping watches in it. There is one after the last step, whatever ended
// training but an error; unless it is due there anyway, it goes when there is a newer one.
type Checkpoints struct {
	Dir      string // "" saves nothing
	Every    int    // steps; 0: only the last and the best
	Keep     int    // the newest ones that stay, beside the best; 0 means 2
	Resume   bool   // go on from the newest in Dir, if there is one; otherwise Dir must have none
	Settings any    // of the program, such as JSON can say: a checkpoint of others is refused
}

// LastCheckpoint is the folder of the newest checkpoint in dir. It is an error if there is none.
func LastCheckpoint(dir string) (string, error) {
	steps, err := stepFolders(dir)
	if err != nil {
		return "", errors.Wrap(err, "checkpoint")
	}
	if len(steps) == 0 {
		return "", errors.Errorf("checkpoint: %q holds none", dir)
	}
	return filepath.Join(dir, stepFolder(steps[len(steps)-1])), nil
}

// Unused is dir, or the first of dir-2, dir-3, ... that is not there yet, or empty and in use by no training.
func Unused(dir string) string {
	name := dir
	for n := 2; ; n++ {
		if folder.Unused(name) {
			return name
		}
		name = fmt.Sprintf("%s-%d", dir, n)
	}
}

func (c Checkpoints) check() error {
	switch {
	case c.Every < 0 || c.Keep < 0:
		return errors.Errorf("Checkpoints: Every is %d, Keep %d, want 0 or more", c.Every, c.Keep)
	case c.Dir == "" && (c.Resume || c.Every > 0):
		return errors.New("Checkpoints: no Dir")
	}
	return nil
}

// hold makes the folder for checkpoints and takes it for this training, before the first step and not after the first
// thousand.
func (f *fit) hold() (err error) {
	if f.Checkpoints.Dir != "" {
		f.lock, f.made, err = folder.Hold(f.Checkpoints.Dir)
	}
	return err
}

// resume goes on from the newest checkpoint.
func (f *fit) resume(spec data.Spec) (err error) {
	c := f.Checkpoints
	if c.Dir == "" {
		return nil
	}
	if f.settings, err = f.settingsOf(spec, c.Settings); err != nil {
		return err
	}
	steps, err := stepFolders(c.Dir)
	if err != nil {
		return err
	}
	if len(steps) > 0 && !c.Resume {
		return errors.Errorf("%q holds checkpoints up to step %d of another run: resume it, or give another folder", c.Dir, steps[len(steps)-1])
	}
	if err := sweep(c.Dir); err != nil || len(steps) == 0 {
		return err
	}
	last := steps[len(steps)-1]
	saved, values, err := readCheckpoint(filepath.Join(c.Dir, stepFolder(last)))
	if err == nil {
		err = f.put(saved, values)
	}
	if err == nil {
		f.saved = last
		if f.cut = saved.Cut; f.cut != nil {
			f.saved = -1 // it is to be saved again, when they have been called
		}
		return nil
	}
	err = errors.Wrap(err, stepFolder(last))
	if n := len(steps); n > 1 && saved == nil {
		return errors.Errorf("%v; without that folder training goes on from step %d", err, steps[n-2])
	}
	return err
}

// save saves the step that is done, if that is due or the last, and says what went wrong with the writing of
// the one before.
func (f *fit) save(last bool) error {
	c, r := f.Checkpoints, f.run
	if c.Dir == "" || f.saved == r.Step {
		return nil
	}
	due := c.Every > 0 && r.Step%c.Every == 0
	due = f.improved() || due
	if !due && !last {
		return nil
	}
	return f.saveNow(!due)
}

// saveFirst saves the model as it is before the first step, if an evaluation has seen it: it may stay the best.
// Training does not go back to it.
func (f *fit) saveFirst() error {
	if f.Checkpoints.Dir == "" || !f.improved() {
		return nil
	}
	return f.saveNow(true)
}

// saveNow begins to write the moment.
func (f *fit) saveNow(early bool) error {
	c, r := f.Checkpoints, f.run
	if err := f.written(); err != nil {
		return err
	}
	moment, err := f.take()
	if err != nil {
		return err
	}
	moment.Early = early
	f.saved = r.Step
	f.writing = make(chan error, 1)
	go func() { f.writing <- errors.Wrap(c.write(moment), "checkpoint") }()
	return nil
}

// close gives the folder for checkpoints back, whatever ended training, and removes it again if it was made for it and
// nothing was saved.
func (f *fit) close() {
	f.written() // an error of it was said, or a panic is under way
	f.lock.Release()
	if entries, err := os.ReadDir(f.made); err == nil && len(entries) == 0 {
		os.Remove(f.made)
	}
}

// written waits for the checkpoint that is being written.
func (f *fit) written() error {
	if f.writing == nil {
		return nil
	}
	err := <-f.writing
	f.writing = nil
	return err
}

// write writes one checkpoint, and removes those that need not stay.
func (c Checkpoints) write(moment *checkpoint) error {
	if err := moment.write(filepath.Join(c.Dir, stepFolder(moment.Step))); err != nil {
		return err
	}
	steps, err := stepFolders(c.Dir)
	if err != nil {
		return err
	}
	keep := c.Keep
	if keep == 0 {
		keep = 2
	}
	newest := 0 // that are counted
	for _, step := range slices.Backward(steps) {
		early := step < moment.Step && isEarly(filepath.Join(c.Dir, stepFolder(step)))
		stays := step == moment.Step || moment.Best != nil && step == moment.Best.Step
		if !early && !(step == moment.Step && moment.Early) {
			newest++
			stays = stays || newest <= keep
		}
		if stays {
			continue
		}
		if err := folder.Remove(filepath.Join(c.Dir, stepFolder(step))); err != nil {
			return err
		}
	}
	return nil
}

// A scorer is a Hook that says how good the model was after a step. The first one chooses the best checkpoint.
type scorer interface {
	score(step int) (v metrics.Value, scored bool)
}

// improved reports whether the step brought the best evaluation so far, and remembers it.
func (f *fit) improved() bool {
	for _, h := range f.Hooks {
		s, ok := h.(scorer)
		if !ok {
			continue
		}
		v, scored := s.score(f.run.Step)
		if !scored || !finite(v.Value) || f.best != nil && !v.Better.Improves(v.Value, f.best.Value, 0) {
			return false
		}
		f.best = &best{Step: f.run.Step, Value: v.Value}
		return true
	}
	return false
}

// BestCheckpoint is the folder of the checkpoint of the best evaluation, as the newest in dir knows it. It
// is an error if there is none. Where an Evaluate measures an EMA, its weights are still those of training; the
// average is in training.safetensors.
func BestCheckpoint(dir string) (string, error) {
	for {
		last, err := LastCheckpoint(dir)
		if err != nil {
			return "", err
		}
		c, _, err := readCheckpoint(last)
		if err == nil && c.Best == nil {
			return "", errors.Errorf("checkpoint: %q: nothing was evaluated", dir)
		}
		best := ""
		if err == nil {
			best = filepath.Join(dir, stepFolder(c.Best.Step))
			_, err = os.Stat(best)
		}
		if err == nil {
			return best, nil
		}
		if now, _ := LastCheckpoint(dir); now == last { // otherwise training has saved more, and removed this one
			return "", errors.Wrapf(err, "checkpoint: %s", strings.TrimPrefix(last, dir))
		}
	}
}
