package trainers

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/internal/folder"
	"github.com/elman-go/elman/trainers/data"
)

// A Model declares the scalar to minimise, the mean over one batch. Its inputs are named as the batch's
// tensors are; what it does not read of a batch is left out.
type Model interface {
	// Store holds the model's parameters.
	Store() *graph.Store
	// Loss declares the graph of one batch of the given spec. An output that it names "count", a
	// scalar, is how many targets the mean is over. The mean over several batches, in an evaluation and
	// in a step of training, weighs them by it. Without it they count as many targets as the model reads:
	// "targets" that are not negative, or the numbers of "y", each by its "mask". A model that reads neither
	// "targets" nor a "mask" counts sequences, see data.Sequences, or all batches alike if their source does
	// not say how many sequences they have.
	Loss(s *graph.Scope, spec data.Spec) *G.Node
}

// A Trainer fits models. Optimizer and Schedule are needed; the zero value of everything else is the
// plain loop. Hooks and most optimisers remember, so a Trainer serves one model.
type Trainer struct {
	Optimizer  Optimizer
	Schedule   Schedule // learning rate of each step
	ClipNorm   float64  // greatest global gradient norm; 0 does not clip
	Accumulate int      // batches whose targets one step is the mean over; 0 means 1
	Shards     int      // pieces, equal ones, that a batch is cut into and that run side by side; 0 means 1
	Threads    int      // most threads that training and its evaluations use; 0 means GOMAXPROCS, which is never exceeded
	Hooks      []Hook   // called in this order; Listeners start before the others, and else follow them
	From       Position // where to begin; the zero value is the beginning

	Checkpoints Checkpoints // what is saved, to take training up again
	Recovery    Recovery    // how to go on where training would fail

	rehearsal bool // by Smoke
}

// A Report says how training went.
type Report struct {
	Steps       int     // done, those before Trainer.From included
	Before      int     // of them, done before this call of Fit
	Epochs      int     // that were begun
	Loss        float64 // of the last step; NaN when there was none
	Interrupted bool    // the context was cancelled
	Stopped     string  // the reason, if a hook stopped it
	Skipped     int     // times that batches were left out, by Recovery
	Seconds     float64
	Position    Position // where Trainer.From resumes it; means nothing after an error
}

// Fit trains m on src until steps optimiser steps are done, those before From included, through as many
// epochs as that takes. It returns early when ctx is cancelled or a hook stops it, after the step under
// way; neither is an error. Where the state of a Carry begins anew is up to the batches.
//
// The loss of a step is the mean over the targets of all its batches and their pieces, and its gradients are
// that loss's. Where no target counts both are 0.
//
// A loss, a gradient norm or a learning rate that is not finite ends training before it reaches the
// parameters, with an error that names the step:
//
//	train step 812: loss is NaN, first lm/head: exp at (3, 0, 17); batch 11 of epoch 2; gradient norms of the
//	steps before: 0.94 1.2 8.7 310 3.1e+04
//
// unless Recovery lets it go on. The newest checkpoint is from before.
//
// Errors also come from the model's declaration, from the source and from hooks, from a batch that
// lacks a tensor the model reads, and from an epoch without a batch.
func (t *Trainer) Fit(ctx context.Context, m Model, src data.Source, steps int) (Report, error) {
	if err := t.check(m, src, steps); err != nil {
		return Report{}, errors.Wrap(err, "train")
	}
	if ctx == nil {
		return Report{}, errors.New("train: context is nil")
	}
	pieces, err := newShards(m, src, max(1, t.Shards), t.Threads)
	if err != nil {
		return Report{}, errors.Wrap(err, "train")
	}
	defer pieces.close()
	session := pieces.sessions[0]
	if len(session.Gradients()) == 0 {
		return Report{}, errors.New("train: the loss depends on no parameter that is not frozen")
	}
	f := &fit{
		recovery: recovery{Rate: 1},
		Trainer:  t, grads: session.Gradients(),
		run: &Run{
			Model: m, Session: session, shards: pieces, threads: t.Threads, Steps: steps,
			Loss: math.NaN(), GradNorm: math.NaN(), ctx: ctx, began: time.Now(),
			rehearsal: t.rehearsal, rows: max(1, t.Accumulate) * sequences(src),
		},
	}
	if err := f.begin(t.From); err != nil {
		return Report{}, errors.Wrap(err, "train: Trainer.From")
	}
	f.run.resumed = t.From.Step > 0
	f.saved = f.run.Step
	defer f.close()
	if err := f.hold(); err != nil {
		return Report{}, errors.Wrapf(err, "train: checkpoint %q", t.Checkpoints.Dir)
	}
	if err := f.resume(src.Spec()); err != nil {
		return Report{}, errors.Wrap(err, "train: checkpoint")
	}
	f.run.retried = t.Checkpoints.Resume && !f.run.resumed
	f.first, f.source = f.run.Step, src
	for _, h := range t.Hooks {
		if l, ok := h.(Listener); ok {
			f.run.listeners = append(f.run.listeners, l)
		}
	}
	f.restart()
	defer func() { f.stop() }()
	err = f.loop()
	return f.report(), err
}

