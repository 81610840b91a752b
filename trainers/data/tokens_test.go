package data

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
)

// A stream read in any parts is its pieces one after the other, each beginning a document.
func TestStream(t *testing.T) {
	docs := numbered(3, 0, 5, 1, 0, 4)
	s := newStream(documents(docs), true, 3, 1)
	var want []int
	var wantBegins []bool
	for _, p := range s.pieces {
		for i, token := range docs[p] {
			want, wantBegins = append(want, token), append(wantBegins, i == 0)
		}
	}
	for from := range 13 {
		for n := range 14 - from {
			tokens, begins := make([]int, n), slices.Repeat([]bool{true}, n)
			if err := s.read(from, tokens, begins); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(tokens, want[from:from+n]) || !slices.Equal(begins, wantBegins[from:from+n]) {
				t.Fatalf("%d from %d on: %v, %v, wanted %v, %v", n, from, tokens, begins, want[from:from+n], wantBegins[from:from+n])
			}
		}
	}
}

func TestSplitTail(t *testing.T) {
	docs := numbered(4, 0, 3, 5)
	for _, tc := range []struct {
		fraction    float64
		train, tail []int // tokens of each piece
	}{
		{0, []int{4, 0, 3, 5}, nil},
		{-1, []int{4, 0, 3, 5}, nil},
		{0.01, []int{4, 0, 3, 4}, []int{1}},
		{0.25, []int{4, 0, 3, 2}, []int{3}},
		{0.5, []int{4, 0, 2}, []int{1, 5}},
		{0.7, []int{3}, []int{1, 0, 3, 5}},
		{1, []int{0}, []int{4, 0, 3, 5}},
		{7, []int{0}, []int{4, 0, 3, 5}},
	} {
		t.Run(fmt.Sprint(tc.fraction), func(t *testing.T) {
			train, tail := SplitTail(documents(docs), tc.fraction)
			next := 0
			for i, part := range []Tokens{train, tail} {
				if want := [][]int{tc.train, tc.tail}[i]; !slices.Equal(part.Pieces(), want) {
					t.Fatalf("part %d has pieces %v, wanted %v", i, part.Pieces(), want)
				}
				for p, n := range part.Pieces() {
					for at := range n {
						token, begins := []int{-1}, []bool{false}
						if err := part.Read(p, at, token, begins); err != nil || token[0] != next || begins[0] != (at == 0) {
							t.Errorf("part %d, piece %d at %d: token %d, begins %t, %v, wanted %d", i, p, at, token[0], begins[0], err, next)
						}
						next++
					}
				}
			}
			if next != 12 {
				t.Errorf("%d of 12 tokens", next)
			}
		})
	}
}

// What is split once more is counted from its own start.
func TestSplitTailTwice(t *testing.T) {
	_, tail := SplitTail(documents(numbered(4, 3, 5)), 0.5) // 6 ... 11
	head, last := SplitTail(tail, 0.5)
	got := make([]int, 3)
	for _, part := range []struct {
		tokens Tokens
		want   []int
	}{{head, []int{6, 7, 8}}, {last, []int{9, 10, 11}}} {
		s := newStream(part.tokens, true, 1, 0)
		if err := s.read(0, got, make([]bool, 3)); err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		if !slices.Equal(got, part.want) {
			t.Errorf("got %v, wanted %v", got, part.want)
		}
	}
}

// faulty fails to read one piece.
type faulty struct {
	documents
	piece int
}

func (f faulty) Read(piece, from int, tokens []int, begins []bool) error {
	if piece == f.piece {
		return errors.New("the disk is gone")
	}
	return f.documents.Read(piece, from, tokens, begins)
}

func TestBPTTFromFails(t *testing.T) {
	docs := documents(numbered(9, 9, 9))
	src, err := NewBPTTFrom(faulty{docs, 1}, 2, 1, 5)
	if err != nil {
		t.Fatal(err)
	}
	sound, err := NewBPTT(docs, 2, 1, 5)
	if err != nil {
		t.Fatal(err)
	}
	want := collect(t, sound, 2, 0)
	k, failed := 0, false
	for batch, err := range src.Batches(2, 0) {
		switch {
		case failed:
			t.Fatal("goes on after an error")
		case err != nil:
			wantError(t, err, fmt.Sprintf("batch %d of epoch 2", k), "piece 1", "the disk is gone")
			failed = true
		case !reflect.DeepEqual(batch, want[k]):
			t.Errorf("batch %d differs", k)
		}
		k++
	}
	if !failed {
		t.Error("no error")
	}
}

func TestTokensBeyond(t *testing.T) {
	for _, at := range []struct{ piece, from, n int }{{-1, 0, 1}, {2, 0, 1}, {0, -1, 1}, {0, 0, 5}, {1, 3, 1}} {
		err := documents(numbered(4, 3)).Read(at.piece, at.from, make([]int, at.n), make([]bool, at.n))
		wantError(t, err, fmt.Sprintf("%d of piece %d from %d on", at.n, at.piece, at.from))
	}
}
