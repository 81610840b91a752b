package zoo

import (
	"bytes"
	"context"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers/data/text"
)

// generate is what m writes.
func generate(t testing.TB, m *LM, prompt string, n int, sampler Sampler) string {
	t.Helper()
	var b strings.Builder
	if err := m.Generate(background, &b, prompt, n, sampler); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// recorder keeps each write by itself.
type recorder []string

func (r *recorder) Write(p []byte) (int, error) {
	*r = append(*r, string(p))
	return len(p), nil
}

// writerFunc is a function as an io.Writer.
type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// lively is an untrained model whose weights are large enough that what it read decides what follows.
func lively(t testing.TB, v *text.Vocab) *LM {
	t.Helper()
	m := must(NewLM(v, LMConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 8}}, 3))(t)
	for _, p := range m.Store().Params() {
		for i := range p.Value.Float32s() {
			p.Value.Float32s()[i] *= 4
		}
	}
	return m
}

func TestGenerateIsSeeded(t *testing.T) {
	m := lively(t, vocab(t, rhyme))
	sampler := Sampler{Temperature: 1, Seed: 1}
	text := generate(t, m, "a rose", 60, sampler)
	if len(text) != 60 {
		t.Errorf("%d symbols, want 60", len(text))
	}
	if again := generate(t, m, "a rose", 60, sampler); again != text {
		t.Errorf("the same seed wrote %q and %q", text, again)
	}
	if longer := generate(t, m, "a rose", 70, sampler); !strings.HasPrefix(longer, text) {
		t.Errorf("longer text %q does not go on from %q", longer, text)
	}
	sampler.Seed = 2
	if other := generate(t, m, "a rose", 60, sampler); other == text {
		t.Errorf("seeds 1 and 2 both wrote %q", text)
	}
	if other := generate(t, m, "is a ", 60, Sampler{Temperature: 1, Seed: 1}); other == text {
		t.Errorf("two prompts go on as %q", text)
	}
	greedy := generate(t, m, "a rose", 60, Sampler{})
	if other := generate(t, m, "a rose", 60, Sampler{Seed: 2}); other != greedy {
		t.Errorf("greedy text depends on the seed: %q and %q", greedy, other)
	}
}

// Each symbol is drawn from the distribution that the model gives after all that came before.
func TestGenerateDrawsFromTheModel(t *testing.T) {
	const draws = 1500
	m := lively(t, vocab(t, "abcd"))
	stream := must(m.Stream(1))(t)
	var sequence graph.Sequence
	var logits []float64
	for _, token := range must(m.Vocab().Encode("cab"))(t) {
		logits = floats(must(stream.Step(background, tokensOf(token), &sequence))(t)["logits"])
	}
	want := softmax(logits)
	best := slices.Max(want)
	for _, tc := range []struct {
		name    string
		sampler Sampler
		keep    func(p float64) bool
	}{
		{"temperature", Sampler{Temperature: 1}, func(float64) bool { return true }},
		{"top 1", Sampler{Temperature: 1, TopK: 1}, func(p float64) bool { return p == best }},
		{"nucleus", Sampler{Temperature: 1, TopP: best / 2}, func(p float64) bool { return p == best }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			counts, total := map[string]float64{}, 0.0
			for seed := range int64(draws) {
				tc.sampler.Seed = seed
				counts[generate(t, m, "cab", 1, tc.sampler)]++
			}
			for _, p := range want {
				if tc.keep(p) {
					total += p
				}
			}
			for id, p := range want {
				if p /= total; !tc.keep(want[id]) {
					p = 0
				}
				got := counts[m.Vocab().Symbol(id)] / draws
				// Five standard deviations, and five texts, for what is so rare that it has another distribution.
				if math.Abs(got-p) > 5*math.Sqrt(p*(1-p)/draws)+5./draws || p == 0 && got > 0 {
					t.Errorf("%q: %.3f of the texts, want %.3f", m.Vocab().Symbol(id), got, p)
				}
			}
		})
	}
}

