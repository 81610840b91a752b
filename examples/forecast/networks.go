package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data/series"
	"github.com/elman-go/elman/trainers/watch"
	"github.com/elman-go/elman/zoo"
)

var cells = []string{"lstm", "gru", "vanilla"}

// ensemble is networks that differ in their seeds.
type ensemble struct {
	cell    string
	members []*zoo.DirectForecaster
	steps   []int // that each was trained for
}

// networks trains ensembles of networks that begin at the linear regression on what base works on, and validates them.
// Of a network the weights of the step count that forecast the validation rows best, the beginning among them; then
// it begins anew and learns, for as many steps, all rows that are not held out.
func (p *problem) networks(ctx context.Context, stderr io.Writer, base series.RegressionConfig, c settings) ([]*candidate, error) {
	if c.members == 0 {
		if c.members = 5; p.known > 2000 {
			c.members = 2
		}
	}
	var all []*candidate
	for _, cell := range cells {
		trial, err := p.train(ctx, stderr, p.validated, cell, "validation", base, nil, c, c.Files.Named(cell))
		if err != nil {
			return nil, err
		}
		made := &candidate{kind: network, name: cell, fit: func([]float64) (series.Predictor, error) { return trial.predict(ctx), nil }}
		if err := p.validate(made); err != nil {
			return nil, errors.Wrap(err, cell)
		}
		if made.ensemble, err = p.train(ctx, stderr, p.known, cell, "", base, trial.steps, c, nil); err != nil {
			return nil, err
		}
		made.fit = func([]float64) (series.Predictor, error) { return made.ensemble.predict(ctx), nil }
		fmt.Fprintf(stderr, "%-8s validation MAE %.4g\n", cell, made.validation)
		all = append(all, made)
	}
	return all, nil
}

// config is the settings of each network.
func (p *problem) config(cell string, base series.RegressionConfig, c settings) zoo.DirectConfig {
	return zoo.DirectConfig{
		ForecasterConfig: zoo.ForecasterConfig{
			Recurrence: zoo.Recurrence{Cell: cell, Hidden: c.hidden},
			Columns:    []string{c.column},
			Window:     base.Lags,
			Log:        base.Log,
			Season:     base.Difference,
			Quantiles:  []float64{0.1, 0.5, 0.9},
		},
		Horizon: p.horizon,
		Linear:  base.Lags,
	}
}

// train fits an ensemble to the first rows, for steps, or where there are none until the validation rows are forecast
// no better. The first network is watched by files, if there are any.
func (p *problem) train(ctx context.Context, stderr io.Writer, rows int, cell, purpose string, base series.RegressionConfig,
	steps []int, c settings, files *watch.Files) (*ensemble, error) {
	part := rowsOf(p.values[:rows])
	cfg := p.config(cell, base, c)
	e := &ensemble{cell: cell}
	for k := range c.members {
		seed := c.Seed*int64(1000) + int64(k)
		m, err := zoo.NewDirectForecaster(part, cfg, seed)
		if err != nil {
			return nil, err
		}
		if err := m.FitLinear(part); err != nil {
			return nil, err
		}
		windows := rows - cfg.Window - cfg.Season - cfg.Horizon + 1
		batch, most := c.training(windows)
		src, err := m.Source(part, batch, seed)
		if err != nil {
			return nil, errors.Wrapf(err, "too few rows to learn from (%d after the held-out and validation rows)", rows)
		}
		trainer := trainers.Trainer{
			Optimizer: &trainers.Adam{},
			Schedule:  trainers.Cosine{Peak: 3e-3, Warmup: min(10, most-1), Steps: most},
			ClipNorm:  1,
			Checkpoints: trainers.Checkpoints{
				Dir: filepath.Join(c.Checkpoint, strings.TrimSuffix(fmt.Sprintf("%s-%d-%s", cell, k+1, purpose), "-")), Every: c.Every, Keep: 1,
				Resume: c.Resume, Settings: cfg,
			},
		}
		stop := &trainers.EarlyStopping{Patience: 5}
		if steps == nil {
			// The windows of the validation rows, the first before them all.
			held, err := m.Source(rowsOf(p.values[rows-cfg.Window-cfg.Season:p.known]), 0, c.Seed)
			if err != nil {
				return nil, err
			}
			trainer.Hooks = append(trainer.Hooks, &trainers.Evaluate{
				Source: held, Every: max(1, most/20), Initial: true, Observers: []trainers.Observer{stop},
			})
		} else if most = steps[k]; most == 0 { // it is best as it begins
			e.members, e.steps = append(e.members, m), append(e.steps, 0)
			continue
		}
		if k == 0 && files != nil {
			trainer.Hooks = append(trainer.Hooks, p.watched(m, rows, max(1, most/10), c)...)
			trainer.Hooks = append(trainer.Hooks, files)
		}
		report, err := trainer.Fit(ctx, m, src, most)
		if err != nil {
			return nil, errors.Wrap(err, cell)
		}
		if report.Interrupted {
			return nil, ctx.Err()
		}
		e.members = append(e.members, m)
		if steps == nil {
			e.steps = append(e.steps, stop.BestStep)
			fmt.Fprintf(stderr, "%-8s network %d of %d on %d rows: validation loss %.3f, the least, after %d of %d steps, %.1f s\n",
				cell, k+1, c.members, rows, stop.Best, stop.BestStep, report.Steps, report.Seconds)
			continue
		}
		e.steps = append(e.steps, most)
		fmt.Fprintf(stderr, "%-8s network %d of %d on %d rows: loss %.3f after %d steps, %.1f s\n",
			cell, k+1, c.members, rows, report.Loss, report.Steps, report.Seconds)
	}
	return e, nil
}

