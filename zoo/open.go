package zoo

import (
	"bytes"
	"encoding/json"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/internal/folder"
)

// Open reads the model that Save wrote to a folder: zoo.Open[*zoo.LM](dir), or zoo.Open[zoo.Model](dir)
// for one of any kind. Cells of one's own are registered before.
//
// A file that is missing, cut short or altered in any byte is an error, and so is a model of another
// kind, or weights that do not fit the settings.
func Open[M Model](dir string) (M, error) {
	var none M
	m, err := open(dir)
	if err == nil {
		if wanted, ok := m.(M); ok {
			return wanted, nil
		}
		err = errors.Errorf("holds a %T, want a %T", m, none)
	}
	return none, errors.Wrapf(err, "open %q", dir)
}

func open(dir string) (Model, error) {
	files, err := folder.Read(dir, weightsFile, modelFile)
	if err != nil {
		return nil, err
	}
	var d description
	decoder := json.NewDecoder(bytes.NewReader(files[modelFile]))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return nil, errors.Wrap(err, modelFile)
	}
	if d.Format != format {
		return nil, errors.Errorf("%s: format %d, want %d", modelFile, d.Format, format)
	}
	store, err := graph.Load(bytes.NewReader(files[weightsFile]), d.Seed)
	if err != nil {
		return nil, errors.Wrap(err, weightsFile)
	}
	return d.model(store)
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
