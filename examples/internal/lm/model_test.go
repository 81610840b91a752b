package lm

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/text"
	"github.com/elman-go/elman/zoo"
)

// newModel makes an untrained model of the symbols of s.
func newModel(t *testing.T, unit text.Unit, s string, seed int64) *zoo.LM {
	t.Helper()
	vocab, err := text.NewVocab(unit, []string{s}, text.VocabOptions{Unknown: unit == text.Words})
	if err != nil {
		t.Fatal(err)
	}
	m, err := zoo.NewLM(vocab, zoo.LMConfig{Recurrence: zoo.Recurrence{Cell: "vanilla", Hidden: 4}}, seed)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A folder of checkpoints is opened as the finished model, or as its best checkpoint while there is none.
func TestOpen(t *testing.T) {
	const s = "to be or not to be\n"
	dir := t.TempDir()
	model := newModel(t, text.Runes, s, 1)
	tokens, err := model.Vocab().Encode(strings.Repeat(s, 4))
	if err != nil {
		t.Fatal(err)
	}
	src, err := data.NewBPTT([][]int{tokens}, 5, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	trainer := trainers.Trainer{
		Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1),
		Checkpoints: trainers.Checkpoints{Dir: dir},
		Hooks:       []trainers.Hook{&trainers.Evaluate{Source: src, Every: 2}},
	}
	if _, err := trainer.Fit(context.Background(), model, src, 6); err != nil {
		t.Fatal(err)
	}
	best, err := trainers.BestCheckpoint(dir)
	if err != nil {
		t.Fatal(err)
	}
	finished := filepath.Join(dir, ModelFolder)
	opens := func(name, want string) {
		t.Helper()
		if m, place, err := Open(name); err != nil || place != want || m.Vocab().Len() != model.Vocab().Len() {
			t.Errorf("%q opens %q, %v, want %q", name, place, err, want)
		}
	}
	opens(dir, best)
	opens(best, best)
	if err := model.Save(finished); err != nil {
		t.Fatal(err)
	}
	opens(dir, finished)
	opens(finished, finished)
	for _, name := range []string{t.TempDir(), filepath.Join(dir, "none")} {
		if _, _, err := Open(name); err == nil || !strings.Contains(err.Error(), "neither a model nor a checkpoint") {
			t.Errorf("%q: error %v", name, err)
		}
	}
	if err := os.Remove(filepath.Join(finished, "model.json")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(dir); err == nil {
		t.Error("a damaged model is opened")
	}
}

// A prompt is read after a newline, so it is continued as at the start of a line, and the text ends in one newline.
func TestContinue(t *testing.T) {
	for name, tc := range map[string]struct {
		unit   text.Unit
		text   string
		prompt string
		read   string
	}{
		"runes": {text.Runes, "ab\n", "a", "\na"}, "words": {text.Words, "a b\n", "a b", "\na b"},
		"at a newline": {text.Runes, "ab\n", "\na", "\na"}, "none": {text.Runes, "ab", "a", "a"}, "no word": {text.Words, "a b", "a", "a"},
	} {
		t.Run(name, func(t *testing.T) {
			model := newModel(t, tc.unit, tc.text, 1)
			for seed := range int64(5) {
				var want, got strings.Builder
				sampler := zoo.Sampler{Temperature: 1, Seed: seed}
				if err := model.Generate(context.Background(), &want, tc.read, 20, sampler); err != nil {
					t.Fatal(err)
				}
				whole := strings.TrimSuffix(tc.prompt+want.String(), "\n")
				sample, err := Continue(context.Background(), &got, model, tc.prompt, 20, sampler)
				if err != nil || sample != whole || got.String() != whole+"\n" {
					t.Errorf("wrote %q, %v, gives %q, want %q", got.String(), err, sample, whole)
				}
			}
		})
	}
	model := newModel(t, text.Runes, "ab", 1)
	if _, err := Continue(context.Background(), &strings.Builder{}, model, "é", 1, zoo.Sampler{}); err == nil || !strings.Contains(err.Error(), "é") {
		t.Errorf("error %v", err)
	}
}
