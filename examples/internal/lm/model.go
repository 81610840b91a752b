package lm

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/zoo"
)

// ModelFolder is where, in a folder of checkpoints, the finished model is saved.
const ModelFolder = "model"

// Open opens the model that a folder holds: the folder of a model or of a checkpoint, or one of checkpoints, of
// which it is the finished model, where training did not end the best checkpoint, and where nothing was
// evaluated the last one. It says which it was.
func Open(dir string) (model *zoo.LM, place string, err error) {
	place = dir
	if _, err := os.Stat(filepath.Join(dir, "model.json")); err != nil {
		place = filepath.Join(dir, ModelFolder)
		if _, err := os.Stat(place); err != nil {
			if place, err = trainers.BestCheckpoint(dir); err != nil {
				if place, err = trainers.LastCheckpoint(dir); err != nil {
					return nil, "", errors.Errorf("%q holds neither a model nor a checkpoint of one", dir)
				}
			}
		}
	}
	model, err = zoo.Open[*zoo.LM](place)
	return model, place, err
}

// Used is what a model that was saved wrote.
type Used struct {
	Model  string `json:"model"` // its folder
	Sample string `json:"sample"`
}

// Use continues a prompt with the model that a folder holds.
func Use(ctx context.Context, w io.Writer, dir, prompt string, n int, sampler zoo.Sampler) (used Used, err error) {
	model, place, err := Open(dir)
	if err != nil {
		return used, err
	}
	used.Model = place
	used.Sample, err = Continue(ctx, w, model, prompt, n, sampler)
	return used, err
}

// Continue writes a prompt and n symbols that the model makes of it, and ends in one newline. The model reads a
// newline before the prompt, where it knows one, so that the prompt begins as lines of its text do. It gives what was
// written, without that end.
func Continue(ctx context.Context, w io.Writer, model *zoo.LM, prompt string, n int, sampler zoo.Sampler) (string, error) {
	var written strings.Builder
	w = io.MultiWriter(w, &written)
	if _, err := fmt.Fprint(w, prompt); err != nil {
		return "", errors.WithStack(err)
	}
	err := model.Generate(ctx, w, begin(model, prompt), n, sampler)
	text := strings.TrimSuffix(written.String(), "\n")
	if text == written.String() {
		if _, end := fmt.Fprintln(w); err == nil {
			err = errors.WithStack(end)
		}
	}
	return text, err
}

// begin is the prompt as the model reads it.
func begin(model *zoo.LM, prompt string) string {
	tokens, err := model.Vocab().Encode("\n")
	if unknown, ok := model.Vocab().Unknown(); err != nil || ok && len(tokens) == 1 && tokens[0] == unknown || strings.HasPrefix(prompt, "\n") {
		return prompt
	}
	return "\n" + prompt
}
