package zoo

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/internal/brief"
	"github.com/elman-go/elman/internal/folder"
)

// Open reads the model that Save wrote to a folder: zoo.Open[*zoo.LM](dir), or zoo.Open[zoo.Model](dir)
// for one of any kind. Cells of your own are registered before.
//
// A file that is missing, cut short or altered in any byte is an error, and so is a model of another
// kind, or weights that do not fit the settings. While another process saves to the folder, it is the model of
// before or the one of after.
func Open[M Model](dir string) (M, error) {
	var none M
	m, err := open(dir)
	if err == nil {
		if wanted, ok := m.(M); ok {
			return wanted, nil
		}
		err = errors.Errorf("holds a %T, want a %T", m, none)
	}
	return none, errors.Wrapf(brief.Error(err), "open %s", brief.Quote(dir))
}

func open(dir string) (Model, error) {
	var d description
	var store *graph.Store
	err := folder.Read(dir, folder.Readers{
		modelFile: d.read,
		weightsFile: func(r io.Reader) (err error) { // after the other, as names are sorted
			store, err = graph.Load(r, d.Seed)
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	return d.model(store)
}

// maxModel is how long model.json may be, in bytes: that of a vocabulary of ten million words.
const maxModel = 1 << 28

// read reads model.json.
func (d *description) read(r io.Reader) error {
	var content []byte
	if err := folder.Whole(&content, maxModel)(r); err != nil {
		return err
	}
	*d = description{}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(d); err != nil {
		return err
	}
	if d.Format != format {
		return errors.Errorf("format %d, want %d", d.Format, format)
	}
	return nil
}

// model makes the model that is described, with the weights of store.
func (d description) model(store *graph.Store) (Model, error) {
	mean := &smearing{kept: d.Mean}
	switch {
	case d.Kind == "lm" && d.LM != nil:
		return newLM(d.Vocab, *d.LM, store)
	case d.Kind == "classifier" && d.Classifier != nil:
		return newClassifier(d.Vocab, *d.Classifier, store)
	case d.Kind == "direct" && d.Direct != nil && d.Scaler != nil:
		return newDirectForecaster(*d.Direct, prepared{d.Direct.ForecasterConfig, *d.Scaler, mean}, store)
	case d.Kind == "recurrent" && d.Recurrent != nil && d.Scaler != nil:
		return newRecurrentForecaster(*d.Recurrent, prepared{d.Recurrent.ForecasterConfig, *d.Scaler, mean}, store)
	}
	return nil, errors.Errorf("%s: kind %q, or its settings are missing", modelFile, d.Kind)
}
