// Command forecast trains recurrent networks on a series and forecasts its end.
//
// Without flags the series is the monthly totals of international airline passengers, 1949 to 1960, in
// thousands (Box & Jenkins, 1976, series G). The last rows are held out. LSTM, GRU and vanilla networks
// forecast the rows before those first, as validation, which chooses among them; trained again on all
// that is not held out, they forecast the end, beside rules that need no training. It is for a look at what
// comes next, with a band and a picture; examples/backtest compares settings, on more columns too.
//
//	go run ./examples/forecast
//	go run ./examples/forecast -csv sales.csv -date day -column units -season 7 -horizon 14 -holdout 28
package main

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"image/color"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/elman-go/elman/examples/internal/cli"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data/series"
	"github.com/elman-go/elman/trainers/watch"
	"github.com/elman-go/elman/zoo"
)

//go:embed airline.csv
var airline string

// settings are the flags.
type settings struct {
	cli.Flags
	csv, column, date, plot  string
	season, horizon, holdout int
	hidden, members, steps   int
}

// figures are what -json prints of a model or a rule.
type figures struct {
	Model string  `json:"model,omitempty"`
	Name  string  `json:"name,omitempty"`
	MAE   float64 `json:"mae"`
	RMSE  float64 `json:"rmse"`
	MAPE  number  `json:"mape"`
	MASE  number  `json:"mase"`
}

// number is null in JSON where there is none: MAPE of a series with zeros.
type number float64

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

func main() {
	c := settings{}
	c.Declare("run/forecast")
	flag.StringVar(&c.csv, "csv", "", "`file` with a header line (default: airline passengers)")
	flag.StringVar(&c.column, "column", "", "`name` of the column to forecast")
	flag.StringVar(&c.date, "date", "", "`name` of the column of dates, if there is one")
	flag.IntVar(&c.season, "season", 12, "rows in a season; 1: none")
	flag.IntVar(&c.horizon, "horizon", 12, "rows to forecast at a time")
	flag.IntVar(&c.holdout, "holdout", 12, "rows at the end that are held out")
	flag.IntVar(&c.hidden, "hidden", 24, "hidden size H")
	flag.IntVar(&c.members, "members", 5, "networks of each kind, whose forecasts are averaged")
	flag.IntVar(&c.steps, "steps", 60, "optimiser steps of each network")
	flag.StringVar(&c.plot, "plot", "run/forecast.png", "`file` of the picture")
	cli.Main("forecast", "Trains recurrent networks on a series and forecasts its end.", []string{
		"forecast",
		"forecast -csv sales.csv -date day -column units -season 7 -horizon 14 -holdout 28",
	}, func(ctx context.Context) error {
		return run(ctx, os.Stdout, os.Stderr, c)
	})
}

