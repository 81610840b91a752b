package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSplitByGroup(t *testing.T) {
	var items []int
	var groups []string
	for i := range 500 {
		items, groups = append(items, i), append(groups, fmt.Sprint("speaker ", i*i%37%20))
	}
	largest := 0
	count := map[string]int{}
	for _, g := range groups {
		count[g]++
		largest = max(largest, count[g])
	}
	splits := map[string]bool{}
	for seed := range int64(10) {
		for _, fraction := range []float64{-1, 0, 0.001, 0.1, 0.5, 0.99, 1, 2, math.NaN()} {
			train, valid, err := SplitByGroup(items, groups, fraction, seed)
			if err != nil {
				t.Fatal(err)
			}
			wanted := 0.
			if fraction > 0 {
				wanted = 500 * min(fraction, 1)
			}
			n := float64(len(valid))
			switch {
			case len(train)+len(valid) != 500 || !slices.IsSorted(train) || !slices.IsSorted(valid):
				t.Fatalf("fraction %g: %v and %v are not the items in order", fraction, train, valid)
			case fraction > 0 && fraction < 1 && len(train) == 0:
				t.Errorf("fraction %g: nothing to train on", fraction)
			case n >= wanted+float64(largest), n < wanted && (fraction < 0.9 || fraction >= 1):
				t.Errorf("fraction %g: %g of 500, wanted %g, or up to %d more", fraction, n, wanted, largest)
			}
			for _, i := range valid {
				if slices.ContainsFunc(train, func(j int) bool { return groups[j] == groups[i] }) {
					t.Fatalf("fraction %g: %s is in both parts", fraction, groups[i])
				}
			}
			if fraction == 0.1 {
				splits[fmt.Sprint(valid)] = true
			}
		}
	}
	if len(splits) < 8 {
		t.Errorf("%d different splits by 10 seeds", len(splits))
	}
}

// In whatever order items come, the same go to validation; labels go where their sequences do.
func TestSplitByGroupOrder(t *testing.T) {
	const n = 60
	order := rand.New(rand.NewPCG(1, 1)).Perm(n)
	items, groups, labels := make([]int, n), make([]int, n), make([]int, n)
	for i, item := range order {
		items[i], groups[i], labels[i] = item, item%7, -item
	}
	_, shuffled, _ := SplitByGroup(items, groups, 0.3, 5)
	_, shuffledLabels, _ := SplitByGroup(labels, groups, 0.3, 5)
	for i, item := range shuffled {
		if shuffledLabels[i] != -item {
			t.Fatalf("item %d has label %d", item, shuffledLabels[i])
		}
	}
	for i := range n {
		items[i], groups[i] = i, i%7
	}
	_, want, _ := SplitByGroup(items, groups, 0.3, 5)
	if slices.Sort(shuffled); !slices.Equal(shuffled, want) {
		t.Errorf("got %v, wanted %v", shuffled, want)
	}
}

func TestSplitByGroupFew(t *testing.T) {
	train, valid, err := SplitByGroup([]int{1, 2}, []string{"a", "a"}, 0.5, 1)
	if len(train) != 2 || len(valid) != 0 || err != nil {
		t.Errorf("one group: %v and %v, %v", train, valid, err)
	}
	train, valid, err = SplitByGroup([]int{}, []string{}, 0.5, 1)
	if train != nil || valid != nil || err != nil {
		t.Errorf("nothing: %v and %v, %v", train, valid, err)
	}
	_, _, err = SplitByGroup([]int{1, 2}, []string{"a"}, 0.5, 1)
	wantError(t, err, "groups of 1 items", "of 2")
}
