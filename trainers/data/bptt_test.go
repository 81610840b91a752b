package data

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
)

// numbered gives documents of these lengths whose tokens are 0, 1, 2, ... throughout, so that a
// token says where it comes from.
func numbered(lengths ...int) [][]int {
	docs, next := [][]int{}, 0
	for _, n := range lengths {
		doc := []int{}
		for range n {
			doc = append(doc, next)
			next++
		}
		docs = append(docs, doc)
	}
	return docs
}

func TestBPTT(t *testing.T) {
	lengths := []int{5, 1, 0, 17, 9, 30, 2}
	docs := numbered(lengths...)
	first, last := map[int]bool{}, map[int]bool{} // tokens that begin and end a document
	for _, doc := range docs {
		if len(doc) > 0 {
			first[doc[0]], last[doc[len(doc)-1]] = true, true
		}
	}
	for _, size := range []struct{ T, B int }{{1, 1}, {1, 4}, {7, 1}, {4, 3}, {21, 3}, {63, 1}} {
		t.Run(fmt.Sprintf("T=%d/B=%d", size.T, size.B), func(t *testing.T) {
			src, err := NewBPTT(docs, size.T, size.B, 7)
			if err != nil {
				t.Fatal(err)
			}
			holdsContract(t, src)
			for epoch := range 4 {
				seen := map[int]bool{}
				for b := range size.B {
					before := -1 // target of the position before in this row
					for k, batch := range collect(t, src, epoch, 0) {
						tokens, targets, reset := ints(t, batch, "tokens"), ints(t, batch, "targets"), ints(t, batch, "reset")
						for tt := range size.T {
							i := tt*size.B + b
							token, target := tokens[i], targets[i]
							if seen[token] {
								t.Fatalf("epoch %d: token %d is there twice", epoch, token)
							}
							seen[token] = true
							if begin := k == 0 && tt == 0; (reset[i] == 1) != (begin || first[token]) {
								t.Errorf("epoch %d, batch %d, t=%d, row %d: reset %d at token %d", epoch, k, tt, b, reset[i], token)
							}
							if want := token + 1; last[token] && target != -1 || !last[token] && target != want {
								t.Errorf("epoch %d: target of token %d is %d", epoch, token, target)
							}
							if before >= 0 && token != before {
								t.Errorf("epoch %d, batch %d, t=%d, row %d: token %d after target %d: the row does not go on", epoch, k, tt, b, token, before)
							}
							before = target
						}
					}
				}
				if left := 64 - len(seen); left < 1 || left > size.T*size.B {
					t.Errorf("epoch %d: %d of 64 tokens left out, wanted 1 to T·B = %d", epoch, left, size.T*size.B)
				}
			}
		})
	}
}

// The rows hold the stream in order: put side by side again they are the documents, each whole.
func TestBPTTRowsAreOneStream(t *testing.T) {
	docs := numbered(4, 6, 3)
	src, err := NewBPTT(docs, 3, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	rows := make([][]int, 2)
	for _, batch := range collect(t, src, 2, 0) {
		for i, token := range ints(t, batch, "tokens") {
			rows[i%2] = append(rows[i%2], token)
		}
	}
	stream := make([]int, 12)
	if err := newStream(documents(docs), true, 1, 2).read(0, stream, make([]bool, 12)); err != nil {
		t.Fatal(err)
	}
	if got := slices.Concat(rows...); !slices.Equal(got, stream) {
		t.Errorf("rows hold %v, the stream is %v", got, stream)
	}
}

func TestBPTTShuffles(t *testing.T) {
	docs := numbered(3, 3, 3, 3, 3, 3)
	epochs := map[string]bool{}
	for _, seed := range []int64{1, 2} {
		src, err := NewBPTT(docs, 17, 1, seed)
		if err != nil {
			t.Fatal(err)
		}
		for epoch := range 3 {
			epochs[fmt.Sprint(ints(t, collect(t, src, epoch, 0)[0], "tokens"))] = true
		}
	}
	if len(epochs) != 6 {
		t.Errorf("%d different orders in 2 seeds × 3 epochs", len(epochs))
	}
	one, err := NewBPTT(numbered(9), 4, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(collect(t, one, 0, 0), collect(t, one, 1, 0)) {
		t.Error("one document: epochs 0 and 1 differ")
	}
}

func TestBPTTErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		docs [][]int
		T, B int
		want []string
	}{
		"no timesteps":   {numbered(9), 0, 2, []string{"T=0", "B=2"}},
		"no rows":        {numbered(9), 2, -1, []string{"T=2", "B=-1"}},
		"too short":      {numbered(3, 3), 3, 2, []string{"6 tokens in 2 pieces", "T·B+1", "T=3", "B=2"}},
		"no documents":   {nil, 1, 1, []string{"0 tokens in 0 pieces"}},
		"huge":           {numbered(9), 1 << 40, 1 << 40, []string{"9 tokens"}},
		"negative token": {[][]int{{1}, {2, -3}}, 1, 1, []string{"document 1, position 1", "-3"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewBPTT(tc.docs, tc.T, tc.B, 1)
			wantError(t, err, tc.want...)
		})
	}
	if _, err := NewBPTT(numbered(3, 4), 3, 2, 1); err != nil {
		t.Errorf("T·B+1 tokens: %v", err)
	}
}

