package text

import (
	"math"
	"slices"

	"github.com/pkg/errors"
)

// An NGram is a smoothed n-gram model of tokens, the yardstick of language models: a recurrent
// network that does not fall below its bits per token has learned nothing that counting could not.
//
// With c(h, w) how often token w followed the context h in training, c(h) the sum of these over w,
// n(h) how many different tokens followed h, and h' the context less its first token, the
// probability is that of Witten & Bell, 1991, interpolated (Chen & Goodman, 1998, section 2.5):
//
//	P(w | h) = (c(h, w) + n(h)·P(w | h')) / (c(h) + n(h))
//
// down to 1/V below the empty context. Contexts do not cross the start of a document.
//
// It counts up to 8 million different n-grams, in about 250 MB, and up to three times that until what it has
// outgrown is collected. Where training has more, the longest are given up, and the order is one less: what is
// counted is counted exactly. Order 8 of 4 MB of prose, or of source, is within that.
type NGram struct {
	order, vocab int
	most         int     // nodes
	nodes        []node  // node 0 is the empty context; each is behind its context
	slots        []int32 // a hash table of the nodes by context and token, 0 is free; its length is a power of 2
}

// A node is a sequence of up to order tokens that was seen in training.
type node struct {
	context, token int32 // the node of all tokens but the last, and that
	count          int32 // how often it was seen
	follows        int32 // c(h), as a context
	types          int32 // n(h), as a context
}

const (
	// unseen is the node of a context that was not.
	unseen = -1
	// mostNodes is how many n-grams are counted.
	mostNodes = 1 << 23
	// longestOrder keeps what is held for each token small.
	longestOrder = 64
)

// NewNGram makes an untrained model of order tokens, the predicted one among them (1 is the
// unigram), over a vocabulary of V. Untrained, every token has the probability 1/V.
//
// It is an error if order or V is below 1, if order is above 64, or if V does not fit 31 bits.
func NewNGram(order, V int) (*NGram, error) {
	if order < 1 || order > longestOrder || V < 1 || V > math.MaxInt32 {
		return nil, errors.Errorf("n-gram: order=%d, V=%d, wanted 1 or more of each, an order up to %d and V below 2^31",
			order, V, longestOrder)
	}
	return &NGram{order: order, vocab: V, most: mostNodes, nodes: make([]node, 1), slots: make([]int32, 1<<10)}, nil
}

// Order is the number of tokens of its longest n-grams, the predicted one among them.
func (g *NGram) Order() int {
	if g == nil {
		return 0
	}
	return g.order
}

// Train adds documents to the counts. It is an error, and no document is added, if a token is
// outside [0, V).
func (g *NGram) Train(docs [][]int) error {
	if g.Order() == 0 {
		return errors.New("n-gram: model is nil or zero, wanted one of NewNGram's")
	}
	for d, doc := range docs {
		for i, token := range doc {
			if token < 0 || token >= g.vocab {
				return errors.Errorf("n-gram: document %d, position %d: token %d, wanted one of [0, %d)",
					d, i, token, g.vocab)
			}
		}
	}
	for _, doc := range docs {
		contexts := []int32{0}
		for _, token := range doc {
			for len(g.nodes)+g.order > g.most && g.order > 1 {
				contexts = g.giveUpLongest(contexts)
			}
			contexts = g.advance(contexts, func(_ int, context int32) int32 {
				return g.count(context, int32(token))
			})
		}
	}
	return nil
}

// giveUpLongest forgets the n-grams of the greatest order. It gives the new nodes of contexts.
func (g *NGram) giveUpLongest(contexts []int32) []int32 {
	g.order--
	length, to := make([]uint8, len(g.nodes)), make([]int32, len(g.nodes)) // by old node
	kept := g.nodes[:1]
	for i, n := range g.nodes[1:] {
		length[i+1] = length[n.context] + 1
		if int(length[i+1]) > g.order {
			continue
		}
		if int(length[i+1]) == g.order {
			n.follows, n.types = 0, 0
		}
		n.context, to[i+1] = to[n.context], int32(len(kept))
		kept = append(kept, n)
	}
	g.nodes = kept
	g.rehash(len(g.slots))
	contexts = contexts[:min(len(contexts), g.order)]
	for i, context := range contexts {
		contexts[i] = to[context]
	}
	return contexts
}

