package zoo_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/text"
	"github.com/elman-go/elman/zoo"
)

// testdata/saved holds models, and a checkpoint of training, as the first version of the file formats wrote them
// (commit 91de2f1), and in want.json what they computed. Files that people have keep opening.
const saved = "testdata/saved"

// wanted reads one value of want.json.
func wanted[T any](t *testing.T, name string) (value T) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(saved, "want.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(content, &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all[name], &value); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return value
}

func opened[M zoo.Model](t *testing.T, name string) M {
	t.Helper()
	m, err := zoo.Open[M](filepath.Join(saved, name))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func column(values []float64) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(values)), tensor.WithBacking(values))
}

func sentences(t *testing.T, vocab *text.Vocab) data.Source {
	t.Helper()
	tokens, err := vocab.Encode(strings.Repeat("the cat sat on the mat. the dog lay by the log. ", 8))
	if err != nil {
		t.Fatal(err)
	}
	src, err := data.NewBPTT([][]int{tokens}, 8, 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func TestSavedLM(t *testing.T) {
	ctx := context.Background()
	for _, name := range []string{"lm", "lm64"} {
		want := wanted[struct{ Text string }](t, name)
		m := opened[*zoo.LM](t, name)
		var b strings.Builder
		if err := m.Generate(ctx, &b, "the cat", 30, zoo.Sampler{}); err != nil {
			t.Fatal(err)
		}
		if b.String() != want.Text {
			t.Errorf("%s writes %q, wrote %q", name, b.String(), want.Text)
		}
	}
}

func TestSavedClassifier(t *testing.T) {
	for _, name := range []string{"classifier-last", "classifier-mean", "classifier-max", "tagger"} {
		batch := data.Batch{
			"tokens":  tensor.New(tensor.WithShape(3, 2), tensor.WithBacking([]int{1, 2, 3, 1, 2, 0})),
			"lengths": tensor.New(tensor.WithShape(2), tensor.WithBacking([]int{3, 2})),
		}
		if name == "tagger" {
			batch = data.Batch{
				"tokens":  tensor.New(tensor.WithShape(3, 1), tensor.WithBacking([]int{1, 2, 3})),
				"lengths": tensor.New(tensor.WithShape(1), tensor.WithBacking([]int{3})),
			}
		}
		p, err := opened[*zoo.Classifier](t, name).Predict(context.Background(), batch)
		if err != nil {
			t.Fatal(err)
		}
		var got []float64
		for _, v := range p.Data().([]float32) {
			got = append(got, float64(v))
		}
		graphtest.Equal(t, name, column(got), column(wanted[[]float64](t, name)), 1e-5)
	}
}

func TestSavedForecasters(t *testing.T) {
	ctx := context.Background()
	rows := make([][]float64, 60)
	for i := range rows {
		rows[i] = []float64{float64(10 + i%7 + i/9), float64(20 - i%5)}
	}
	for name, forecast := range map[string]func() (zoo.Forecast, error){
		"direct": func() (zoo.Forecast, error) { return opened[*zoo.DirectForecaster](t, "direct").Forecast(ctx, rows) },
		"direct-log": func() (zoo.Forecast, error) {
			return opened[*zoo.DirectForecaster](t, "direct-log").Forecast(ctx, rows)
		},
		"recurrent": func() (zoo.Forecast, error) {
			return opened[*zoo.RecurrentForecaster](t, "recurrent").Forecast(ctx, rows, 4)
		},
	} {
		got, err := forecast()
		if err != nil {
			t.Fatal(err)
		}
		want := wanted[zoo.Forecast](t, name)
		for i, row := range want.Values {
			graphtest.Equal(t, name, column(got.Values[i]), column(row), 1e-4)
		}
		for q, level := range want.Quantiles {
			for i, row := range level {
				graphtest.Equal(t, name+" quantiles", column(got.Quantiles[q][i]), column(row), 1e-4)
			}
		}
	}
}

// The checkpoint is of step 20; training resumes to step 30 and ends where it did.
func TestSavedCheckpoint(t *testing.T) {
	ctx := context.Background()
	m := opened[*zoo.LM](t, "checkpoints64/step-0000000020")
	untrained, err := zoo.NewLM(m.Vocab(), m.Config(), m.Store().Seed())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(saved, "checkpoints64"))); err != nil {
		t.Fatal(err)
	}
	src := sentences(t, m.Vocab())
	trainer := trainers.Trainer{
		Optimizer: &trainers.Adam{},
		Schedule:  trainers.Cosine{Peak: 2e-2, Steps: 30},
		ClipNorm:  5,
		Hooks: []trainers.Hook{
			&trainers.EMA{Decay: 0.9},
			&trainers.Evaluate{Source: src, Every: 10, Observers: []trainers.Observer{&trainers.EarlyStopping{Patience: 9}}},
		},
		Checkpoints: trainers.Checkpoints{Dir: dir, Every: 10, Keep: 1, Resume: true},
		Recovery:    trainers.Recovery{Skips: 2},
	}
	report, err := trainer.Fit(ctx, untrained, src, 30)
	if err != nil {
		t.Fatal(err)
	}
	if report.Before != 20 {
		t.Errorf("training resumed at step %d, want 20", report.Before)
	}
	want := wanted[[]float64](t, "resumed64")
	graphtest.Equal(t, "loss of the last step", column([]float64{report.Loss}), column(want[:1]), 1e-9)
}
