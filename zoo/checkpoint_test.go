package zoo

import (
	"strings"
	"testing"

	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/text"
)

// A checkpoint is of one model: neither other settings go on from it nor another vocabulary of its size.
func TestCheckpointOfAnotherModel(t *testing.T) {
	dir := t.TempDir()
	train := func(corpus string, dropout float64, steps int) error {
		vocab, err := text.NewVocab(text.Runes, []string{corpus}, text.VocabOptions{})
		if err != nil {
			t.Fatal(err)
		}
		m, err := NewLM(vocab, LMConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 4, Dropout: dropout}, Embedding: 4}, 1)
		if err != nil {
			t.Fatal(err)
		}
		tokens, err := vocab.Encode(corpus)
		if err != nil {
			t.Fatal(err)
		}
		src, err := data.NewBPTT([][]int{tokens}, 4, 2, 1)
		if err != nil {
			t.Fatal(err)
		}
		trainer := trainers.Trainer{
			Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.01), Checkpoints: trainers.Checkpoints{Dir: dir, Resume: true},
		}
		_, err = trainer.Fit(background, m, src, steps)
		return err
	}
	abc := strings.Repeat("abcab", 20)
	if err := train(abc, 0, 3); err != nil {
		t.Fatal(err)
	}
	wantError(t, train(abc, 0.5, 6), "model.json.lm.dropout: none in the checkpoint, 0.5 now")
	wantError(t, train(strings.Repeat("xyzxy", 20), 0, 6), "model.json.vocab.symbols: [a b c] in the checkpoint, [x y z] now")
	if err := train(abc, 0, 6); err != nil {
		t.Error(err)
	}
}