// run is main without the process.
func run(ctx context.Context, stdout, stderr io.Writer, c settings) (err error) {
	defer func() { err = c.Interrupted(ctx, err) }()
	if err := cli.AtLeast(1, map[string]int{"steps": c.steps}); err != nil {
		return err
	}
	out, err := c.Begin(stdout, stderr)
	if err != nil {
		return err
	}
	c.Folder()
	s, err := read(&c)
	if err != nil {
		return err
	}
	N := len(s.Values)
	if c.season < 1 || c.horizon < 1 || c.holdout < 1 || c.members < 1 {
		return errors.Errorf("-season %d, -horizon %d, -holdout %d, -members %d: want at least 1 each", c.season, c.horizon, c.holdout, c.members)
	}
	known := N - c.holdout
	if known < 1 {
		return errors.Errorf("%d rows, of which %d are held out: nothing is left to learn from", N, c.holdout)
	}
	validated := known - max(1, min(3*c.horizon, known/3))

	c.Files.Title = "forecast of " + c.column
	fmt.Fprintf(out, "%d rows: %d to learn from, %d of them for validation, the last %d held out\n\n", N, known, known-validated, c.holdout)
	var chosen *ensemble
	var models, baselines []figures
	best := math.Inf(1)
	for _, cell := range []string{"lstm", "gru", "vanilla"} {
		trial, err := train(ctx, stderr, s, validated, cell, "validation", c, c.Files.Named(cell))
		if err != nil {
			return err
		}
		measured, err := trial.measure(s, validated, known, c)
		if err != nil {
			return err
		}
		model, err := train(ctx, stderr, s, known, cell, "", c, nil)
		if err != nil {
			return err
		}
		if measured.MAE < best {
			best, chosen = measured.MAE, model
		}
		held, err := model.measure(s, known, N, c)
		if err != nil {
			return err
		}
		models = append(models, figuresOf(held))
		models[len(models)-1].Model = cell
		fmt.Fprintf(stderr, "%-8s validation MAE %.4g\n", cell, measured.MAE)
	}
	for _, rule := range rules(c.season) {
		held, err := rolling(s, known, N, c.season, c.horizon, rule.forecast)
		if err != nil {
			return err
		}
		baselines = append(baselines, figuresOf(held))
		baselines[len(baselines)-1].Name = rule.name
	}

	fmt.Fprintf(out, "%-16s %9s %9s %8s %7s\n", "held-out rows", "MAE", "RMSE", "MAPE %", "MASE")
	for _, f := range append(models, baselines...) {
		mark := ""
		if f.Model == chosen.cell {
			mark = "  chosen on validation"
		}
		fmt.Fprintf(out, "%-16s %9.4g %9.4g %8.2f %7.3f%s\n", f.Model+f.Name, f.MAE, f.RMSE, float64(f.MAPE), float64(f.MASE), mark)
	}
	if err := chosen.draw(s, known, c); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nsaved in %s, drawn in %s\n", filepath.Join(c.Checkpoint, chosen.cell+"-1 ..."), c.plot)
	return c.Print(stdout, map[string]any{"models": models, "baselines": baselines, "chosen": chosen.cell})
}

// read gives the series, and fills in the names of the columns of the one that is built in.
func read(c *settings) (*series.Series, error) {
	if c.csv != "" {
		if c.column == "" {
			return nil, errors.New("-csv needs -column, the name of the column to forecast")
		}
		return series.OpenCSV(c.csv, series.CSV{Columns: []string{c.column}, Date: c.date})
	}
	if c.column != "" || c.date != "" {
		return nil, errors.New("-column and -date are for a -csv")
	}
	c.column, c.date = "passengers", "month"
	return series.ReadCSV(strings.NewReader(airline), "airline.csv", series.CSV{Columns: []string{c.column}, Date: c.date})
}

// ensemble is networks that differ in their seeds.
type ensemble struct {
	cell    string
	members []*zoo.DirectForecaster
}

// train fits an ensemble to the first rows of a series. What its first network shows goes to the files,
// if there are any.
func train(ctx context.Context, stderr io.Writer, s *series.Series, rows int, cell, purpose string, c settings, files *watch.Files) (*ensemble, error) {
	part := s.Values[:rows]
	cfg := zoo.DirectConfig{
		ForecasterConfig: zoo.ForecasterConfig{
			Recurrence: zoo.Recurrence{Cell: cell, Hidden: c.hidden},
			Columns:    s.Names,
			Window:     max(c.season, c.horizon),
			Log:        positive(part),
			Quantiles:  []float64{0.1, 0.5, 0.9},
		},
		Horizon: c.horizon,
	}
	if c.season > 1 {
		cfg.Season = c.season
	}
	e := &ensemble{cell: cell}
	for k := range c.members {
		seed := c.Seed*int64(1000) + int64(k)
		m, err := zoo.NewDirectForecaster(part, cfg, seed)
		if err != nil {
			return nil, err
		}
		src, err := m.Source(part, 16, seed)
		if err != nil {
			return nil, errors.Wrapf(err, "too few rows to learn from (%d after the held-out and validation rows)", rows)
		}
		trainer := trainers.Trainer{
			Optimizer: &trainers.Adam{},
			Schedule:  trainers.Cosine{Peak: 1e-2, Warmup: min(10, c.steps-1), Steps: c.steps},
			ClipNorm:  1,
			Checkpoints: trainers.Checkpoints{
				Dir: filepath.Join(c.Checkpoint, strings.TrimSuffix(fmt.Sprintf("%s-%d-%s", cell, k+1, purpose), "-")), Every: c.Every, Keep: 1,
				Resume: c.Resume, Settings: cfg,
			},
		}
		if k == 0 && files != nil {
			if trainer.Hooks, err = watched(s, m, rows, c); err != nil {
				return nil, err
			}
			trainer.Hooks = append(trainer.Hooks, files)
		}
		report, err := trainer.Fit(ctx, m, src, c.steps)
		if err != nil {
			return nil, errors.Wrap(err, cell)
		}
		e.members = append(e.members, m)
		fmt.Fprintf(stderr, "%-8s network %d of %d on %d rows: loss %.3f after %d steps, %.1f s\n",
			cell, k+1, c.members, rows, report.Loss, report.Steps, report.Seconds)
		if report.Interrupted {
			return nil, ctx.Err()
		}
	}
	return e, nil
}

