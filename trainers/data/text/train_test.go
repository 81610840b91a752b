package text_test

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

// A model learns from disk what it learns from memory, to the last bit, also when it is taken up
// again in the middle of an epoch.
func TestTrainFromDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rhyme")
	lines := strings.Repeat("she sells sea shells\nby the sea shore\nthe shells she sells\nare sea shells\n", 20)
	if err := os.WriteFile(path, []byte(lines), 0o644); err != nil {
		t.Fatal(err)
	}
	corpus := text.Corpus{Paths: []string{path}, Documents: text.EachLine}
	v, err := corpus.Vocab(text.Runes, text.VocabOptions{})
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := corpus.Encode(v, path+".tokens")
	if err != nil {
		t.Fatal(err)
	}
	defer tokens.Close()
	var docs [][]int
	for _, line := range strings.SplitAfter(strings.TrimSuffix(lines, "\n")+"\n", "\n") {
		doc, err := v.Encode(line)
		if err != nil {
			t.Fatal(err)
		}
		if len(doc) > 0 {
			docs = append(docs, doc)
		}
	}
	memory, err := data.NewBPTT(docs, 8, 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	disk, err := data.NewBPTTFrom(tokens, 8, 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	train := func(src data.Source, stops ...int) float64 {
		t.Helper()
		m, err := zoo.NewLM(v, zoo.LMConfig{Recurrence: zoo.Recurrence{Cell: "gru", Hidden: 16}}, 1)
		if err != nil {
			t.Fatal(err)
		}
		tr := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.02), ClipNorm: 5}
		var report trainers.Report
		for _, steps := range stops {
			if report, err = tr.Fit(context.Background(), m, src, steps); err != nil {
				t.Fatal(err)
			}
			tr.From = report.Position
		}
		return report.Loss
	}
	want := train(memory, 70)
	if disk.Len()*2 > 100 || want > 2 {
		t.Fatalf("%d batches, loss %g: this test shows nothing", disk.Len(), want)
	}
	if got := train(disk, 70); got != want {
		t.Errorf("loss %g from disk, %g from memory", got, want)
	}
	if got := train(disk, 30, 70); got != want {
		t.Errorf("loss %g when resumed, %g in one go", got, want)
	}
}
