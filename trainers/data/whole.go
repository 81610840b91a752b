package data

import "fmt"

// A Dropper is a Source whose epochs may leave out data that fills no batch. Training does without it;
// measurements in package trainers cover all the data, so they read Whole.
//
// A Source that wraps or embeds another one may yield other batches, so it is measured on those, unless it has a
// Whole of its own.
type Dropper interface {
	Source
	// Dropped says how much each epoch leaves out.
	Dropped() Dropped
	// Whole gives sources that hold everything together, each thing once, in the order of the data
	// whatever is shuffled: as a rule one of full batches, and one of a batch of the rest with a Spec of
	// its own. A carried state begins anew in each. Asked for is what embeds the Dropper, or the Dropper itself:
	// where it is another Source, its own batches may differ, and it alone is what there is to read.
	Whole(asked Source) []Source
}

// Dropped is what an epoch leaves out: Count of Of things. The zero value is nothing.
type Dropped struct {
	Count, Of int
	What      string // "windows"
}

// String is "7 of 40 windows".
func (d Dropped) String() string { return fmt.Sprintf("%d of %d %s", d.Count, d.Of, d.What) }

// Whole gives the sources to measure on for src: those of a Dropper, or src itself.
func Whole(src Source) []Source {
	if d, ok := src.(Dropper); ok {
		return d.Whole(src)
	}
	return []Source{src}
}

// embeds reports whether a source that was asked for its Whole is another one than the Dropper that answers.
func embeds(asked, d Source) bool { return asked != nil && asked != d }

var (
	_ Dropper = (*Windows)(nil)
	_ Dropper = (*BPTT)(nil)
	_ Dropper = first{}
)

// Dropped implements Dropper.
func (w *Windows) Dropped() Dropped {
	if w.Len() == 0 {
		return Dropped{}
	}
	return Dropped{len(w.starts) % w.cfg.Batch, len(w.starts), "windows"}
}

// Whole implements Dropper.
func (w *Windows) Whole(asked Source) []Source {
	switch {
	case embeds(asked, w):
		return []Source{asked}
	case w.Len() == 0:
		return nil
	}
	full := *w
	full.cfg.Shuffle = false
	rest := full
	cut := len(w.starts) - w.Dropped().Count
	full.starts, rest.starts = w.starts[:cut], w.starts[cut:]
	if len(rest.starts) == 0 {
		return []Source{&full}
	}
	rest.cfg.Batch = len(rest.starts)
	return []Source{&full, &rest}
}

// Dropped implements Dropper.
func (s *BPTT) Dropped() Dropped {
	if s.Len() == 0 {
		return Dropped{}
	}
	positions := s.tokens - 1 // with a next token
	if s.whole {
		return Dropped{0, positions, "tokens"}
	}
	return Dropped{positions - s.Len()*s.steps*s.rows, positions, "tokens"}
}

// Whole implements Dropper: the documents in their order, and padding where a row or the stream has ended,
// with tokens of 0 and targets of -1. Nothing is reset at random.
func (s *BPTT) Whole(asked Source) []Source {
	switch {
	case embeds(asked, s):
		return []Source{asked}
	case s.Len() == 0:
		return nil
	}
	whole := *s
	whole.whole, whole.ResetRate = true, 0
	return []Source{&whole}
}

// Dropped implements Dropper. Batches after the first n were not asked for.
func (f first) Dropped() Dropped {
	if d, ok := f.Source.(Dropper); ok && f.n >= f.Source.Len() {
		return d.Dropped()
	}
	return Dropped{}
}

// Whole implements Dropper: everything, if more was asked for than the source has full batches of.
func (f first) Whole(Source) []Source {
	if f.n > f.Source.Len() {
		return Whole(f.Source)
	}
	return []Source{f}
}
