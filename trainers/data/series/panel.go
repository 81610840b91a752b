package series

import (
	"fmt"
	"math"
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
		if s == nil {
			return nil, errors.Wrapf(errNoSeries, "windows: %s", p.title(n))
		}
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
//
// A series without anything to measure is left out: one that has no rows, as a shop that opened after the training
// part, or only gaps in a column, or no value above 0 in one that Log is taken of. Its scaler is nil, and Transform
// leaves no rows of it, so that Windows has none of its windows; Notes lists it. It is an error if all are left out.
func (p Panel) FitScalers(scalings ...Scaling) (Scalers, error) {
	scalers := make(Scalers, len(p))
	var why string
	left := 0
	for n, s := range p {
		if why = s.unmeasurable(scalings); why != "" {
			left++
			continue
		}
		var err error
		if scalers[n], err = FitScaler(s.Values, s.Names, scalings...); err != nil {
			return nil, errors.Wrap(err, p.title(n))
		}
	}
	if left > 0 && left == len(p) {
		return nil, errors.Errorf("fit scalers: nothing to measure in any of %d series; %s: %s", left, p.title(left-1), why)
	}
	return scalers, nil
}

// unmeasurable says why a series has nothing to fit a scaler to; "" if it has.
func (s *Series) unmeasurable(scalings []Scaling) string {
	if s == nil || len(s.Values) == 0 {
		return "no rows"
	}
	for j := range s.Values[0] {
		log := NoLog
		switch {
		case len(scalings) == 1:
			log = scalings[0].Log
		case j < len(scalings):
			log = scalings[j].Log
		}
		values, positive := false, false
		for _, row := range s.Values {
			if j >= len(row) {
				return "" // FitScaler says so
			}
			values = values || !math.IsNaN(row[j])
			positive = positive || row[j] > 0
		}
		name := fmt.Sprintf("column %d", j)
		if j < len(s.Names) {
			name = fmt.Sprintf("column %q", s.Names[j])
		}
		if !values {
			return name + " has no values"
		}
		if log == Log && !positive {
			return name + " has no value above 0, and no logarithm"
		}
	}
	return ""
}

// TooShort names the series that have fewer rows: with Window + Horizon of data.WindowConfig, those that Windows has no
// window of.
func (p Panel) TooShort(rows int) []string {
	var names []string
	for n, s := range p {
		if s == nil || len(s.Values) < rows {
			names = append(names, p.title(n))
		}
	}
	return names
}

// Scalers are one for each series of a panel, for series whose sizes differ; nil for one that is left out.
type Scalers []Scaler

// Notes lists the series of the panel that was measured which are left out, and the columns whose scale is not what
// their statistic measured, one each.
func (s Scalers) Notes(p Panel) []string {
	var notes []string
	for n := range min(len(s), len(p)) {
		if s[n] == nil {
			notes = append(notes, p.title(n)+": left out, nothing to measure")
		}
		for _, note := range s[n].Notes() {
			notes = append(notes, p.title(n)+", "+note)
		}
	}
	return notes
}

// Transform is the panel with each series scaled by its own scaler; see Scaler.Transform. A series that is left out
// has no rows. It is an error if there are not as many series as scalers.
func (s Scalers) Transform(p Panel) (Panel, error) {
	if len(s) != len(p) {
		return nil, errors.Errorf("transform: panel of %d series, scalers of %d, wanted as many", len(p), len(s))
	}
	return p.each(func(n int, from *Series) (*Series, error) {
		if s[n] == nil {
			return from.rows(0, 0), nil
		}
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
		if s == nil {
			return nil, errors.Wrap(errNoSeries, p.title(n))
		}
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
	if p[n] == nil || p[n].Name == "" {
		return fmt.Sprintf("series %d", n)
	}
	return fmt.Sprintf("series %q", p[n].Name)
}
