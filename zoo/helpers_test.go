package zoo

import (
	"context"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/text"
)

var background = context.Background()

// must fails the test at an error.
func must[V any](v V, err error) func(testing.TB) V {
	return func(t testing.TB) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// wantError fails unless err has want in it.
func wantError(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q in it", err, want)
	}
}

// fit trains m with Adam and returns the loss on src after it.
func fit(t testing.TB, m trainers.Model, src data.Source, rate float64, steps int) float64 {
	t.Helper()
	trainer := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(rate), ClipNorm: 5}
	must(trainer.Fit(background, m, src, steps))(t)
	return must(trainers.Loss(background, m, src))(t)
}

// vocab is that of the runes of doc.
func vocab(t testing.TB, doc string) *text.Vocab {
	t.Helper()
	return must(text.NewVocab(text.Runes, []string{doc}, text.VocabOptions{}))(t)
}

// bptt is batches [T, B] of one document.
func bptt(t testing.TB, v *text.Vocab, doc string, T, B int) data.Source {
	t.Helper()
	return must(data.NewBPTT([][]int{must(v.Encode(doc))(t)}, T, B, 1))(t)
}

func ints(values []int, shape ...int) tensor.Tensor {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(slices.Clone(values)))
}