// watched shows how a network learns: its loss on the rows after those it learns from, up to the held-out
// ones, and what it forecasts of them, beside the truth.
func watched(s *series.Series, m *zoo.DirectForecaster, rows int, c settings) ([]trainers.Hook, error) {
	often := max(1, c.steps/10)
	from, to := max(0, rows-2*c.season), min(rows+c.horizon, len(s.Values))
	hooks := []trainers.Hook{
		&trainers.UpdateRatio{Every: 1},
		&trainers.Histograms{Every: max(1, c.steps/20)},
		trainers.Every(often, func(r *trainers.Run) error {
			f, err := m.Forecast(r.Context(), s.Values[:rows])
			if err != nil {
				return err
			}
			curves := trainers.Curves{X: "row", Y: c.column, Lines: []trainers.Curve{
				{Name: "truth", X: count(from, to), Y: firstColumn(s.Values[from:to])},
			}}
			for q, name := range []string{"10 %", "forecast", "90 %"} {
				curves.Lines = append(curves.Lines, trainers.Curve{Name: name, X: count(rows, rows+c.horizon), Y: firstColumn(f.Quantiles[q])})
			}
			r.Curves("forecast", curves)
			return nil
		}),
	}
	if known := len(s.Values) - c.holdout; known-rows >= c.horizon {
		begin := rows - m.Config().Window - m.Config().Season // the window before the first of them
		held, err := m.Source(s.Values[begin:known], 0, c.Seed)
		if err != nil {
			return nil, err
		}
		hooks = append(hooks, &trainers.Evaluate{Source: held, Every: often})
	}
	return hooks, nil
}

// count is from, from+1, ... before to.
func count(from, to int) []float64 {
	numbers := make([]float64, to-from)
	for i := range numbers {
		numbers[i] = float64(from + i)
	}
	return numbers
}

// positive reports whether a logarithm can be taken: a series that grows by a share of itself.
func positive(rows [][]float64) bool {
	for _, row := range rows {
		if !(row[0] > 0) {
			return false
		}
	}
	return true
}

// forecast averages the members: for each level 0.1, 0.5, 0.9 the horizon after history.
func (e *ensemble) forecast(history [][]float64) ([3][]float64, error) {
	var mean [3][]float64
	for _, m := range e.members {
		f, err := m.Forecast(context.Background(), history)
		if err != nil {
			return mean, err
		}
		for q := range mean {
			if mean[q] == nil {
				mean[q] = make([]float64, len(f.Values))
			}
			for i := range mean[q] {
				mean[q][i] += f.Quantiles[q][i][0] / float64(len(e.members))
			}
		}
	}
	return mean, nil
}

func (e *ensemble) measure(s *series.Series, from, to int, c settings) (series.Errors, error) {
	return rolling(s, from, to, c.season, c.horizon, func(history [][]float64, _ int) ([]float64, error) {
		levels, err := e.forecast(history)
		return levels[1], err
	})
}

// rolling measures forecasts of the rows from ≤ i < to, a horizon at a time, each made from all rows
// before it.
func rolling(s *series.Series, from, to, season, horizon int, forecast func(history [][]float64, horizon int) ([]float64, error)) (series.Errors, error) {
	var truth, forecasts []float64
	for at := from; at < to; at += horizon {
		n := min(horizon, to-at)
		f, err := forecast(s.Values[:at], n)
		if err != nil {
			return series.Errors{}, err
		}
		forecasts = append(forecasts, f[:n]...)
		truth = append(truth, firstColumn(s.Values[at:at+n])...)
	}
	return series.Measure(firstColumn(s.Values[:from]), truth, forecasts, season)
}