// training gives the windows of a batch and the most steps, by flag or by the number of windows: twenty epochs, but at
// least 60 steps and at most 300.
func (c settings) training(windows int) (batch, steps int) {
	batch, steps = c.batch, c.steps
	if batch == 0 {
		batch = 16
		for batch < 128 && windows/batch > 100 {
			batch *= 2
		}
	}
	if steps == 0 {
		steps = min(300, max(60, 20*windows/batch))
	}
	return batch, steps
}

// watched shows how a network learns: what it forecasts of the rows after those it learns from, beside the truth.
func (p *problem) watched(m *zoo.DirectForecaster, rows, often int, c settings) []trainers.Hook {
	from, to := max(0, rows-2*p.horizon), min(rows+p.horizon, p.all)
	return []trainers.Hook{
		&trainers.UpdateRatio{Every: 1},
		&trainers.Histograms{Every: max(1, often/2)},
		trainers.Every(often, func(r *trainers.Run) error {
			f, err := m.Forecast(r.Context(), rowsOf(p.values[:rows]))
			if err != nil {
				return err
			}
			ahead := p.places(rows, rows+p.horizon)
			r.Curves("forecast", trainers.Curves{
				X: "row", Y: c.column, Unit: c.unit, Dates: p.dates != nil,
				Lines: []trainers.Curve{
					{Name: "truth", X: p.places(from, to), Y: p.values[from:to]},
					{Name: "forecast", X: ahead, Y: firstColumn(f.Quantiles[1])},
				},
				Bands: []trainers.Band{{Name: "10 to 90 %", X: ahead, Lower: firstColumn(f.Quantiles[0]), Upper: firstColumn(f.Quantiles[2])}},
			})
			return nil
		}),
	}
}

// places are where rows from ≤ i < to stand on the axis: their dates in seconds since 1970, or their numbers.
func (p *problem) places(from, to int) []float64 {
	x := make([]float64, to-from)
	for i := range x {
		if x[i] = float64(from + i); p.dates != nil {
			x[i] = float64(p.dates[from+i].Unix())
		}
	}
	return x
}

// levels averages the members: for each level 0.1, 0.5, 0.9 the horizon after history.
func (e *ensemble) levels(ctx context.Context, history []float64) ([3][]float64, error) {
	var mean [3][]float64
	for _, m := range e.members {
		cfg := m.Config()
		f, err := m.Forecast(ctx, rowsOf(history[max(0, len(history)-cfg.Window-cfg.Season):]))
		if err != nil {
			return mean, err
		}
		if len(f.Quantiles) != 3 {
			return mean, errors.Errorf("a network of %d quantiles, want 3", len(f.Quantiles))
		}
		for q := range mean {
			if mean[q] == nil {
				mean[q] = make([]float64, len(f.Quantiles[q]))
			}
			for i, row := range f.Quantiles[q] {
				mean[q][i] += row[0] / float64(len(e.members))
			}
		}
	}
	return mean, nil
}

func (e *ensemble) predict(ctx context.Context) series.Predictor {
	return func(history []float64, horizon int) ([]float64, error) {
		levels, err := e.levels(ctx, history)
		if err != nil {
			return nil, err
		}
		if horizon > len(levels[1]) {
			return nil, errors.Errorf("horizon %d, the networks forecast %d rows", horizon, len(levels[1]))
		}
		return levels[1][:horizon], nil
	}
}

func rowsOf(values []float64) [][]float64 {
	rows := make([][]float64, len(values))
	for i, v := range values {
		rows[i] = []float64{v}
	}
	return rows
}

func firstColumn(rows [][]float64) []float64 {
	column := make([]float64, len(rows))
	for i, row := range rows {
		column[i] = row[0]
	}
	return column
}
