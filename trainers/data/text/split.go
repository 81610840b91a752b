package text

import (
	"cmp"
	"hash/fnv"
	"slices"
	"unicode/utf8"
)

// SplitByHash puts about one document in oneIn aside for validation; both parts keep the order of
// docs. Where a document goes depends on its path only, so it stays there while others come and
// go: it is for validation if the 64-bit FNV-1a hash of the path, mixed, is divisible by oneIn.
// (Unmixed, the lowest bit of FNV-1a is no more than the parity of the path's bytes.)
//
// So that neither part is empty, the first by hash is for validation if no other is, and the last
// for training; a document by itself is for training. A oneIn below 2 counts as 2.
func SplitByHash(docs []Document, oneIn int) (train, valid []Document) {
	isValid := func(doc Document) bool { return pathHash(doc.Path)%uint64(max(2, oneIn)) == 0 }
	byHash := func(a, b Document) int { return cmp.Compare(pathHash(a.Path), pathHash(b.Path)) }
	if len(docs) == 0 {
		return nil, nil
	}
	first, last := slices.MinFunc(docs, byHash), slices.MaxFunc(docs, byHash)
	none := !slices.ContainsFunc(docs, isValid)
	all := !slices.ContainsFunc(docs, func(doc Document) bool { return !isValid(doc) })
	for _, doc := range docs {
		if doc != last && none && doc == first || isValid(doc) && !(all && doc == last) {
			valid = append(valid, doc)
		} else {
			train = append(train, doc)
		}
	}
	return train, valid
}

// pathHash is FNV-1a with the finaliser of SplitMix64 (Steele, Lea & Flood, 2014), after which every
// bit depends on all others.
func pathHash(path string) uint64 {
	f := fnv.New64a()
	f.Write([]byte(path))
	h := f.Sum64()
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// SplitTail puts the last part of a text aside for validation: that fraction of its runes, rounded
// up. A fraction of 0 or less takes nothing, of 1 or more everything. train + valid is doc.
func SplitTail(doc string, fraction float64) (train, valid string) {
	if !(fraction > 0) { // NaN too
		return doc, ""
	}
	const rounding = 1e-9 // 1 - 0.9 is a little less than 0.1
	left := int(float64(utf8.RuneCountInString(doc))*(1-min(fraction, 1)) + rounding)
	for at := range doc {
		if left == 0 {
			return doc[:at], doc[at:]
		}
		left--
	}
	return doc, ""
}
