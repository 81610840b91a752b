package data

import (
	"slices"

	"github.com/pkg/errors"
)

// Tokens are the documents of a corpus, in memory or on disk, in pieces of one or more whole
// documents. They are safe for concurrent use.
type Tokens interface {
	// Pieces gives the number of tokens of each piece; it is not to be written to.
	Pieces() []int
	// Read fills tokens with those of a piece from position from on, and begins, of the same
	// length, with whether a document begins there; at position 0 of a piece one does. Tokens are 0
	// or more. To read beyond the end of the piece is an error.
	Read(piece, from int, tokens []int, begins []bool) error
}

// documents are Tokens in memory, a piece for each document.
type documents [][]int

func (d documents) Pieces() []int { return lengths(d) }

func (d documents) Read(piece, from int, tokens []int, begins []bool) error {
	if piece < 0 || piece >= len(d) || from < 0 || from > len(d[piece])-len(tokens) {
		return errors.Errorf("tokens: %d of piece %d from %d on, wanted some of %d pieces", len(tokens), piece, from, len(d))
	}
	copy(tokens, d[piece][from:])
	clear(begins)
	if from == 0 && len(begins) > 0 {
		begins[0] = true
	}
	return nil
}

// SplitTail puts the last part of tokens aside for validation: that fraction of them, rounded up.
// A fraction of 0 or less takes nothing, of 1 or more everything. A piece that is cut begins a
// document in both parts. Nothing is copied: both parts read tokens.
func SplitTail(tokens Tokens, fraction float64) (train, valid Tokens) {
	if tokens == nil {
		return documents(nil), documents(nil)
	}
	pieces := tokens.Pieces()
	left := headSize(sum(pieces), fraction)
	for p, n := range pieces {
		if left < n {
			head, tail := slices.Clone(pieces[:p+1]), slices.Clone(pieces[p:])
			head[p], tail[0] = left, n-left
			return section{Tokens: tokens, pieces: head}, section{Tokens: tokens, pieces: tail, first: p, skip: left}
		}
		left -= n
	}
	return tokens, documents(nil)
}

// headSize is how many of n are left when a fraction of them, rounded up, is put aside.
func headSize(n int, fraction float64) int {
	if !(fraction > 0) { // NaN too
		return n
	}
	const rounding = 1e-9 // 1 - 0.9 is a little less than 0.1
	return int(float64(n)*(1-min(fraction, 1)) + rounding)
}

// A section is some pieces of Tokens that follow one another, without the tokens before skip in
// the first; the last may be cut too.
type section struct {
	Tokens
	pieces      []int
	first, skip int
}

func (s section) Pieces() []int { return s.pieces }

func (s section) Read(piece, from int, tokens []int, begins []bool) error {
	at := from
	if piece == 0 {
		at += s.skip
	}
	err := s.Tokens.Read(s.first+piece, at, tokens, begins)
	if from == 0 && len(begins) > 0 {
		begins[0] = true
	}
	return err
}

// A stream is Tokens whose pieces are joined in an order.
type stream struct {
	tokens Tokens
	pieces []int // by their place in the stream
	starts []int // of each of these in the stream, and where it ends
}

func newStream(tokens Tokens, shuffle bool, seed int64, epoch int) stream {
	sizes := tokens.Pieces()
	s := stream{tokens: tokens, pieces: order(len(sizes), shuffle, seed, epoch), starts: make([]int, 1, len(sizes)+1)}
	for i, p := range s.pieces {
		s.starts = append(s.starts, s.starts[i]+sizes[p])
	}
	return s
}

// read is Tokens.Read for a position in the stream, over as many pieces as it takes.
func (s stream) read(at int, tokens []int, begins []bool) error {
	beyond, _ := slices.BinarySearch(s.starts, at+1)
	for i := beyond - 1; len(tokens) > 0; i++ {
		n := min(len(tokens), s.starts[i+1]-at)
		if err := s.tokens.Read(s.pieces[i], at-s.starts[i], tokens[:n], begins[:n]); err != nil {
			return errors.Wrapf(err, "piece %d", s.pieces[i])
		}
		at, tokens, begins = at+n, tokens[n:], begins[n:]
	}
	return nil
}

func sum(values []int) (total int) {
	for _, v := range values {
		total += v
	}
	return total
}
