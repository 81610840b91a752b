package zoo

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/series"
	"github.com/elman-go/elman/trainers/data/text"
)

// A model's folder holds these and nothing else. The sums are in the form that sha256sum -c reads.
const (
	weightsFile = "weights.safetensors"
	modelFile   = "model.json"
	sumsFile    = "SHA256SUMS"
)

// A Model is what the zoo can save, open and train.
type Model interface {
	Store() *graph.Store
	Loss(s *graph.Scope, spec data.Spec) *G.Node
	Save(dir string) error
}

var (
	_ Model = (*LM)(nil)
	_ Model = (*DirectForecaster)(nil)
	_ Model = (*RecurrentForecaster)(nil)
	_ Model = (*Classifier)(nil)
)

// description is model.json. Of the fields behind Seed each kind of model uses its own.
type description struct {
	Format     int               `json:"format"`
	Kind       string            `json:"kind"`
	Seed       int64             `json:"seed"`
	LM         *LMConfig         `json:"lm,omitempty"`
	Direct     *DirectConfig     `json:"direct,omitempty"`
	Recurrent  *RecurrentConfig  `json:"recurrent,omitempty"`
	Classifier *ClassifierConfig `json:"classifier,omitempty"`
	Vocab      *text.Vocab       `json:"vocab,omitempty"`
	Scaler     *series.Scaler    `json:"scaler,omitempty"`
}

const format = 1

// Save writes the model to a folder, which is made, or replaced whole if it holds a model.
func (m *LM) Save(dir string) error {
	return save(dir, m.store, description{Kind: "lm", LM: &m.cfg, Vocab: m.vocab})
}

// Save writes the model to a folder, which is made, or replaced whole if it holds a model.
func (m *DirectForecaster) Save(dir string) error {
	return save(dir, m.store, description{Kind: "direct", Direct: &m.cfg, Scaler: &m.scaler})
}

// Save writes the model to a folder, which is made, or replaced whole if it holds a model.
func (m *RecurrentForecaster) Save(dir string) error {
	return save(dir, m.store, description{Kind: "recurrent", Recurrent: &m.cfg, Scaler: &m.scaler})
}

// Save writes the model to a folder, which is made, or replaced whole if it holds a model.
func (m *Classifier) Save(dir string) error {
	return save(dir, m.store, description{Kind: "classifier", Classifier: &m.cfg, Vocab: m.vocab})
}

// save writes into a new folder beside dir and then puts it in the place of dir, which so never holds a
// part of a model. Between the two renames it is not there, and what it was is beside it.
func save(dir string, store *graph.Store, d description) (err error) {
	defer func() { err = errors.Wrapf(err, "save %q", dir) }()
	d.Format, d.Seed = format, store.Seed()
	if err := replaceable(dir); err != nil {
		return err
	}
	var weights bytes.Buffer
	if err := store.Save(&weights); err != nil {
		return err
	}
	model, err := json.MarshalIndent(d, "", "\t")
	if err != nil {
		return errors.Wrap(err, modelFile)
	}
	sums := sumLine(weightsFile, weights.Bytes()) + sumLine(modelFile, model)

	place := filepath.Clean(dir)
	if err := os.MkdirAll(filepath.Dir(place), 0o777); err != nil {
		return errors.WithStack(err)
	}
	fresh, err := os.MkdirTemp(filepath.Dir(place), filepath.Base(place)+".new-*")
	if err != nil {
		return errors.WithStack(err)
	}
	defer os.RemoveAll(fresh)
	if err := os.Chmod(fresh, 0o755); err != nil {
		return errors.WithStack(err)
	}
	for name, content := range map[string][]byte{weightsFile: weights.Bytes(), modelFile: model, sumsFile: []byte(sums)} {
		if err := writeSynced(filepath.Join(fresh, name), content); err != nil {
			return err
		}
	}
	old := fresh + ".old"
	if err := os.Rename(place, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.WithStack(err)
	}
	if err := os.Rename(fresh, place); err != nil {
		os.Rename(old, place)
		return errors.WithStack(err)
	}
	return errors.WithStack(os.RemoveAll(old))
}

// replaceable refuses a folder that holds anything but a model: it would be lost.
func replaceable(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if !slices.Contains([]string{weightsFile, modelFile, sumsFile}, e.Name()) {
			return errors.Errorf("the folder holds %q, which is no model's; give one that is new, empty or a model's", e.Name())
		}
	}
	return errors.WithStack(err)
}

func writeSynced(path string, content []byte) error {
	f, err := os.Create(path)
	if err != nil {
		return errors.WithStack(err)
	}
	defer f.Close()
	if _, err := f.Write(content); err != nil {
		return errors.WithStack(err)
	}
	if err := f.Sync(); err != nil {
		return errors.WithStack(err)
	}
	return errors.WithStack(f.Close())
}

func sumLine(name string, content []byte) string {
	return fmt.Sprintf("%x  %s\n", sha256.Sum256(content), name)
}
