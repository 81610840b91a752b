package text

import (
	"fmt"
	"testing"
)

// Of more symbols than get in, those that do are kept, wherever they come.
func TestRankingForgets(t *testing.T) {
	r, err := newRanking(Words, VocabOptions{MaxSize: 3})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200_000 {
		count := 1
		if i%60_000 == 59_999 {
			count = i
		}
		r.add(fmt.Sprint("w", i), count)
	}
	v, err := r.vocab()
	if err != nil || v.Len() != 3 || v.Symbol(0) != "w179999" || v.Symbol(1) != "w119999" || v.Symbol(2) != "w59999" {
		t.Errorf("%+v, %v", v.symbols, err)
	}
	if cap(r.best) > 200_000 {
		t.Errorf("kept room for %d", cap(r.best))
	}
}
