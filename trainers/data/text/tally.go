package text

import (
	"maps"
	"slices"
	"strings"
)

const (
	// maxCounts is how many different symbols are counted in memory, about 150 MB of words.
	maxCounts = 1 << 20
	// symbolBytes is the length of a symbol on which the limits of counts are made: of longer ones
	// there are fewer in memory.
	symbolBytes = 64
	// maxRuns is how many files of counts there are before they are merged into one.
	maxRuns = 16
)

// A tally counts symbols in limited memory: what it cannot hold is written to runs, which are
// merged in the end.
type tally struct {
	counts map[string]*int
	bytes  int // of their symbols
	limit  int // of counts, after which they are written
	runs   []*run
}

func newTally(limit int) *tally { return &tally{counts: map[string]*int{}, limit: limit} }

// count counts the symbols of s, which begins at byte from of a text.
func (t *tally) count(unit Unit, s string, from int64) error {
	if err := unit.check(s, from); err != nil {
		return err
	}
	for _, symbol := range unit.symbols(s) {
		t.add(symbol, 1)
	}
	if len(t.counts) > t.limit || t.bytes/symbolBytes > t.limit {
		return t.spill()
	}
	return nil
}

func (t *tally) add(symbol string, n int) {
	count, ok := t.counts[symbol]
	if !ok {
		count = new(int)
		t.counts[strings.Clone(symbol)] = count // a part of a text would keep all of it
		t.bytes += len(symbol)
	}
	*count += n
}

// spill writes the counts to a run.
func (t *tally) spill() error {
	r, err := writeRun(func(add func(string, int)) error {
		for _, symbol := range slices.Sorted(maps.Keys(t.counts)) {
			add(symbol, *t.counts[symbol])
		}
		return nil
	})
	if err != nil {
		return err
	}
	clear(t.counts)
	t.bytes = 0
	if t.runs = append(t.runs, r); len(t.runs) < maxRuns {
		return nil
	}
	return t.compact()
}

// compact makes one run of all.
func (t *tally) compact() error {
	if len(t.runs) < 2 {
		return nil
	}
	r, err := writeRun(func(add func(string, int)) error { return mergeRuns(t.runs, add) })
	if err != nil {
		return err
	}
	t.close()
	t.runs = []*run{r}
	return nil
}

// join takes over what other has.
func (t *tally) join(other *tally) error {
	for symbol, n := range other.counts {
		t.add(symbol, *n)
	}
	err := other.compact()
	t.runs, other.runs = append(t.runs, other.runs...), nil
	return err
}

// each gives every symbol with its whole count to take, once. Nothing is to be added after it.
func (t *tally) each(take func(symbol string, count int)) error {
	if len(t.runs) > 0 {
		if err := t.spill(); err != nil {
			return err
		}
		return mergeRuns(t.runs, take)
	}
	for symbol, count := range t.counts {
		take(symbol, *count)
	}
	return nil
}

// close removes the runs.
func (t *tally) close() {
	for _, r := range t.runs {
		r.remove()
	}
	t.runs = nil
}