// restart reads the data from the run's place on.
func (f *fit) restart() {
	if f.stop != nil {
		f.stop()
	}
	f.next, f.stop = iter.Pull2(f.run.batches(f.source, f.recovery.Batches))
}

// begin goes to a position.
func (f *fit) begin(at Position) error {
	if err := f.run.shards.setCarried(at.Carried); err != nil {
		return err
	}
	f.run.shards.runs = at.Runs
	f.run.Step, f.run.Epoch, f.run.at = at.Step, at.Epoch, at
	return nil
}

// mostAccumulated is how many batches a step may be of: it is not interrupted.
const mostAccumulated = 1 << 20

func (t *Trainer) check(m Model, src data.Source, steps int) error {
	switch {
	case t == nil:
		return errors.New("no Trainer")
	case isNil(m):
		return errors.New("no Model")
	case isNil(src):
		return errors.New("no Source")
	case isNil(t.Optimizer):
		return errors.New("no Optimizer; &trainers.Adam{} is a usual one")
	case isNil(t.Schedule):
		return errors.New("no Schedule; trainers.Constant(1e-3) suits Adam")
	case steps <= 0:
		return errors.Errorf("%d steps, want 1 or more", steps)
	case t.Accumulate < 0 || t.Accumulate > mostAccumulated:
		return errors.Errorf("Accumulate is %d, want 0 to %d", t.Accumulate, mostAccumulated)
	case t.Shards < 0:
		return errors.Errorf("Shards is %d, want 0 or more", t.Shards)
	case t.Threads < 0:
		return errors.Errorf("Threads is %d, want 0 or more", t.Threads)
	case !(t.ClipNorm >= 0):
		return errors.Errorf("ClipNorm is %v, want 0 or more", t.ClipNorm)
	}
	for i, h := range t.Hooks {
		if isNil(h) {
			return errors.Errorf("hook %d (%T) is nil", i, h)
		}
	}
	return first(t.Checkpoints.check(), t.Recovery.check(t.Checkpoints))
}

// fit is one call of Fit.
type fit struct {
	*Trainer
	run    *Run
	grads  []graph.Gradient
	first  int // step that this call began at
	source data.Source
	next   func() (data.Batch, error, bool)
	stop   func()

	norms    []float64 // of the gradients of the last steps
	before   before    // the step under way
	recovery recovery

	hook     int               // that is called
	cut      []int             // the hooks whose last Step the end of the context cut short
	held     []heldEvent       // of those behind the first of them
	settings map[string]string // that a checkpoint must have in common
	best     *best
	made     string // the folder for checkpoints, if it was not there
	lock     *folder.Lock
	saved    int        // the step of the last checkpoint, or where this call began
	writing  chan error // the outcome of the checkpoint that is being written; nil: none is
}

