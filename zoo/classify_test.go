package zoo

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/text"
)

// texts are some of lengths that differ, an empty one among them.
func texts(n int) []string {
	r := rand.New(rand.NewPCG(4, 2))
	texts := make([]string, n)
	for i := range texts[1:] {
		letters := make([]byte, 1+r.IntN(30))
		for j := range letters {
			letters[j] = "ab"[r.IntN(2)]
		}
		texts[1+i] = string(letters)
	}
	return texts
}

// A text has the same bits alone, among others, in another place and from several callers at once. The hidden size
// is one at which a batch of many rows has others than those of one row.
func TestClassifyAlone(t *testing.T) {
	all := texts(23)
	for _, tc := range classifiers {
		if tc.cfg.Features > 0 {
			continue
		}
		t.Run(tc.name, func(t *testing.T) {
			cfg := tc.cfg
			cfg.Hidden = 64
			m := classifier(t, cfg, 3)
			want := must(m.Classify(background, all...))(t)
			var group sync.WaitGroup
			for from := range 4 {
				group.Add(1)
				go func() {
					defer group.Done()
					for i := from; i < len(all); i += 4 {
						got, err := m.Classify(background, all[i])
						if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want[i]) {
							t.Errorf("text %d alone is %v, %v; among others %v", i, got, err, want[i])
						}
					}
				}()
			}
			group.Wait()
			turned := must(m.Classify(background, all[7], all[0], all[7]))(t)
			if !reflect.DeepEqual(turned, []Classification{want[7], want[0], want[7]}) {
				t.Errorf("in another order %v, want %v", turned, []Classification{want[7], want[0], want[7]})
			}
		})
	}
}

// It says of each text and each timestep what Predict says of them.
func TestClassifyPredicts(t *testing.T) {
	const C = 3
	for _, tc := range classifiers {
		if tc.cfg.Features > 0 {
			continue
		}
		t.Run(tc.name, func(t *testing.T) {
			m := classifier(t, tc.cfg, C)
			all := []string{"abb", "b", ""}
			check := func(place string, got Classification, want []float64) {
				t.Helper()
				best := 0
				for c, p := range want {
					if p > want[best] {
						best = c
					}
				}
				if got.Class != best || !reflect.DeepEqual(got.Probabilities, want) || got.Timesteps != nil {
					t.Errorf("%s: %+v, want class %d of %v", place, got, best, want)
				}
			}
			for i, c := range must(m.Classify(background, all...))(t) {
				tokens := must(m.Vocab().Encode(all[i]))(t)
				p := floats(must(m.Predict(background, data.Batch{
					"tokens":  tensor.New(tensor.WithShape(max(1, len(tokens)), 1), tensor.WithBacking(append(tokens, make([]int, max(0, 1-len(tokens)))...))),
					"lengths": tensor.New(tensor.WithShape(1), tensor.WithBacking([]int{len(tokens)})),
				}))(t))
				if !tc.cfg.PerTimestep {
					check(fmt.Sprintf("text %d", i), c, p)
					continue
				}
				if c.Class != -1 || c.Probabilities != nil || c.Timesteps == nil || len(c.Timesteps) != len(tokens) {
					t.Errorf("text %d of %d timesteps: %+v", i, len(tokens), c)
				}
				for t0, at := range c.Timesteps {
					check(fmt.Sprintf("text %d, timestep %d", i, t0), at, p[t0*C:][:C])
				}
			}
		})
	}
}

func TestClassifyErrors(t *testing.T) {
	m := classifier(t, ClassifierConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 2}}, 2)
	if got, err := m.Classify(background); err != nil || len(got) != 0 {
		t.Errorf("no texts are %v, %v", got, err)
	}
	_, err := m.Classify(background, "a", "abc")
	wantError(t, err, `classify: text 1: encode: "c" at byte 2`)
	_, err = m.Classify(background, "\xff")
	wantError(t, err, "classify: text 0: encode: ")
	_, err = classifier(t, ClassifierConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 2}, Features: 1}, 2).Classify(background, "a")
	wantError(t, err, "classify: the model is one of values")
	_, err = (*Classifier)(nil).Classify(background, "a")
	wantError(t, err, "classify: classifier is nil or zero")
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, err := m.Classify(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	unknown := must(text.NewVocab(text.Words, []string{"a b"}, text.VocabOptions{Unknown: true}))(t)
	words := must(NewClassifier(unknown, ClassifierConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 2}, Classes: 2}, 1))(t)
	if got := must(words.Classify(background, "never seen", "<unk> <unk>"))(t); !reflect.DeepEqual(got[0], got[1]) {
		t.Errorf("unknown words are %v, the unknown entry %v", got[0], got[1])
	}
	head, _ := m.Store().Param("head/b")
	head.Value.Float32s()[0] = float32(math.NaN())
	if got := must(m.Classify(background, "a"))(t); got[0].Class != -1 || !math.IsNaN(got[0].Probabilities[0]) {
		t.Errorf("of weights that are NaN came %+v", got)
	}
}
