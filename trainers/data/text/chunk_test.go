package text

import (
	"errors"
	"iter"
	"runtime"
	"slices"
	"testing"
)

// upTo yields 0 ... n-1, then err if there is one, and counts what was asked for.
func upTo(n int, err error, asked *int, ended *bool) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		defer func() { *ended = true }()
		for i := range n {
			*asked++
			if !yield(i, nil) {
				return
			}
		}
		if err != nil {
			yield(0, err)
		}
	}
}

// What is taken is taken in order up to the first error, and no more than a few items are asked for
// after it.
func TestInOrder(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	fault := errors.New("fault")
	failAt := func(at int) func(int) error {
		return func(i int) error {
			if i == at {
				return fault
			}
			return nil
		}
	}
	for name, tc := range map[string]struct {
		items      error
		work, take func(int) error
		want       error
		taken      int
	}{
		"all":         {nil, failAt(-1), failAt(-1), nil, 500},
		"items fail":  {fault, failAt(-1), failAt(-1), fault, 500},
		"a work does": {nil, failAt(99), failAt(-1), fault, 99},
		"a take does": {nil, failAt(-1), failAt(99), fault, 99},
		"both do":     {fault, failAt(120), failAt(99), fault, 99},
	} {
		t.Run(name, func(t *testing.T) {
			var taken []int
			asked, ended := 0, false
			err := inOrder(upTo(500, tc.items, &asked, &ended), func(i int) (int, error) {
				for range i % 3 {
					runtime.Gosched()
				}
				return i, tc.work(i)
			}, func(i int) error {
				if err := tc.take(i); err != nil {
					return err
				}
				taken = append(taken, i)
				return nil
			})
			if err != tc.want || len(taken) != tc.taken || !slices.IsSorted(taken) {
				t.Errorf("%v, took %v, wanted %v after %d", err, taken, tc.want, tc.taken)
			}
			if !ended || tc.taken < 500 && asked > 200 {
				t.Errorf("asked for %d items, ended %t", asked, ended)
			}
		})
	}
}
