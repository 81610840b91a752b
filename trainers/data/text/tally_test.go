package text

import (
	"fmt"
	"maps"
	"testing"
)

// However much is counted, few files are open, and every count is whole.
func TestTally(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	want, all := map[string]int{}, newTally(1)
	defer all.close()
	for part := range 3 {
		one := newTally(4)
		defer one.close()
		for i := range 200 {
			words := fmt.Sprintf("w%d w%d w%d w%d w%d", i, i%7, i%3, part, i%50)
			if err := one.count(Words, words, 0); err != nil {
				t.Fatal(err)
			}
			for _, word := range Words.symbols(words) {
				want[word]++
			}
			if len(one.runs) > maxRuns {
				t.Fatalf("%d files, wanted up to %d", len(one.runs), maxRuns)
			}
		}
		if len(one.runs) < 2 {
			t.Fatalf("%d files: this test shows nothing", len(one.runs))
		}
		if err := all.join(one); err != nil {
			t.Fatal(err)
		}
		if len(all.runs) != part+1 || len(one.runs) != 0 {
			t.Errorf("joined %d, there are %d files, and %d are left", part+1, len(all.runs), len(one.runs))
		}
	}
	got := map[string]int{}
	if err := all.each(func(word string, count int) {
		if _, twice := got[word]; twice {
			t.Errorf("%s comes twice", word)
		}
		got[word] = count
	}); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, wanted %v", got, want)
	}
}
