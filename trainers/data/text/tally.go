package text

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// maxCounts is how many different symbols are counted in memory, about 150 MB of words.
const maxCounts = 1 << 20

// A tally counts symbols in limited memory: what it cannot hold is written to temporary files,
// sorted, which are merged in the end.
type tally struct {
	counts map[string]*int
	limit  int // of counts, after which they are written
	runs   []*os.File
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
	if len(t.counts) > t.limit {
		return t.spill()
	}
	return nil
}

func (t *tally) add(symbol string, n int) {
	count, ok := t.counts[symbol]
	if !ok {
		count = new(int)
		t.counts[strings.Clone(symbol)] = count // a part of a text would keep all of it
	}
	*count += n
}

// join takes over what other has.
func (t *tally) join(other *tally) {
	for symbol, n := range other.counts {
		t.add(symbol, *n)
	}
	t.runs, other.runs = append(t.runs, other.runs...), nil
	clear(other.counts)
}

// spill writes the counts, sorted by symbol, to a file: the length of each symbol, the symbol, and
// its count.
func (t *tally) spill() error {
	f, err := os.CreateTemp("", "elman-counts-*")
	if err != nil {
		return errors.WithStack(err)
	}
	t.runs = append(t.runs, f)
	w := bufio.NewWriterSize(f, 1<<16)
	for _, symbol := range slices.Sorted(maps.Keys(t.counts)) {
		b := binary.AppendUvarint(nil, uint64(len(symbol)))
		b = binary.AppendUvarint(append(b, symbol...), uint64(*t.counts[symbol]))
		if _, err := w.Write(b); err != nil {
			return errors.WithStack(err)
		}
	}
	clear(t.counts)
	return errors.WithStack(w.Flush())
}

// each gives every symbol with its whole count to take, once. Nothing is to be added after it.
func (t *tally) each(take func(symbol string, count int)) error {
	if len(t.runs) == 0 {
		for symbol, count := range t.counts {
			take(symbol, *count)
		}
		return nil
	}
	if err := t.spill(); err != nil {
		return err
	}
	var runs []*run
	for _, f := range t.runs {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return errors.WithStack(err)
		}
		r := &run{r: bufio.NewReaderSize(f, 1<<16)}
		if err := r.next(); err != nil {
			return err
		}
		runs = append(runs, r)
	}
	for {
		runs = slices.DeleteFunc(runs, func(r *run) bool { return r.done })
		if len(runs) == 0 {
			return nil
		}
		least := slices.MinFunc(runs, func(a, b *run) int { return cmp.Compare(a.symbol, b.symbol) }).symbol
		count := 0
		for _, r := range runs {
			if r.symbol == least {
				count += r.count
				if err := r.next(); err != nil {
					return err
				}
			}
		}
		take(least, count)
	}
}

// close removes the files.
func (t *tally) close() {
	for _, f := range t.runs {
		f.Close()
		os.Remove(f.Name())
	}
}

// A run is a file that spill wrote, read one symbol after the other.
type run struct {
	r *bufio.Reader
	counted
	done bool
}

// next reads the next symbol.
func (r *run) next() error {
	length, err := binary.ReadUvarint(r.r)
	if err == io.EOF {
		r.done = true
		return nil
	}
	symbol := make([]byte, length)
	if err == nil {
		_, err = io.ReadFull(r.r, symbol)
	}
	count := uint64(0)
	if err == nil {
		count, err = binary.ReadUvarint(r.r)
	}
	r.counted = counted{string(symbol), int(count)}
	return errors.WithStack(err)
}
