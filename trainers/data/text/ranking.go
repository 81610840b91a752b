package text

import (
	"cmp"
	"slices"

	"github.com/pkg/errors"
)

// A ranking makes a vocabulary from the counts of symbols, and keeps those that may get in.
type ranking struct {
	unit      Unit
	opts      VocabOptions
	different int // symbols seen
	total     int // of their counts
	best      []counted
	bytes     int // of their symbols
}

// A counted symbol was seen so often.
type counted struct {
	symbol string
	count  int
}

func newRanking(unit Unit, opts VocabOptions) (*ranking, error) {
	if _, err := unit.MarshalText(); err != nil {
		return nil, err
	}
	if opts.MinCount < 0 || opts.MaxSize < 0 {
		return nil, errors.Errorf("MinCount=%d, MaxSize=%d, wanted 0 or more of each", opts.MinCount, opts.MaxSize)
	}
	return &ranking{unit: unit, opts: opts}, nil
}

// add takes a symbol and its whole count.
func (r *ranking) add(symbol string, count int) {
	r.different++
	r.total += count
	if count < r.opts.MinCount || r.opts.Unknown && symbol == r.unit.unknown() {
		return
	}
	r.best = append(r.best, counted{symbol, count})
	r.bytes += len(symbol)
	spare := r.opts.MaxSize + 1<<16
	if r.opts.MaxSize > 0 && len(r.best) > r.opts.MaxSize && (len(r.best) == spare+r.opts.MaxSize || r.bytes/symbolBytes > spare) {
		r.sort()
		clear(r.best[r.opts.MaxSize:])
		r.best, r.bytes = r.best[:r.opts.MaxSize], 0
	}
}

// sort sorts by count, the highest first, then by value.
func (r *ranking) sort() {
	slices.SortFunc(r.best, func(a, b counted) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.symbol, b.symbol))
	})
}

// vocab is the vocabulary of what was added.
func (r *ranking) vocab() (*Vocab, error) {
	r.sort()
	v := &Vocab{unit: r.unit, unknown: r.opts.Unknown}
	if v.unknown {
		v.add(r.unit.unknown(), r.total)
	}
	for _, c := range r.best {
		if r.opts.MaxSize > 0 && v.Len() == r.opts.MaxSize {
			break
		}
		v.add(c.symbol, c.count)
		if v.unknown {
			v.counts[0] -= c.count
		}
	}
	if v.Len() == 0 || v.unknown && v.Len() == 1 {
		return nil, errors.Errorf("none of %d different %s gets in, with MinCount=%d, MaxSize=%d",
			r.different, r.unit, r.opts.MinCount, r.opts.MaxSize)
	}
	return v, nil
}