// advance goes on by one token. contexts holds the node of the last n tokens at n, as far as they
// reach and up to order-1: first without the token, then, as returned, with it. visit is called
// for each n upwards and gives the node of that context and the token.
func (g *NGram) advance(contexts []int32, visit func(n int, context int32) int32) []int32 {
	longer := int32(0) // without any tokens, the context is node 0
	for n, context := range contexts {
		contexts[n], longer = longer, visit(n, context)
	}
	if len(contexts) < g.order {
		contexts = append(contexts, longer)
	}
	return contexts
}

// count counts token after context, and gives the node of both.
func (g *NGram) count(context, token int32) int32 {
	child, slot := g.lookup(context, token)
	if child == unseen {
		child = int32(len(g.nodes))
		g.nodes = append(g.nodes, node{context: context, token: token})
		g.slots[slot] = child
		g.nodes[context].types++
		if len(g.nodes) > len(g.slots)/4*3 {
			g.rehash(2 * len(g.slots))
		}
	}
	g.nodes[context].follows++
	g.nodes[child].count++
	return child
}

// lookup gives the node of context and token, or unseen and the slot that is free for it.
func (g *NGram) lookup(context, token int32) (child int32, slot int) {
	h := (uint64(context)<<32 | uint64(uint32(token))) * 0x9e3779b97f4a7c15 // Fibonacci hashing (Knuth, 6.4)
	mask := uint64(len(g.slots) - 1)
	for at := h >> 32 & mask; ; at = (at + 1) & mask {
		child := g.slots[at]
		if child == 0 {
			return unseen, int(at)
		}
		if n := &g.nodes[child]; n.context == context && n.token == token {
			return child, int(at)
		}
	}
}

// rehash puts all nodes into a table of so many slots.
func (g *NGram) rehash(slots int) {
	g.slots = make([]int32, slots)
	for i, n := range g.nodes[1:] {
		_, slot := g.lookup(n.context, n.token)
		g.slots[slot] = int32(i + 1)
	}
}

// BitsPerToken is the mean of -log2 P(w | h) over the tokens of docs: +Inf if one is outside
// [0, V), NaN if there are none.
func (g *NGram) BitsPerToken(docs [][]int) float64 {
	bits := g.bits(docs)
	if len(bits) == 0 {
		return math.NaN() // the zero value, which has no order
	}
	return bits[g.order-1]
}

// bits is BitsPerToken of the models of order 1, 2, ... which are all contained in this one.
func (g *NGram) bits(docs [][]int) []float64 {
	if g.Order() == 0 {
		return nil
	}
	bits := make([]float64, g.order)
	tokens := 0
	for _, doc := range docs {
		contexts := []int32{0}
		for _, token := range doc {
			if token < 0 || token >= g.vocab {
				return slices.Repeat([]float64{math.Inf(1)}, g.order)
			}
			known := len(contexts)
			p := 1 / float64(g.vocab)
			contexts = g.advance(contexts, func(n int, context int32) int32 {
				child := int32(unseen)
				if context != unseen {
					child, _ = g.lookup(context, int32(token))
				}
				p = g.mix(p, context, child)
				bits[n] -= math.Log2(p)
				return child
			})
			for n := known; n < g.order; n++ { // near the start of a document
				bits[n] -= math.Log2(p)
			}
			tokens++
		}
	}
	for n := range bits {
		bits[n] /= float64(tokens)
	}
	return bits
}

// mix is P(w | h) from P(w | h'), where child is the node of h and w.
func (g *NGram) mix(shorter float64, context, child int32) float64 {
	if context == unseen || g.nodes[context].follows == 0 {
		return shorter
	}
	h, count := g.nodes[context], 0.0
	if child != unseen {
		count = float64(g.nodes[child].count)
	}
	return (count + float64(h.types)*shorter) / float64(h.follows+h.types)
}

// BestNGram trains the models of order 1 to maxOrder and gives the one with the fewest bits per
// token on valid, the smaller of two equals. It tries fewer orders where their n-grams are more than
// an NGram counts. If none can be measured, because a token is outside [0, V), there are none in
// valid, or maxOrder is none that NewNGram takes, the order is 0 and bits are +Inf.
func BestNGram(train, valid [][]int, V, maxOrder int) (order int, bits float64) {
	bits = math.Inf(1)
	g, err := NewNGram(maxOrder, V)
	if err != nil || g.Train(train) != nil {
		return 0, bits
	}
	for n, b := range g.bits(valid) {
		if b < bits {
			order, bits = n+1, b
		}
	}
	return order, bits
}
