package text

import (
	"runtime"

	"github.com/pkg/errors"
)

// Vocab counts the symbols of all files, on all cores. It is the vocabulary that NewVocab makes
// of the same text.
//
// Memory does not grow with the corpus, but for the vocabulary itself: among Words it takes
// MinCount or MaxSize to keep that small. Counts of more than a million different symbols go to
// temporary files. Errors are those of NewVocab, and it is one if there are no files or one cannot
// be read.
func (c Corpus) Vocab(unit Unit, opts VocabOptions) (*Vocab, error) {
	v, err := c.vocab(unit, opts, chunkSize, maxCounts)
	return v, errors.Wrapf(err, "vocabulary: %d files", len(c.Paths))
}

func (c Corpus) vocab(unit Unit, opts VocabOptions, chunkSize, maxCounts int) (*Vocab, error) {
	r, err := newRanking(unit, opts)
	if err != nil {
		return nil, err
	}
	all := newTally(maxCounts)
	defer all.close()
	threads := runtime.GOMAXPROCS(0)
	idle := make(chan *tally, threads) // sums do not depend on who counts what
	for range threads {
		idle <- newTally(maxCounts / threads)
	}
	work := func(part chunk) (struct{}, error) {
		t := <-idle
		defer func() { idle <- t }()
		return struct{}{}, errors.Wrapf(t.count(unit, part.text, part.at), "file %q", part.path)
	}
	err = pass(c, unit, chunkSize, work, func(struct{}) error { return nil })
	for range threads {
		t := <-idle
		defer t.close()
		if err == nil {
			err = all.join(t)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := all.each(r.add); err != nil {
		return nil, err
	}
	return r.vocab()
}
