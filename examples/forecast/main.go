// Command forecast finds out how a series is best forecast, and forecasts its end.
//
// The candidates are rules that need no training, exponential smoothing, linear regression, a mean of these, and
// LSTM, GRU and vanilla networks that begin at the regression. Each is fitted to the rows before the validation rows and
// forecasts these from up to 24 rows on; the one whose mean absolute error is least is recommended, be it a network
// or a rule, and the simpler one of two that differ by less than 3 %. Then all are fitted to every row that is not held
// out, and the last rows, which nothing has seen, measure them. The recommended one is saved and drawn.
//
// Without flags the series is the monthly totals of international airline passengers, 1949 to 1960, in thousands (Box &
// Jenkins, 1976, series G). The season is guessed from the dates and the autocorrelation, and by it and the
// number of rows the horizon, the windows, the held-out rows, batches and steps are chosen; flags override each.
// examples/backtest compares settings of networks, on more columns too.
//
//	go run ./examples/forecast
//	go run ./examples/forecast -csv sales.csv -date day -column units
//	go run ./examples/forecast -model run/forecast/model -csv sales.csv -date day
package main

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/examples/internal/cli"
	"github.com/elman-go/elman/trainers/data/series"
)

//go:embed airline.csv
var airline string

// settings are the flags.
type settings struct {
	cli.Flags
	table                                cli.Table
	csv, column, unit, plot, model       string
	season, horizon, holdout, difference int
	hidden, members, steps, batch        int
}

// axis is what pictures call the values: "passengers (thousands)".
func (c settings) axis() string {
	if c.unit == "" {
		return c.column
	}
	return fmt.Sprintf("%s (%s)", c.column, c.unit)
}

// figures are what -json prints of a candidate: its errors on the held-out rows, and on the validation rows.
type figures struct {
	Model      string  `json:"model,omitempty"` // of a network
	Name       string  `json:"name,omitempty"`  // of everything else
	Kind       string  `json:"kind"`
	MAE        float64 `json:"mae"`
	RMSE       float64 `json:"rmse"`
	MAPE       number  `json:"mape"`
	MASE       number  `json:"mase"`
	Validation float64 `json:"validation_mae"`
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
	flag.StringVar(&c.csv, "csv", "", "input table, a `file` with a header line (default: airline passengers)")
	flag.StringVar(&c.column, "column", "", "`name` of the column to forecast (default: the only one that holds numbers)")
	c.table.Declare("-column", "")
	flag.StringVar(&c.unit, "unit", "", "`unit` of the column, for pictures: \"°C\"")
	flag.IntVar(&c.season, "season", 0, "rows in a season; 1: none; 0: guess it from dates and autocorrelation")
	flag.IntVar(&c.horizon, "horizon", 0, "rows to forecast at a time; 0: a season of at most 60 rows, else 12 or 28")
	flag.IntVar(&c.holdout, "holdout", 0, "rows at the end that are held out; 0: a tenth of the rows in whole horizons, 1 to 10 of them")
	flag.IntVar(&c.difference, "difference", -1,
		"regression and networks work on differences from so many rows before; 0: none; -1: what validation prefers of 0, 1, the season")
	flag.IntVar(&c.hidden, "hidden", 24, "hidden size H of the networks")
	flag.IntVar(&c.members, "members", 0, "networks of each kind, whose forecasts are averaged; 0: 5, of more than 2000 rows 2")
	flag.IntVar(&c.steps, "steps", 0, "optimiser steps of each network at most, validation ends them; 0: 20 epochs, from 60 to 300 steps")
	flag.IntVar(&c.batch, "batch", 0, "windows in a batch; 0: from 16 to 128 by the number of windows")
	flag.StringVar(&c.plot, "plot", "run/forecast.png", "`file` of the picture")
	flag.StringVar(&c.model, "model", "",
		"`folder` that an earlier run saved its recommendation in: nothing is trained, the rows after the last are forecast")
	const summary = "Compares rules, smoothing, regression and recurrent networks on a series, forecasts its end, and saves the best."
	cli.Main("forecast", summary, []string{
		"forecast",
		"forecast -csv sales.csv -date day -column units -season 7 -horizon 14 -holdout 28",
		"forecast -model run/forecast/model -csv sales.csv -date day",
	}, func(ctx context.Context) error {
		return run(ctx, os.Stdout, os.Stderr, c)
	})
}