func TestGenerateStreams(t *testing.T) {
	m := lively(t, vocab(t, rhyme))
	var writes recorder
	if err := m.Generate(background, &writes, "a ", 9, Sampler{Temperature: 1}); err != nil {
		t.Fatal(err)
	}
	if len(writes) != 9 {
		t.Errorf("%d writes %q, want one a symbol", len(writes), []string(writes))
	}
	if want := generate(t, m, "a ", 9, Sampler{Temperature: 1}); strings.Join(writes, "") != want {
		t.Errorf("wrote %q, want %q", []string(writes), want)
	}
	if got := generate(t, m, "a ", 0, Sampler{}) + generate(t, m, "", 0, Sampler{}); got != "" {
		t.Errorf("0 symbols are %q", got)
	}
}

// Without a prompt the first symbol is drawn as often as it was counted.
func TestGenerateWithoutPrompt(t *testing.T) {
	const draws = 1500
	v := must(text.NewVocab(text.Runes, []string{"aaaaaabbbc"}, text.VocabOptions{Unknown: true}))(t)
	m := lively(t, v)
	counts := map[string]float64{}
	for seed := range int64(draws) {
		counts[generate(t, m, "", 1, Sampler{Temperature: 1, Seed: seed})]++
	}
	for symbol, p := range map[string]float64{"a": 0.6, "b": 0.3, "c": 0.1} {
		if got := counts[symbol] / draws; math.Abs(got-p) > 5*math.Sqrt(p*(1-p)/draws) {
			t.Errorf("%q begins %.3f of the texts, want %.3f", symbol, got, p)
		}
	}
	// What follows is what follows the same symbol as a prompt.
	if got, want := generate(t, m, "", 20, Sampler{}), "a"+generate(t, m, "a", 19, Sampler{}); got != want {
		t.Errorf("wrote %q, want %q", got, want)
	}
}

func TestGenerateJoinsWords(t *testing.T) {
	const doc = "the cat sat \n the dog ran \n"
	v := must(text.NewVocab(text.Words, []string{doc}, text.VocabOptions{}))(t)
	m := lively(t, v)
	for _, prompt := range []string{"", "the", "the cat sat \n", "the cat sat"} {
		var writes recorder
		if err := m.Generate(background, &writes, prompt, 40, Sampler{Temperature: 1.5, Seed: 5}); err != nil {
			t.Fatal(err)
		}
		written := strings.Join(writes, "")
		tokens := must(v.Encode(prompt + " " + written))(t)
		if whole := must(v.Decode(tokens))(t); len(writes) != 40 || whole != must(v.Decode(must(v.Encode(prompt))(t)))(t)+written {
			t.Errorf("%q goes on as %q, which is not how %q is written", prompt, written, whole)
		}
		if !strings.Contains(written, "\n") || !strings.Contains(written, " ") {
			t.Fatalf("%q has no newline or no space: this test shows nothing", written)
		}
	}
}

// The unknown entry stands for what has no symbol: it is read, and never written.
func TestGenerateNeverWritesUnknown(t *testing.T) {
	v := must(text.NewVocab(text.Words, []string{"a a a b c d e"}, text.VocabOptions{MinCount: 2, Unknown: true}))(t)
	m := lively(t, v)
	bias, _ := m.Store().Param("head/b")
	bias.Value.Float32s()[0] = 50 // by far the most probable
	for _, sampler := range []Sampler{{}, {Temperature: 1}, {Temperature: 5, TopK: 2}} {
		if got := generate(t, m, "what is a", 5, sampler); got != " a a a a a" {
			t.Errorf("%+v wrote %q", sampler, got)
		}
		if got := generate(t, m, "", 3, sampler); got != "a a a" {
			t.Errorf("%+v wrote %q without a prompt", sampler, got)
		}
	}
}

