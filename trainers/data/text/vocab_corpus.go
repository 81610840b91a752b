package text

import "github.com/pkg/errors"

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

func (c Corpus) vocab(unit Unit, opts VocabOptions, chunkSize, maxCounts int) (v *Vocab, err error) {
	r, err := newRanking(unit, opts)
	if err != nil {
		return nil, err
	}
	all := tally{counts: map[string]int{}, limit: maxCounts}
	defer all.close()
	work := func(part chunk) (map[string]int, error) {
		counts := map[string]int{}
		err := unit.count(part.text, part.at, counts)
		return counts, errors.Wrapf(err, "file %q", part.path)
	}
	if err := pass(c, unit, chunkSize, work, all.add); err != nil {
		return nil, err
	}
	if err := all.each(r.add); err != nil {
		return nil, err
	}
	return r.vocab()
}