// run is main without the process.
func run(ctx context.Context, stdout, stderr io.Writer, c settings) (err error) {
	defer func() { err = c.Interrupted(ctx, err) }()
	err = cli.AtLeast(0, map[string]int{
		"season": c.season, "horizon": c.horizon, "holdout": c.holdout, "steps": c.steps, "batch": c.batch, "members": c.members,
	})
	if err != nil {
		return err
	}
	if err := cli.AtLeast(1, map[string]int{"hidden": c.hidden}); err != nil {
		return err
	}
	if err := cli.AtLeast(-1, map[string]int{"difference": c.difference}); err != nil {
		return err
	}
	out, err := c.Begin(stdout, stderr)
	if err != nil {
		return err
	}
	if c.model != "" {
		return use(ctx, stdout, out, c)
	}
	c.Folder()
	s, gaps, err := read(&c, out)
	if err != nil {
		return err
	}
	p, err := cut(s, gaps, c)
	if err != nil {
		return err
	}
	c.Files.Title = "forecast of " + c.column
	p.print(out, c)

	candidates, err := p.validateAll(p.methods(c.difference), stderr)
	if err != nil {
		return err
	}
	if base := best(candidates, regression); base == nil {
		fmt.Fprintf(stderr, "no networks: there is no regression for them to begin at\n")
	} else {
		networks, err := p.networks(ctx, stderr, base.regression, c)
		if err != nil {
			return err
		}
		candidates = append(candidates, networks...)
	}
	candidates, held, err := p.hold(ctx, candidates, stderr)
	if err != nil {
		return err
	}
	chosen := recommended(candidates)
	models, baselines := []figures{}, []figures{}
	fmt.Fprintf(out, "%-40s %10s %10s %9s %8s %7s\n", "", "validation", "held out", "", "", "")
	fmt.Fprintf(out, "%-40s %10s %10s %9s %8s %7s\n", "", "MAE", "MAE", "RMSE", "MAPE %", "MASE")
	for _, c := range shown(candidates) {
		e := held[c].errors
		f := figures{
			Name: c.name, Kind: c.kind, Validation: c.validation,
			MAE: e.MAE, RMSE: e.RMSE, MAPE: number(e.MAPE), MASE: number(e.MASE),
		}
		if c.kind == network {
			f.Model, f.Name = c.name, ""
			models = append(models, f)
		} else {
			baselines = append(baselines, f)
		}
		mark := ""
		if c == chosen {
			mark = "  recommended"
		}
		fmt.Fprintf(out, "%-40s %10.4g %10.4g %9.4g %8.2f %7.3f%s\n", c.name, c.validation, e.MAE, e.RMSE, e.MAPE, e.MASE, mark)
	}
	p.recommend(out, candidates, chosen)
	folder := filepath.Join(c.Checkpoint, "model")
	if err := p.save(folder, chosen, c); err != nil {
		return err
	}
	if err := p.draw(ctx, chosen, held[chosen].predict, c); err != nil {
		return err
	}
	saved := "saved in"
	if chosen.kind != network {
		saved = "there is nothing trained to save; described in"
	}
	fmt.Fprintf(out, "%s %s, drawn in %s\n", saved, folder, c.plot)
	c.Written(out)
	return c.Print(stdout, map[string]any{"models": models, "baselines": baselines, "chosen": chosen.name, "kind": chosen.kind,
		"seasons": p.seasons, "horizon": p.horizon, "holdout": p.all - p.known, "model": folder})
}

// outcome is a candidate that was fitted to all rows before the held-out ones, and its errors on these.
type outcome struct {
	predict series.Predictor
	errors  series.Errors
}

