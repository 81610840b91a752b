package text

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

func newNGram(t testing.TB, order, V int, train ...[]int) *NGram {
	t.Helper()
	g, err := NewNGram(order, V)
	if err == nil {
		err = g.Train(train)
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// "a b a a" over {a, b, c}, by hand. Unigram: a is there 3 times, b once, 2 types, so
// P(a) = (3 + 2/3)/6 = 11/18, P(b) = (1 + 2/3)/6 = 5/18, P(c) = (0 + 2/3)/6 = 2/18.
// After a come b and a, once each: P(b|a) = (1 + 2·5/18)/4 = 7/18.
// After b comes a, once: P(c|b) = (0 + 1·2/18)/2 = 1/18.
func TestNGramByHand(t *testing.T) {
	const a, b, c = 0, 1, 2
	for _, tc := range []struct {
		order int
		text  []int
		p     float64
	}{
		{1, []int{a}, 11. / 18},
		{1, []int{b}, 5. / 18},
		{1, []int{c}, 2. / 18},
		{2, []int{a, b}, 11. / 18 * 7 / 18},
		{2, []int{b, c}, 5. / 18 * 1 / 18},
		{2, []int{c, a}, 2. / 18 * 11 / 18}, // nothing ever followed c
	} {
		g := newNGram(t, tc.order, 3, []int{a, b, a, a})
		want := -math.Log2(tc.p) / float64(len(tc.text))
		if got := g.BitsPerToken([][]int{tc.text}); math.Abs(got-want) > 1e-12 {
			t.Errorf("order %d, text %v: %g bits, wanted %g", tc.order, tc.text, got, want)
		}
	}
}

// After any context, seen or not, the probabilities of all tokens add up to one.
func TestNGramSumsToOne(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	draw := func(n int) []int {
		doc := make([]int, n)
		for i := range doc {
			doc[i] = int(math.Floor(5 * math.Pow(r.Float64(), 2)))
		}
		return doc
	}
	for order := 1; order <= 4; order++ {
		g := newNGram(t, order, 6, draw(90), draw(1), nil, draw(30)) // token 5 is never there
		for range 50 {
			context := draw(r.IntN(6))
			before := 0.0
			if len(context) > 0 {
				before = g.BitsPerToken([][]int{context}) * float64(len(context))
			}
			sum := 0.0
			for token := range 6 {
				doc := append(context[:len(context):len(context)], token)
				sum += math.Exp2(before - g.BitsPerToken([][]int{doc})*float64(len(doc)))
			}
			if math.Abs(sum-1) > 1e-9 {
				t.Errorf("order %d after %v: probabilities add up to %.12f", order, context, sum)
			}
		}
	}
}

// A model of a higher order contains those of lower ones, and each document starts anew.
func TestNGramOrders(t *testing.T) {
	train, valid := [][]int{{0, 1, 2, 0, 1}, {2, 2, 1}}, [][]int{{0, 1, 2}, {1, 0}, {2}}
	for n, bits := range newNGram(t, 4, 3, train...).bits(valid) {
		if got := newNGram(t, n+1, 3, train...).BitsPerToken(valid); math.Abs(got-bits) > 1e-12 {
			t.Errorf("order %d: %g bits, as part of order 4 %g", n+1, got, bits)
		}
	}
}

// Where there are more n-grams than are counted, what is left is the model of a lower order, exactly.
func TestNGramGivesUpTheLongest(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	var docs [][]int
	for range 30 {
		doc := make([]int, r.IntN(80))
		for i := range doc {
			doc[i] = int(12 * math.Pow(r.Float64(), 3))
		}
		docs = append(docs, doc)
	}
	train, valid := docs[:20], docs[20:]
	whole := newNGram(t, 6, 12, train...)
	for _, most := range []int{len(whole.nodes) + 6, len(whole.nodes) - 1, 1000, 300, 100, 20, 1} {
		g := newNGram(t, 6, 12)
		g.most = most
		if err := g.Train(train); err != nil {
			t.Fatal(err)
		}
		if len(g.nodes) > most && g.Order() > 1 || most > len(whole.nodes) && g.Order() < 6 || most == 20 && g.Order() > 1 {
			t.Errorf("limit %d: %d nodes, order %d", most, len(g.nodes), g.Order())
		}
		lower := newNGram(t, g.Order(), 12, train...)
		if len(g.nodes) != len(lower.nodes) {
			t.Errorf("limit %d: %d nodes, those of order %d are %d", most, len(g.nodes), g.Order(), len(lower.nodes))
		}
		for n, bits := range g.bits(valid) {
			if want := whole.bits(valid)[n]; bits != want {
				t.Errorf("limit %d, order %d: %v bits, wanted %v", most, n+1, bits, want)
			}
		}
	}
}

// Where tokens depend on the one before only, longer contexts lose.
func TestBestNGram(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	chain := func(n int) [][]int {
		doc := make([]int, n)
		for i := 1; i < n; i++ {
			doc[i] = (doc[i-1] + r.IntN(3)) % 8
		}
		return [][]int{doc}
	}
	train, valid := chain(500), chain(500)
	order, bits := BestNGram(train, valid, 8, 5)
	if want := newNGram(t, 2, 8, train...).BitsPerToken(valid); order != 2 || bits != want {
		t.Errorf("order %d with %g bits, wanted 2 with %g", order, bits, want)
	}
}

func TestNGramEdges(t *testing.T) {
	for _, tc := range []struct{ order, V int }{{0, 2}, {2, 0}, {math.MaxInt, 2}} {
		_, err := NewNGram(tc.order, tc.V)
		wantError(t, err, "n-gram", "wanted 1 or more")
	}
	g := newNGram(t, 3, 4)
	if got := g.BitsPerToken([][]int{{0, 1}}); got != 2 {
		t.Errorf("untrained over 4 tokens: %g bits, wanted 2", got)
	}
	wantError(t, g.Train([][]int{{0}, {1, 4}}), "document 1, position 1", "token 4", "[0, 4)")
	if got := g.BitsPerToken([][]int{{0}}); got != 2 {
		t.Errorf("a failed training counts: %g bits", got)
	}
	if got := g.BitsPerToken([][]int{{0, -1}}); !math.IsInf(got, 1) {
		t.Errorf("a token outside: %g bits, wanted +Inf", got)
	}
	if got := g.BitsPerToken(nil); !math.IsNaN(got) {
		t.Errorf("no tokens: %g bits, wanted NaN", got)
	}
	if got := new(NGram).BitsPerToken([][]int{{0}}); !math.IsNaN(got) {
		t.Errorf("zero value: %g bits, wanted NaN", got)
	}
	for _, tc := range []struct {
		train, valid [][]int
		V, maxOrder  int
	}{{[][]int{{0}}, [][]int{{0}}, 2, math.MaxInt}, {nil, nil, 2, 2}, {[][]int{{2}}, [][]int{{0}}, 2, 2}, {nil, [][]int{{2}}, 2, 2}, {nil, [][]int{{0}}, 2, 0}} {
		if order, bits := BestNGram(tc.train, tc.valid, tc.V, tc.maxOrder); order != 0 || !math.IsInf(bits, 1) {
			t.Errorf("%+v: order %d, %g bits, wanted 0, +Inf", tc, order, bits)
		}
	}
}

// dataFolder holds the data sets that tests measure.
func dataFolder(t testing.TB) string {
	t.Helper()
	folder := os.Getenv("ELMAN_DATA")
	if folder == "" {
		t.Skip("ELMAN_DATA is not set: no corpus to measure")
	}
	return folder
}

// shakespeare is the text of character-level language models, split as nanoGPT does, as tokens.
func shakespeare(t testing.TB) (train, valid []int, V int) {
	t.Helper()
	docs, err := ReadFiles(filepath.Join(dataFolder(t), "tinyshakespeare", "input.txt.gz"))
	if err != nil {
		t.Fatal(err)
	}
	v := newVocab(t, Runes, VocabOptions{}, docs[0].Text)
	tokens, err := v.Encode(docs[0].Text)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := SplitTail(docs[0].Text, 0.1)
	return tokens[:len(first)], tokens[len(first):], v.Len() // ASCII: as many bytes as runes
}

func TestNGramShakespeare(t *testing.T) {
	train, valid, V := shakespeare(t)
	maxOrder := 7
	if testing.Short() {
		maxOrder = 4
	}
	published := []float64{3.347, 2.486, 2.049, 1.774, 1.669, 1.698, 1.779} // nats, by context length
	for n, bits := range newNGram(t, maxOrder, V, train).bits([][]int{valid}) {
		if nats := bits * math.Ln2; math.Abs(nats-published[n]) > 5.1e-4 { // they have three digits
			t.Errorf("context of %d: %.4f nats per character, published %.3f", n, nats, published[n])
		}
	}
}

// The yardstick is the best of all orders up to 8, not of those that are quick.
func TestBestNGramShakespeare(t *testing.T) {
	train, valid, V := shakespeare(t)
	for maxOrder, want := range map[int]struct {
		order int
		nats  float64
	}{8: {5, 1.669}, 4: {4, 1.774}} {
		order, bits := BestNGram([][]int{train}, [][]int{valid}, V, maxOrder)
		if nats := bits * math.Ln2; order != want.order || math.Abs(nats-want.nats) > 5.1e-4 {
			t.Errorf("up to order %d: order %d with %.4f nats, wanted %d with %.3f", maxOrder, order, nats, want.order, want.nats)
		}
	}
}

func BenchmarkNGram(b *testing.B) {
	train, valid, V := shakespeare(b)
	for b.Loop() {
		newNGram(b, 8, V, train).BitsPerToken([][]int{valid})
	}
	b.ReportMetric(float64(b.N*(len(train)+len(valid)))/b.Elapsed().Seconds(), "tokens/s")
}