// loop takes the steps and calls the hooks. Their End follows whatever happened.
func (f *fit) loop() error {
	r := f.run
	cut := f.cut
	r.mute = r.resumed
	err := f.each("train: start", f.hooks(true), func(h Hook) error {
		if s, ok := h.(Starter); ok {
			return s.Start(r)
		}
		return nil
	})
	f.cut, r.mute = cut, false
	if err == nil {
		err = errors.Wrap(first(f.memory(), f.dropped()), "train")
	}
	if err == nil && !r.resumed {
		err = errors.Wrap(f.saveFirst(), "train")
	}
	if err == nil && cut != nil {
		err = f.hear(func(i int) bool { return slices.Contains(cut, i) })
	}
	for err == nil && r.Step < r.Steps && !r.stopped && r.ctx.Err() == nil {
		if err = f.step(); err != nil {
			if err = f.recover(errors.Wrapf(err, "train step %d", r.Step+1)); err != nil {
				break
			}
			continue
		}
		r.Scalar("loss", r.Loss)
		r.Scalar("rate", r.Rate)
		r.Scalar("grad_norm", r.GradNorm)
		err = f.hear(func(int) bool { return true })
	}
	if err == nil {
		err = errors.Wrap(f.save(true), "train")
	}
	err = first(err, errors.Wrap(f.written(), "train"))
	if held := f.held; r.hold != nil { // a run that is not resumed shows them too, behind what was saved
		r.hold = nil
		r.release(held)
	}
	for i, h := range f.hooks(false) {
		if e, ok := h.(Ender); ok {
			err = first(err, errors.Wrapf(e.End(r), "train: end: hook %d (%T)", i, h), errors.Wrap(r.failed, "train: end"))
		}
	}
	return err
}

// hear lets hooks see the step that was done, and saves it if that is due. Listeners are among them each time: they
// write down what the others have emitted. Once the end of the context has cut one short, and there are Checkpoints,
// events are held back, so that listeners hear them in the same order as without when training is resumed.
func (f *fit) hear(which func(int) bool) error {
	r := f.run
	place := fmt.Sprintf("train step %d", r.Step)
	before := f.held // events of hooks that are not called again
	f.cut, f.held = nil, nil
	some := func(yield func(int, Hook) bool) {
		for i, h := range f.hooks(false) {
			f.hook = i
			if _, listens := h.(Listener); !listens && !which(i) {
				r.release(of(before, i))
				continue
			}
			emitted := len(r.emitted)
			if !yield(i, h) {
				return
			}
			if !slices.Contains(f.cut, i) || f.Checkpoints.Dir == "" {
				continue
			}
			f.held = slices.DeleteFunc(f.held, func(e heldEvent) bool { return e.Hook == i }) // it comes again
			if r.hold == nil {
				r.emitted, r.hold = r.emitted[:emitted], f.holdBack
			}
		}
	}
	if err := f.each(place, some, func(h Hook) error { return h.Step(r) }); err != nil {
		return err
	}
	return errors.Wrap(f.save(false), place)
}

// hooks yields the hooks with their numbers: the Listeners before the others, or after them.
func (f *fit) hooks(listenersFirst bool) iter.Seq2[int, Hook] {
	return func(yield func(int, Hook) bool) {
		for _, listens := range []bool{listenersFirst, !listenersFirst} {
			for i, h := range f.Hooks {
				if _, ok := h.(Listener); ok == listens && !yield(i, h) {
					return
				}
			}
		}
	}
}