func BenchmarkBPTT(b *testing.B) {
	src, err := NewBPTT(numbered(1<<20), 64, 32, 1)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, err := range src.Batches(0, 0) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N*src.Len()*64*32)/b.Elapsed().Seconds(), "tokens/s")
}

func TestBPTTLength(t *testing.T) {
	for _, tc := range []struct{ tokens, B, longest, want int }{
		{101, 1, 100, 100}, // a row of 100, whole
		{101, 1, 40, 25},   // 25 and 20 divide 100
		{111540, 64, 100, 67},
		{8, 1, 100, 7}, // a row shorter than half
		{98, 1, 10, 8}, // a row of 97, a prime: 1 is left, as with 6
		{98, 1, 6, 6},
		{34, 1, 10, 8}, // 3 divides 33, but is below half
		{0, 1, 10, 1},
		{100, 0, 1, 1},
		{100, 1, 0, 1},
		{math.MaxInt, 1, math.MaxInt, math.MaxInt - 1},
		{1 << 62, 3, 1 << 41, 1<<41 - 1<<20}, // ends, though 2⁴⁰ are to be looked at
		{math.MinInt, math.MinInt, math.MinInt, 1},
	} {
		if got := BPTTLength(tc.tokens, tc.B, tc.longest); got != tc.want {
			t.Errorf("%d tokens, %d rows, at most %d: %d, want %d", tc.tokens, tc.B, tc.longest, got, tc.want)
		}
	}
}

// Lengths that no text has are answered at once.
func TestBPTTLengthOfAnything(t *testing.T) {
	numbers := []int{math.MinInt, -1, 0, 1, 2, 1 << 40, math.MaxInt}
	for _, tokens := range numbers {
		for _, rows := range numbers {
			for _, longest := range numbers {
				if T := BPTTLength(tokens, rows, longest); T < 1 || longest > 0 && T > longest {
					t.Errorf("%d tokens in %d rows of at most %d: T = %d", tokens, rows, longest, T)
				}
			}
		}
	}
}

// Resets by chance come at the rate that is asked for, anywhere in a row, and change nothing else; batches still
// depend on seed, epoch and number only.
func TestBPTTResetRate(t *testing.T) {
	docs := numbered(20001)
	const T, B = 10, 20
	plain, err := NewBPTT(docs, T, B, 5)
	if err != nil {
		t.Fatal(err)
	}
	for _, rate := range []float64{0, 0.1, 1, 3} {
		src, err := NewBPTT(docs, T, B, 5)
		if err != nil {
			t.Fatal(err)
		}
		src.ResetRate = rate
		holdsContract(t, src)
		rows, at := 0, map[int]int{}
		var epochs [2][]int
		for epoch := range epochs {
			before := collect(t, plain, epoch, 0)
			for k, batch := range collect(t, src, epoch, 0) {
				for _, name := range []string{"tokens", "targets"} {
					if !slices.Equal(ints(t, batch, name), ints(t, before[k], name)) {
						t.Fatalf("rate %v: %s differ", rate, name)
					}
				}
				reset := ints(t, batch, "reset")
				epochs[epoch] = append(epochs[epoch], reset...)
				for b := range B {
					n := 0
					for tt := range T {
						if reset[tt*B+b] == 1 {
							n, at[tt] = n+1, at[tt]+1
						} else if k == 0 && tt == 0 {
							t.Fatalf("rate %v: row %d of the first batch is not reset", rate, b)
						}
					}
					if k > 0 {
						rows += n
					}
					if k > 0 && n > 1 {
						t.Fatalf("rate %v: %d resets of a row of a batch", rate, n)
					}
				}
			}
		}
		n := 2 * 99 * B // rows of all batches but the first of each epoch
		if got, want := float64(rows)/float64(n), min(rate, 1); got < want-0.02 || got > want+0.02 {
			t.Errorf("rate %v: %.3f of the rows are reset", rate, got)
		}
		if rate > 0 && (len(at) < T || slices.Equal(epochs[0], epochs[1])) {
			t.Errorf("rate %v: resets at %d of %d timesteps, or epochs alike", rate, len(at), T)
		}
	}
}
