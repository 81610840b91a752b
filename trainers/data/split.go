package data

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
)

// SplitByGroup puts some items aside for validation, whole groups of them: all recordings of a
// speaker, all pages of a book. groups has the group of each item; both parts keep the order of
// the items. With the same groups other items are split alike: sequences and then their labels.
//
// The groups are shuffled by seed and go to validation until it has that fraction of all items or
// more; which they are does not depend on the order of the items. A fraction of 0 or less takes
// nothing, of 1 or more everything; any other leaves at least one group for training.
//
// It is an error if there are not as many groups as items.
func SplitByGroup[E any, G cmp.Ordered](items []E, groups []G, fraction float64, seed int64) (train, valid []E, err error) {
	if len(groups) != len(items) {
		return nil, nil, errors.Errorf("split: groups of %d items, wanted them of %d", len(groups), len(items))
	}
	size := map[G]int{}
	for _, g := range groups {
		size[g]++
	}
	names := make([]G, 0, len(size))
	for g := range size {
		names = append(names, g)
	}
	slices.Sort(names)
	r := rand.New(rand.NewPCG(uint64(seed), 0))
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })

	left, isValid := len(items), map[G]bool{} // items left for training
	for i, g := range names {
		if left <= headSize(len(items), fraction) || i == len(names)-1 && fraction < 1 {
			break
		}
		isValid[g] = true
		left -= size[g]
	}
	for i, item := range items {
		if isValid[groups[i]] {
			valid = append(valid, item)
		} else {
			train = append(train, item)
		}
	}
	return train, valid, nil
}