// rule is a forecast that needs no training.
type rule struct {
	name     string
	forecast func(history [][]float64, horizon int) ([]float64, error)
}

func rules(season int) []rule {
	all := []rule{{"last value", func(history [][]float64, horizon int) ([]float64, error) {
		return series.Naive(firstColumn(history), horizon)
	}}}
	if season > 1 {
		all = append(all, rule{"seasonal naive", func(history [][]float64, horizon int) ([]float64, error) {
			return series.SeasonalNaive(firstColumn(history), season, horizon)
		}}, rule{"seasonal growth", func(history [][]float64, horizon int) ([]float64, error) {
			return series.SeasonalGrowth(firstColumn(history), season, horizon)
		}})
	}
	return all
}

func firstColumn(rows [][]float64) []float64 {
	column := make([]float64, len(rows))
	for i, row := range rows {
		column[i] = row[0]
	}
	return column
}

func figuresOf(e series.Errors) figures {
	return figures{MAE: e.MAE, RMSE: e.RMSE, MAPE: number(e.MAPE), MASE: number(e.MASE)}
}

// draw plots the end of the history, the held-out rows, and the forecast with its band.
func (e *ensemble) draw(s *series.Series, known int, c settings) error {
	levels, err := e.forecast(s.Values[:known])
	if err != nil {
		return err
	}
	N := len(s.Values)
	x := func(i int) float64 {
		if s.Dates == nil {
			return float64(i)
		}
		if i < N {
			return float64(s.Dates[i].Unix())
		}
		step := float64(s.Dates[N-1].Unix() - s.Dates[N-2].Unix())
		return float64(s.Dates[N-1].Unix()) + step*float64(i-N+1)
	}
	points := func(from int, values []float64) plotter.XYs {
		xy := make(plotter.XYs, len(values))
		for i, v := range values {
			xy[i] = plotter.XY{X: x(from + i), Y: v}
		}
		return xy
	}
	p := plot.New()
	p.Title.Text = fmt.Sprintf("%s, forecast by %d %s networks", c.column, len(e.members), e.cell)
	p.Title.Padding = vg.Points(6)
	if s.Dates != nil {
		p.X.Tick.Marker = plot.TimeTicks{Format: "2006-01"}
	}
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())

	upper, lower := points(known, levels[2]), points(known, levels[0])
	outline := append(plotter.XYs{}, upper...)
	for i := len(lower) - 1; i >= 0; i-- {
		outline = append(outline, lower[i])
	}
	band, err := plotter.NewPolygon(outline)
	if err != nil {
		return errors.Wrap(err, "plot")
	}
	band.Color, band.LineStyle.Width = color.NRGBA{R: 0xd9, G: 0x5f, B: 0x02, A: 0x40}, 0
	p.Add(band)
	p.Legend.Add("10 % to 90 %", band)
	from := max(0, known-5*max(c.season, c.horizon))
	for _, curve := range []struct {
		name  string
		xy    plotter.XYs
		color color.Color
	}{
		{"history", points(from, firstColumn(s.Values[from:known])), color.Gray{0x80}},
		{"held out", points(known-1, firstColumn(s.Values[known-1:])), color.Black},
		{"forecast", points(known, levels[1]), color.NRGBA{R: 0xd9, G: 0x5f, B: 0x02, A: 0xff}},
	} {
		line, err := plotter.NewLine(curve.xy)
		if err != nil {
			return errors.Wrap(err, "plot")
		}
		line.Color, line.Width = curve.color, vg.Points(1.5)
		p.Add(line)
		p.Legend.Add(curve.name, line)
	}
	format := strings.TrimPrefix(strings.ToLower(filepath.Ext(c.plot)), ".")
	picture, err := p.WriterTo(9*vg.Inch, 4*vg.Inch, cmp.Or(format, "png"))
	if err != nil {
		return errors.Wrap(err, "plot")
	}
	return errors.Wrap(cli.WriteFile(c.plot, func(w io.Writer) error {
		_, err := picture.WriteTo(w)
		return err
	}), "plot")
}
