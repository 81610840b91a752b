package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/examples/internal/cli"
	"github.com/elman-go/elman/trainers/data/series"
	"github.com/elman-go/elman/zoo"
)

// description is forecast.json: what was recommended, and what it needs to forecast again. Networks lie beside it;
// of everything else it says all there is, and -model fits it to the rows that it is given.
type description struct {
	Column     string       `json:"column"`
	Unit       string       `json:"unit,omitempty"`
	Kind       string       `json:"kind"`
	Name       string       `json:"name"`
	Horizon    int          `json:"horizon"`
	Seasons    []int        `json:"seasons,omitempty"`
	Parts      []part       `json:"parts,omitempty"`
	Band       [][2]float64 `json:"band,omitempty"` // of each row ahead: its 10 % and 90 % levels less the forecast
	Networks   []string     `json:"networks,omitempty"`
	Validation float64      `json:"validation"` // mean absolute error
}

// part is a method by its name, or the settings of a regression.
type part struct {
	Kind       string                   `json:"kind"`
	Name       string                   `json:"name"`
	Weight     float64                  `json:"weight"`
	Regression *series.RegressionConfig `json:"regression,omitempty"`
}

const descriptionFile = "forecast.json"

// save writes the recommended candidate to a folder.
func (p *problem) save(dir string, c *candidate, s settings) error {
	d := description{
		Column: s.column, Unit: s.unit, Kind: c.kind, Name: c.name, Horizon: p.horizon, Seasons: p.seasons, Validation: c.validation,
	}
	if c.ensemble != nil {
		for k, m := range c.ensemble.members {
			name := fmt.Sprintf("network-%d", k+1)
			if err := m.Save(filepath.Join(dir, name)); err != nil {
				return err
			}
			d.Networks = append(d.Networks, name)
		}
	} else {
		parts := c.parts
		if parts == nil {
			parts = []weighted{{c, 1}}
		}
		for _, w := range parts {
			described := part{Kind: w.kind, Name: w.name, Weight: w.weight}
			if w.kind == regression {
				described.Regression = &w.regression
			}
			d.Parts = append(d.Parts, described)
		}
		d.Band = p.band(c)
	}
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return errors.WithStack(err)
	}
	return cli.WriteFile(filepath.Join(dir, descriptionFile), func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

// open reads what save wrote, or the folder of one network that zoo saved.
func open(dir string) (*description, *ensemble, error) {
	text, err := os.ReadFile(filepath.Join(dir, descriptionFile))
	if os.IsNotExist(err) {
		m, failed := zoo.Open[*zoo.DirectForecaster](dir)
		if failed != nil {
			return nil, nil, errors.Wrapf(failed, "-model %s: there is no %s, and it is no network", dir, descriptionFile)
		}
		cfg := m.Config()
		if len(cfg.Columns) != 1 {
			return nil, nil, errors.Errorf("-model %s: a network of %d columns, want 1", dir, len(cfg.Columns))
		}
		return &description{Column: cfg.Columns[0], Kind: network, Name: cfg.Cell, Horizon: cfg.Horizon},
			&ensemble{cell: cfg.Cell, members: []*zoo.DirectForecaster{m}}, nil
	}
	if err != nil {
		return nil, nil, errors.WithStack(err)
	}
	d := &description{}
	if err := json.Unmarshal(text, d); err != nil {
		return nil, nil, errors.Wrapf(err, "-model %s: %s", dir, descriptionFile)
	}
	if d.Horizon < 1 || len(d.Networks)+len(d.Parts) == 0 {
		return nil, nil, errors.Errorf("-model %s: %s: horizon %d, %d networks, %d methods, want at least 1 row and one of them",
			dir, descriptionFile, d.Horizon, len(d.Networks), len(d.Parts))
	}
	if len(d.Networks) == 0 {
		return d, nil, nil
	}
	e := &ensemble{cell: d.Name}
	for _, name := range d.Networks {
		m, err := zoo.Open[*zoo.DirectForecaster](filepath.Join(dir, filepath.Base(name)))
		if err != nil {
			return nil, nil, err
		}
		e.members = append(e.members, m)
	}
	return d, e, nil
}

// levels forecasts the horizon after history: its 10 % level, the forecast, its 90 % level.
func (d *description) levels(ctx context.Context, e *ensemble, history []float64) ([3][]float64, error) {
	if e != nil {
		return e.levels(ctx, history)
	}
	var levels [3][]float64
	var parts []weighted
	for _, described := range d.Parts {
		fit, err := d.method(described)
		if err != nil {
			return levels, err
		}
		parts = append(parts, weighted{&candidate{fit: fit}, described.Weight})
	}
	predict, err := fitParts(parts, history)
	if err != nil {
		return levels, err
	}
	if levels[1], err = predict(history, d.Horizon); err != nil {
		return levels, err
	}
	levels[0], levels[2] = around(levels[1], d.Band)
	return levels, nil
}

// method finds the method that a part names.
func (d *description) method(described part) (func(train []float64) (series.Predictor, error), error) {
	methods := append(series.Rules(d.Seasons...), series.Smoothings(d.Seasons...)...)
	if described.Regression != nil {
		methods = []series.Method{series.Regression(described.Name, *described.Regression)}
	}
	for _, m := range methods {
		if m.Name == described.Name {
			return func(train []float64) (series.Predictor, error) { return m.Fit(train, d.Horizon) }, nil
		}
	}
	return nil, errors.Errorf("%s: no method %q", descriptionFile, described.Name)
}
