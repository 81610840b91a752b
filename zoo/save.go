package zoo

import (
	"context"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/internal/folder"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/series"
	"github.com/elman-go/elman/trainers/data/text"
)

// A model's folder holds these and their checksums, and one that was saved while training what that needs.
const (
	weightsFile = "weights.safetensors"
	modelFile   = "model.json"
)

// A Model is what the zoo can save, open and train.
type Model interface {
	Store() *graph.Store
	Loss(s *graph.Scope, spec data.Spec) *G.Node
	Save(dir string) error
	Describe() (map[string][]byte, error)
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
	Mean       *factors          `json:"mean,omitempty"`
}

const format = 1

// Save writes the model to a folder, which is made if it is not there, and may be empty or hold a model. Whenever
// the program ends, Open finds there the model of before or this one.
func (m *LM) Save(dir string) error {
	if err := m.ready(); err != nil {
		return errors.Wrapf(err, "save %q", dir)
	}
	return save(dir, m.store, m.description())
}

// Describe gives what Open needs beside the weights: files, by name. A checkpoint of training holds them.
func (m *LM) Describe() (map[string][]byte, error) {
	if err := m.ready(); err != nil {
		return nil, errors.Wrap(err, "describe")
	}
	return describe(m.description())
}

func (m *LM) description() description {
	return description{Seed: m.store.Seed(), Kind: "lm", LM: &m.cfg, Vocab: m.vocab}
}

// Save writes the model to a folder, which is made if it is not there, and may be empty or hold a model. Whenever
// the program ends, Open finds there the model of before or this one.
func (m *DirectForecaster) Save(dir string) error {
	if err := m.ready(); err != nil {
		return errors.Wrapf(err, "save %q", dir)
	}
	return save(dir, m.store, m.learnt())
}

// Describe gives what Open needs beside the weights: files, by name. A checkpoint of training holds them.
func (m *DirectForecaster) Describe() (map[string][]byte, error) {
	if err := m.ready(); err != nil {
		return nil, errors.Wrap(err, "describe")
	}
	return describe(m.description())
}

// DescribeLearnt is Describe with what the model has learnt besides its weights.
func (m *DirectForecaster) DescribeLearnt() (map[string][]byte, error) {
	if err := m.ready(); err != nil {
		return nil, errors.Wrap(err, "describe")
	}
	return describe(m.learnt())
}

// learnt has the factors of means. Without them, as where weights are not finite, a model is saved all the same.
func (m *DirectForecaster) learnt() description {
	d := m.description()
	if _, err := m.means(context.Background(), m.store, m.columns, m.cfg.Horizon, m.newBatcher); err == nil {
		d.Mean = m.mean.saved(m.store)
	}
	return d
}

func (m *DirectForecaster) description() description {
	return description{Seed: m.store.Seed(), Kind: "direct", Direct: &m.cfg, Scaler: &m.scaler}
}

// Save writes the model to a folder, which is made if it is not there, and may be empty or hold a model. Whenever
// the program ends, Open finds there the model of before or this one.
func (m *RecurrentForecaster) Save(dir string) error {
	if err := m.ready(); err != nil {
		return errors.Wrapf(err, "save %q", dir)
	}
	return save(dir, m.store, m.learnt())
}

// Describe gives what Open needs beside the weights: files, by name. A checkpoint of training holds them.
func (m *RecurrentForecaster) Describe() (map[string][]byte, error) {
	if err := m.ready(); err != nil {
		return nil, errors.Wrap(err, "describe")
	}
	return describe(m.description())
}

// DescribeLearnt is Describe with what the model has learnt besides its weights.
func (m *RecurrentForecaster) DescribeLearnt() (map[string][]byte, error) {
	if err := m.ready(); err != nil {
		return nil, errors.Wrap(err, "describe")
	}
	return describe(m.learnt())
}

// learnt has the factors of means. Without them, as where weights are not finite, a model is saved all the same.
func (m *RecurrentForecaster) learnt() description {
	d := m.description()
	columns, err := columnsOf(nil, m.cfg.Columns)
	if err == nil {
		_, err = m.means(context.Background(), m.store, columns, asFar, m.newBatcher)
	}
	if err == nil {
		d.Mean = m.mean.saved(m.store)
	}
	return d
}

func (m *RecurrentForecaster) description() description {
	return description{Seed: m.store.Seed(), Kind: "recurrent", Recurrent: &m.cfg, Scaler: &m.scaler}
}

// Save writes the model to a folder, which is made if it is not there, and may be empty or hold a model. Whenever
// the program ends, Open finds there the model of before or this one.
func (m *Classifier) Save(dir string) error {
	if err := m.ready(); err != nil {
		return errors.Wrapf(err, "save %q", dir)
	}
	return save(dir, m.store, m.description())
}

// Describe gives what Open needs beside the weights: files, by name. A checkpoint of training holds them.
func (m *Classifier) Describe() (map[string][]byte, error) {
	if err := m.ready(); err != nil {
		return nil, errors.Wrap(err, "describe")
	}
	return describe(m.description())
}

func (m *Classifier) description() description {
	return description{Seed: m.store.Seed(), Kind: "classifier", Classifier: &m.cfg, Vocab: m.vocab}
}

func describe(d description) (map[string][]byte, error) {
	d.Format = format
	model, err := folder.JSON(d)
	if err == nil && len(model) > maxModel {
		err = errors.Errorf("%d bytes, the limit is %d", len(model), maxModel)
	}
	return map[string][]byte{modelFile: model}, errors.Wrap(err, modelFile)
}

// save writes a folder that holds all of the model, or is left as it was.
func save(dir string, store *graph.Store, d description) (err error) {
	defer func() { err = errors.Wrapf(err, "save %q", dir) }()
	if dir == "" {
		return errors.New("no folder to save to")
	}
	if err := replaceable(dir); err != nil {
		return err
	}
	files, err := describe(d)
	if err != nil {
		return err
	}
	return folder.Write(dir, folder.Files{weightsFile: store.Save, modelFile: folder.Bytes(files[modelFile])})
}

// replaceable refuses a folder that holds anything but a model: its files could be taken for the model's.
func replaceable(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		hidden := strings.HasPrefix(e.Name(), ".") || e.Name() == "lost+found" // of the system, or of a disk
		if !hidden && !slices.Contains([]string{weightsFile, modelFile, folder.Sums}, e.Name()) {
			return errors.Errorf("the folder holds %q, which is no model's; give one that is new, empty or a model's", e.Name())
		}
	}
	return errors.WithStack(err)
}
