package zoo

import "github.com/pkg/errors"

// A model that no function of this package made has nothing to work with: its methods fail, or give the zero
// value.

func (m *LM) ready() error {
	if m == nil || m.store == nil || m.stream == nil {
		return errors.New("language model is nil or zero, want one of NewLM's or Open's")
	}
	return nil
}

func (m *Classifier) ready() error {
	if m == nil || m.store == nil { // its session is another after each shape
		return errors.New("classifier is nil or zero, want one of NewClassifier's or Open's")
	}
	return nil
}

func (m *DirectForecaster) ready() error {
	if m == nil || m.store == nil || m.session == nil {
		return errors.New("direct forecaster is nil or zero, want one of NewDirectForecaster's or Open's")
	}
	return nil
}

func (m *RecurrentForecaster) ready() error {
	if m == nil || m.store == nil || m.stream == nil {
		return errors.New("recurrent forecaster is nil or zero, want one of NewRecurrentForecaster's or Open's")
	}
	return nil
}