// hold measures the candidates that are shown on the held-out rows, and leaves out those that cannot forecast them:
// rows that are not above 0 have no logarithm, say.
func (p *problem) hold(ctx context.Context, candidates []*candidate, log io.Writer) ([]*candidate, map[*candidate]outcome, error) {
	held := map[*candidate]outcome{}
	for again := true; again; {
		again = false
		for _, c := range shown(candidates) {
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
			if _, ok := held[c]; ok {
				continue
			}
			predict, err := c.fit(p.values[:p.known])
			if err == nil {
				var e series.Errors
				if e, err = p.measure(predict); err == nil {
					held[c] = outcome{predict, e}
					continue
				}
			}
			fmt.Fprintf(log, "%s is left out: %v\n", c.name, err)
			candidates = slices.DeleteFunc(slices.Clone(candidates), func(other *candidate) bool { return other == c })
			again = true // another one may be the best of its kind
		}
	}
	if len(candidates) == 0 {
		return nil, nil, errors.New("nothing can forecast the held-out rows")
	}
	return candidates, held, nil
}

// read gives the series, its gaps filled with the value before, and tells which rows were gaps. It fills in the names
// of the columns that the flags leave open.
func read(c *settings, out io.Writer) (*series.Series, []bool, error) {
	var s *series.Series
	var err error
	c.table.CSV.Missing = true
	switch {
	case c.csv == "" && (c.column != "" || c.table.CSV.Date != ""):
		return nil, nil, errors.New("-column and -date are for a -csv")
	case c.csv == "":
		c.unit = cmp.Or(c.unit, "thousands")
		s, err = series.ReadCSV(strings.NewReader(airline), "airline.csv", series.CSV{Columns: []string{"passengers"}, Date: "month"})
	case c.column == "":
		s, err = c.table.OpenOnly(c.csv, out)
	default:
		s, err = c.table.Open(c.csv, out, c.column)
	}
	if err != nil {
		return nil, nil, err
	}
	c.column = s.Names[0]
	for len(s.Values) > 0 && math.IsNaN(s.Values[0][0]) {
		s.Values = s.Values[1:]
		if s.Dates != nil {
			s.Dates = s.Dates[1:]
		}
	}
	gaps, filled := make([]bool, len(s.Values)), 0
	for i, row := range s.Values {
		if gaps[i] = math.IsNaN(row[0]); gaps[i] {
			s.Values[i] = s.Values[i-1]
			filled++
		}
	}
	if filled > 0 {
		fmt.Fprintf(out, "%d of %d rows are gaps: the value before stands there, and no error is counted\n", filled, len(s.Values))
	}
	return s, gaps, nil
}

// cut chooses what the flags leave open, and cuts the series.
func cut(s *series.Series, gaps []bool, c settings) (*problem, error) {
	N := len(s.Values)
	p := &problem{values: firstColumn(s.Values), gaps: gaps, all: N}
	known := max(0, N-max(N/10, c.holdout)) // nothing is chosen by what may be held out
	switch {
	case c.season > 1:
		p.seasons = []int{c.season}
	case c.season == 0 && s.Dates != nil:
		p.seasons = series.GuessSeasons(p.values[:known], s.Dates[:known])
	case c.season == 0:
		p.seasons = series.GuessSeasons(p.values[:known], nil)
	}
	if p.horizon = c.horizon; p.horizon == 0 {
		switch m := p.season(); {
		case m > 60:
			p.horizon = 28
		case m > 1:
			p.horizon = m
		default:
			p.horizon = 12
		}
		p.horizon = max(1, min(p.horizon, N/6))
	}
	if s.Dates != nil {
		p.dates = slices.Concat(s.Dates, series.Following(s.Dates, p.horizon))
	}
	holdout := c.holdout
	if holdout == 0 {
		holdout = p.horizon * min(10, max(1, N/10/p.horizon))
	}
	p.known = N - holdout
	p.validated = p.known - max(p.horizon, min(40*p.horizon, p.known/3))
	if least := max(4, p.season()); p.validated < least {
		return nil, errors.Errorf("%d rows: with %d held out and the %d of a horizon to validate on, %d are left to learn from, want at least %d",
			N, holdout, p.horizon, max(0, p.validated), least)
	}
	return p, nil
}