func TestGenerateBytes(t *testing.T) {
	v := must(text.NewVocab(text.Bytes, []string{"\xff\xfe\x00é"}, text.VocabOptions{}))(t)
	m := lively(t, v)
	var b bytes.Buffer
	if err := m.Generate(background, &b, "\xff\x00", 50, Sampler{Temperature: 3}); err != nil {
		t.Fatal(err)
	}
	if b.Len() != 50 || len(must(v.Encode(b.String()))(t)) != 50 {
		t.Errorf("wrote %q", b.Bytes())
	}
}

func TestGenerateErrors(t *testing.T) {
	m := lively(t, vocab(t, rhyme))
	for _, tc := range []struct {
		name    string
		prompt  string
		n       int
		sampler Sampler
		want    string
	}{
		{"symbol", "a röse", 5, Sampler{}, `generate: prompt: encode: "ö" at byte 3`},
		{"UTF-8", "a\xffb", 5, Sampler{}, "generate: prompt: encode: invalid UTF-8 at byte 1"},
		{"number", "a", -1, Sampler{}, "generate: -1 symbols, want 0 or more"},
		{"temperature", "a", 5, Sampler{Temperature: -1}, "generate: sampler: temperature -1,"},
		{"no temperature", "a", 5, Sampler{Temperature: math.NaN()}, "temperature NaN"},
		{"no bound", "a", 5, Sampler{Temperature: math.Inf(1)}, "temperature +Inf"},
		{"top k", "a", 5, Sampler{TopK: -1}, "top k -1"},
		{"top p below", "a", 5, Sampler{TopP: -0.1}, "top p -0.1"},
		{"top p above", "a", 5, Sampler{TopP: 1.1}, "top p 1.1"},
		{"no top p", "a", 5, Sampler{TopP: math.NaN()}, "top p NaN"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var writes recorder
			wantError(t, m.Generate(background, &writes, tc.prompt, tc.n, tc.sampler), tc.want)
			if len(writes) > 0 {
				t.Errorf("wrote %q", []string(writes))
			}
		})
	}
}

func TestGenerateStopsWithItsContext(t *testing.T) {
	m := lively(t, vocab(t, rhyme))
	ctx, cancel := context.WithCancel(background)
	writes := 0
	err := m.Generate(ctx, writerFunc(func(p []byte) (int, error) {
		if writes++; writes == 3 {
			cancel()
		}
		return len(p), nil
	}), "a", 1000, Sampler{})
	if !errors.Is(err, context.Canceled) || writes != 3 {
		t.Errorf("error %v after %d symbols, want the context's after 3", err, writes)
	}
	if got := generate(t, m, "a", 3, Sampler{}); len(got) != 3 {
		t.Errorf("the model then wrote %q", got)
	}
}

func TestGenerateReturnsTheWritersError(t *testing.T) {
	m := lively(t, vocab(t, rhyme))
	full := errors.New("disk full")
	for _, prompt := range []string{"", "a"} {
		writes := 0
		err := m.Generate(background, writerFunc(func(p []byte) (int, error) {
			if writes++; writes == 3 {
				return 0, full
			}
			return len(p), nil
		}), prompt, 1000, Sampler{})
		if !errors.Is(err, full) || writes != 3 {
			t.Errorf("prompt %q: error %v after %d writes, want the writer's after 3", prompt, err, writes)
		}
	}
}

// Texts that are written at the same time do not see one another.
func TestGenerateAtTheSameTime(t *testing.T) {
	m := lively(t, vocab(t, rhyme))
	prompts := []string{"", "a", "rose", "is a rose."}
	want := make([]string, len(prompts))
	for i, prompt := range prompts {
		want[i] = generate(t, m, prompt, 30, Sampler{Temperature: 1, Seed: int64(i)})
	}
	var all sync.WaitGroup
	for i, prompt := range prompts {
		all.Go(func() {
			var b strings.Builder
			err := m.Generate(background, &b, prompt, 30, Sampler{Temperature: 1, Seed: int64(i)})
			if err != nil || b.String() != want[i] {
				t.Errorf("%q goes on as %q, want %q; error %v", prompt, b.String(), want[i], err)
			}
		})
	}
	all.Wait()
}
