package text

import (
	"fmt"
	"slices"
	"testing"
)

// documents have paths whose bytes, the number being there twice, all have the same parity.
func documents(n int) []Document {
	docs := make([]Document, n)
	for i := range docs {
		docs[i] = Document{Path: fmt.Sprintf("%d/%d.txt", i, i)}
	}
	return docs
}

func TestSplitByHash(t *testing.T) {
	for _, oneIn := range []int{2, 4, 10, 64} {
		train, valid := SplitByHash(documents(6400), oneIn)
		// Three standard deviations of a binomial with 6400 draws.
		want, off := 6400/float64(oneIn), float64(len(valid))
		off -= want
		if len(train)+len(valid) != 6400 || off*off > 9*want {
			t.Errorf("one in %d: %d of 6400 documents", oneIn, len(valid))
		}
	}
}

// A document stays in its part when others come.
func TestSplitByHashStays(t *testing.T) {
	few, _ := SplitByHash(documents(100), 5)
	many, _ := SplitByHash(documents(200), 5)
	for _, doc := range few {
		if !slices.Contains(many, doc) {
			t.Errorf("%s left the training part", doc.Path)
		}
	}
}

func TestSplitByHashLeavesNoPartEmpty(t *testing.T) {
	for n := 2; n < 40; n++ {
		for _, oneIn := range []int{-1, 0, 1, 2, 1000} {
			for at := range 20 {
				train, valid := SplitByHash(documents(n + at)[at:], oneIn)
				if len(train) == 0 || len(valid) == 0 || len(train)+len(valid) != n {
					t.Fatalf("%d documents, one in %d: %d and %d", n, oneIn, len(train), len(valid))
				}
			}
		}
	}
	for at := range 20 {
		if train, _ := SplitByHash(documents(20)[at:at+1], 2); len(train) != 1 {
			t.Error("a document by itself is not for training")
		}
	}
	if train, valid := SplitByHash(nil, 2); train != nil || valid != nil {
		t.Error("something came of nothing")
	}
}

func TestSplitTail(t *testing.T) {
	for _, tc := range []struct {
		doc         string
		fraction    float64
		train, tail string
	}{
		{"0123456789", 0.1, "012345678", "9"},
		{"0123456789", 0.9, "0", "123456789"},
		{"漢字かな", 0.5, "漢字", "かな"},
		{"漢字か", 0.5, "漢", "字か"},
		{"abc", 0, "abc", ""},
		{"abc", -1, "abc", ""},
		{"abc", 1, "", "abc"},
		{"abc", 7, "", "abc"},
		{"", 0.5, "", ""},
	} {
		if train, tail := SplitTail(tc.doc, tc.fraction); train != tc.train || tail != tc.tail {
			t.Errorf("%q at %g: %q and %q, wanted %q and %q", tc.doc, tc.fraction, train, tail, tc.train, tc.tail)
		}
	}
}