func (p *problem) print(out io.Writer, c settings) {
	season := "no season"
	if len(p.seasons) > 0 {
		season = "a season of " + strings.Trim(strings.ReplaceAll(fmt.Sprint(p.seasons), " ", " and "), "[]") + " rows"
	}
	if c.season == 0 {
		season += " (guessed; -season says otherwise)"
	}
	fmt.Fprintf(out, "%s: %d rows, %s, forecast %d at a time\n", c.column, p.all, season, p.horizon)
	fmt.Fprintf(out, "%d rows to learn from, of which the last %d validate; the %d after them are held out\n\n",
		p.known, p.known-p.validated, p.all-p.known)
}

// recommend says which candidate is recommended, and why.
func (p *problem) recommend(out io.Writer, candidates []*candidate, chosen *candidate) {
	title := func(c *candidate) string {
		if c.kind == network {
			return "the " + c.name + " networks"
		}
		return c.name
	}
	fmt.Fprintf(out, "\nrecommended: %s: its mean absolute error on the validation rows is %.4g", title(chosen), chosen.validation)
	if least := best(candidates); least == chosen {
		fmt.Fprint(out, ", the least")
	} else {
		fmt.Fprintf(out, "; the least, %.4g of %s, is not lower by the %.0f %% that would be more than noise",
			least.validation, title(least), 100*margin)
	}
	for _, kind := range []string{rule, network} {
		if other := best(candidates, kind); other != nil && chosen.kind != kind {
			fmt.Fprintf(out, "; of the best %s, %s, it is %.4g", kind, other.name, other.validation)
		}
	}
	fmt.Fprintln(out)
	if chosen.kind == combination {
		fmt.Fprint(out, "it is the mean of")
		for i, part := range chosen.parts {
			if i > 0 {
				fmt.Fprint(out, ";")
			}
			fmt.Fprintf(out, " %s %.0f %%", part.name, 100*part.weight)
		}
		fmt.Fprintln(out)
	}
}

// draw draws the forecasts of the held-out rows, a horizon at a time.
func (p *problem) draw(ctx context.Context, chosen *candidate, predict series.Predictor, c settings) error {
	band := p.band(chosen)
	var all [3][]float64
	for at := p.known; at < p.all; at += p.horizon {
		n := min(p.horizon, p.all-at)
		var levels [3][]float64
		var err error
		if chosen.ensemble != nil {
			levels, err = chosen.ensemble.levels(ctx, p.values[:at])
		} else if levels[1], err = predict(p.values[:at], n); err == nil {
			levels[0], levels[2] = around(levels[1], band)
		}
		if err != nil {
			return err
		}
		for q := range all {
			all[q] = append(all[q], levels[q][:n]...)
		}
	}
	title := fmt.Sprintf("%s, forecast by %s", c.column, chosen.name)
	if chosen.ensemble != nil {
		title = fmt.Sprintf("%s, forecast by %d %s networks", c.column, len(chosen.ensemble.members), chosen.name)
	}
	return picture{
		title: title, unit: c.axis(), dates: p.dates, values: p.values, known: p.known, levels: all,
		from: max(0, p.known-max(5*p.horizon, 2*(p.all-p.known))),
	}.draw(c.plot)
}

// around is the band about a forecast, of errors; the forecast lies in it.
func around(forecast []float64, band [][2]float64) (low, high []float64) {
	for h, v := range forecast {
		errors := [2]float64{}
		if h < len(band) {
			errors = band[h]
		}
		low, high = append(low, v+min(0, errors[0])), append(high, v+max(0, errors[1]))
	}
	return low, high
}
