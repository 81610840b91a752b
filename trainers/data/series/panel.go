package series

import (
	"fmt"
	"slices"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers/data"
)

// A Panel is series of the same D columns and of any lengths, such as the sales of several shops. A
// single series is a panel of one.
type Panel []*Series

// Windows cuts the panel into windows that hold rows of one series each; see data.Windows. Batches
// hold static features if the series do.
//
// Errors are those of data.NewPanel, and it is an error if the names of columns differ.
func (p Panel) Windows(cfg data.WindowConfig) (*data.Windows, error) {
	values := make([][][]float64, len(p))
	static := make([][]float64, len(p))
	features := false
	for n, s := range p {
		if !slices.Equal(s.Names, p[0].Names) {
			return nil, errors.Errorf("windows: %s has columns %q, %s has %q, wanted the same",
				p.title(n), s.Names, p.title(0), p[0].Names)
		}
		values[n], static[n] = s.Values, s.Static
		features = features || s.Static != nil
	}
	if !features {
		static = nil
	}
	return data.NewPanel(values, static, cfg)
}

// FitScalers fits a scaler to each series; see FitScaler. Give it the training part only.
func (p Panel) FitScalers(scalings ...Scaling) (Scalers, error) {
	scalers := make(Scalers, len(p))
	for n, s := range p {
		var err error
		if scalers[n], err = FitScaler(s.Values, s.Names, scalings...); err != nil {
			return nil, errors.Wrap(err, p.title(n))
		}
	}
	return scalers, nil
}

// Scalers are one for each series of a panel, for series whose sizes differ.
type Scalers []Scaler

// Transform is the panel with each series scaled by its own scaler; see Scaler.Transform. It is an
// error if there are not as many series as scalers.
func (s Scalers) Transform(p Panel) (Panel, error) {
	if len(s) != len(p) {
		return nil, errors.Errorf("transform: panel of %d series, scalers of %d, wanted as many", len(p), len(s))
	}
	return p.each(func(n int, from *Series) (*Series, error) {
		scaled := *from
		var err error
		scaled.Values, err = s[n].Transform(from.Values)
		return &scaled, err
	})
}

// each is the panel of what make gives for its series.
func (p Panel) each(make func(n int, s *Series) (*Series, error)) (Panel, error) {
	made := Panel{}
	for n, s := range p {
		s, err := make(n, s)
		if err != nil {
			return nil, errors.Wrap(err, p.title(n))
		}
		made = append(made, s)
	}
	return made, nil
}

// title is what errors call series n.
func (p Panel) title(n int) string {
	if p[n].Name == "" {
		return fmt.Sprintf("series %d", n)
	}
	return fmt.Sprintf("series %q", p[n].Name)
}