// each calls the hooks until one fails, or a Listener does. That the context was cancelled is no failure: a
// checkpoint tells whose call that cut short.
func (f *fit) each(place string, hooks iter.Seq2[int, Hook], call func(Hook) error) error {
	for i, h := range hooks {
		if f.run.failed != nil {
			break
		}
		err := call(h)
		if err == nil {
			continue
		}
		if cancelled := f.run.ctx.Err(); cancelled == nil || !errors.Is(err, cancelled) {
			return errors.Wrapf(err, "%s: hook %d (%T)", place, i, h)
		}
		f.cut = append(f.cut, i)
	}
	return errors.Wrap(f.run.failed, place)
}

// step is one optimiser step. Everything is checked before a parameter changes.
func (f *fit) step() error {
	r := f.run
	f.watch()
	rate := f.Schedule.Rate(r.Step) * f.recovery.Rate
	if !(rate >= 0) || math.IsInf(rate, 1) {
		return errors.Errorf("learning rate is %v; see the settings of %T", rate, f.Schedule)
	}
	loss, count, err := f.backward()
	if err != nil {
		return err
	}
	norm := ClipByNorm(f.grads, f.ClipNorm)
	if !finite(norm) {
		return diverged{errors.Errorf("gradient norm is %v at loss %#.4g%s; %s", norm, loss, f.origin(), f.history())}
	}
	if err := f.spike(loss); err != nil {
		return err
	}
	if err := f.Optimizer.Step(rate, f.grads); err != nil {
		return err
	}
	r.Step++
	r.Loss, r.Count, r.Rate, r.GradNorm, r.Elapsed = loss, count, rate, norm, time.Since(r.began)
	r.at.Step = r.Step
	r.emitted = r.emitted[:0]
	if count > 0 {
		f.recovery.note(loss)
	}
	if f.norms = append(f.norms, norm); len(f.norms) > 5 {
		f.norms = slices.Delete(f.norms, 0, 1)
	}
	return nil
}

// backward leaves the gradient of the step's loss in f.grads and returns the loss and how many targets it is
// the mean over.
func (f *fit) backward() (loss, count float64, err error) {
	f.run.shards.zeroGradients()
	// Cancellation is looked at between steps: the one that was begun is finished.
	ctx := context.WithoutCancel(f.run.ctx)
	var mean mean
	for range max(1, f.Accumulate) {
		batch, err, ok := f.next()
		if err != nil || !ok {
			return 0, 0, err
		}
		f.before.batches = append(f.before.batches, [2]int{f.run.at.Epoch, f.run.at.Batch - 1})
		if err := f.run.shards.run(ctx, batch); err != nil {
			return 0, 0, err
		}
		if cost := mean.add(f.run.shards); !finite(cost) {
			return 0, 0, diverged{errors.Errorf("loss is %v%s; %s", cost, f.origin(), f.history())}
		}
	}
	if err := f.run.shards.gather(); err != nil {
		return 0, 0, err
	}
	if mean.weight > 0 && mean.weight != 1 {
		scale(f.grads, 1/mean.weight)
	}
	return mean.loss(), mean.count, nil
}

// origin names what was the first to be not finite.
func (f *fit) origin() string {
	if at := f.run.shards.nonFinite(); at != "" {
		return ", first " + at
	}
	return ""
}

func (f *fit) report() Report {
	r := f.run
	return Report{
		Steps: r.Step, Before: f.first, Epochs: r.at.Epoch + min(1, r.at.Batch), Loss: r.Loss, Stopped: r.reason,
		Interrupted: r.ctx.Err() != nil && r.Step < r.Steps && !r.stopped,
		Skipped:     f.recovery.Skipped,
		Seconds:     time.Since(r.began).Seconds(), Position: r.Position(),
	}
}

// pick leaves out of a batch what the graph does not read.
func pick(batch data.Batch, inputs []string) (graph.Feed, error) {
	feed := make(graph.Feed, len(inputs))
	for _, name := range inputs {
		t, ok := batch[name]
		if !ok {
			return nil, errors.Errorf("the model reads %q; the batch has %s", name, strings.Join(slices.Sorted(maps.Keys(batch)), ", "))
		}
		feed[name] = t
	}
	return feed, nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
