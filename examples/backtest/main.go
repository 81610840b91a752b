// Command backtest measures how well recurrent networks forecast, on the end of a series: one column or
// several, one row ahead or many, beside rules that need no training and linear regression. It is for
// comparing settings, and networks with other methods; to forecast what is not known yet, with a band and a
// picture, see examples/forecast.
//
// The rows are cut in the order of time: training, validation, test. A network learns on the training rows
// until it stops getting better on the validation rows; with -refit it then begins anew and learns, for as
// many steps, on both. Then it forecasts the test rows from every row on, the past always known. The test
// rows are read for that alone.
//
// Without flags the series is the monthly totals of international airline passengers, 1949 to 1960, in
// thousands (Box & Jenkins, 1976, series G). docs/results.md has the commands for others.
//
//	go run ./examples/backtest
//	go run ./examples/backtest -csv ETTh1.csv.gz -date date -horizon 24 -window 96 -linear 96 ...
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/examples/internal/cli"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data/series"
	"github.com/elman-go/elman/zoo"
)

// settings are the flags.
type settings struct {
	cli.Flags
	table                                  cli.Table
	csv, columns, calendar                 string
	rows, validation, test                 int
	horizon, season, difference            int
	lags                                   string
	cell                                   string
	window, hidden, linear                 int
	log, refit, fitted                     bool
	dropout, decay, rate                   float64
	batch, steps, patience, often, members int
}

// declare adds the flags to the command line.
func declare() *settings {
	c := &settings{}
	c.Declare("run/backtest")
	flag.StringVar(&c.csv, "csv", "examples/forecast/airline.csv", "`file` with a header line; it can be gzipped")
	c.table.Declare("-columns", "")
	flag.StringVar(&c.columns, "columns", "", "`names` of the columns, with commas between them (default: all but the dates)")
	flag.StringVar(&c.calendar, "calendar", "", "`cycles` of the dates to read beside them, such as day_of_year,hour_of_day")
	flag.IntVar(&c.rows, "rows", 0, "rows to use, from the first; 0: all")
	flag.IntVar(&c.validation, "validation", 36, "rows before the test rows that say when to stop")
	flag.IntVar(&c.test, "test", 48, "rows at the end that are forecast")
	flag.IntVar(&c.horizon, "horizon", 1, "rows to forecast at a time")
	flag.IntVar(&c.season, "season", 12, "rows in a season, for the seasonal naive forecast; 1: none")
	flag.StringVar(&c.lags, "lags", "1,12,13", "`lags` of the linear regression that is printed for comparison, as 1-20,365")
	flag.IntVar(&c.difference, "difference", 12, "work on differences from as many rows before; 0: on the rows themselves")
	flag.BoolVar(&c.log, "logarithms", true, "work on logarithms, which values above 0 have; for growth in per cent")
	flag.StringVar(&c.cell, "cell", "vanilla", "vanilla, lstm or gru")
	flag.IntVar(&c.window, "window", 12, "rows a network reads, after differences are taken")
	flag.IntVar(&c.linear, "linear", 12, "rows of the window that its linear part reads; 0: there is none")
	flag.BoolVar(&c.fitted, "fitted", false, "begin with the linear part where least squares has it, and not at zero")
	flag.IntVar(&c.hidden, "hidden", 16, "hidden size H")
	flag.Float64Var(&c.dropout, "dropout", 0, "rate on what the cells put out")
	flag.Float64Var(&c.decay, "decay", 0.01, "weight decay of AdamW")
	flag.Float64Var(&c.rate, "rate", 3e-3, "learning rate")
	flag.IntVar(&c.batch, "batch", 16, "windows B in a batch")
	flag.IntVar(&c.steps, "steps", 600, "optimiser steps at most")
	flag.IntVar(&c.often, "evaluate", 10, "steps between evaluations on the validation rows")
	flag.IntVar(&c.patience, "patience", 10, "evaluations without improvement that are let pass")
	flag.BoolVar(&c.refit, "refit", true, "learn anew on training and validation rows, for as many steps as did best")
	flag.IntVar(&c.members, "members", 5, "networks that differ in their seeds, whose forecasts are averaged")
	return c
}

func main() {
	c := declare()
	cli.Main("backtest", "Measures recurrent networks on the end of a series.", []string{
		"backtest",
		"backtest -csv sales.csv -date day -season 7 -validation 60 -test 60",
	}, func(ctx context.Context) error {
		return run(ctx, os.Stdout, os.Stderr, *c)
	})
}

// run is main without the process.
func run(ctx context.Context, stdout, stderr io.Writer, c settings) (err error) {
	defer func() { err = c.Interrupted(ctx, err) }()
	out, err := c.Begin(stdout, stderr)
	if err != nil {
		return err
	}
	c.Folder()
	c.Files.Title = "backtest of " + c.csv
	b, err := load(c, out)
	if err != nil {
		return err
	}
	heldYardsticks, err := b.yardsticks(b.held())
	if err != nil {
		return err
	}
	testYardsticks, err := b.yardsticks(b.tested())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d rows of %d columns: %d to learn from, %d for validation, the last %d to forecast\n\n",
		len(b.series.Values), len(b.targets), b.learn, b.validation, b.test)
	var held, tested []forecast
	var networks []figures
	for k := range c.members {
		validation, test, err := b.train(ctx, stderr, k)
		if errors.Is(err, context.Canceled) {
			err = errors.WithStack(cli.ErrInterrupted)
		}
		if err != nil {
			return err
		}
		held, tested = append(held, validation), append(tested, test)
		networks = append(networks, b.measure(fmt.Sprintf("network %d", k+1), b.tested(), test))
	}
	validation := append([]figures{b.measure(averaged, b.held(), mean(held))}, heldYardsticks...)
	test := slices.Concat(networks, []figures{b.measure(averaged, b.tested(), mean(tested))}, testYardsticks)
	b.print(out, "validation rows", validation)
	b.print(out, "test rows", test)
	best := recommend(out, validation, test)
	fmt.Fprintf(out, "the networks are saved in %s\n", filepath.Join(b.Checkpoint, "1 ..."))
	b.Written(out)
	return c.Print(stdout, map[string]any{"validation": validation, "test": test, "recommended": best})
}

const averaged = "networks, averaged"

// recommend says which of all forecast the validation rows best, be it the networks or what they are compared with.
func recommend(w io.Writer, validation, test []figures) string {
	best := slices.MinFunc(validation, func(a, b figures) int { return cmp.Compare(a.MSE, b.MSE) })
	fmt.Fprintf(w, "recommended: %s, whose MSE on the validation rows is the least, %.4f", best.Name, best.MSE)
	for _, f := range validation {
		if f.Name == averaged && f.Name != best.Name {
			fmt.Fprintf(w, ", and not the networks, with %.4f", f.MSE)
		}
	}
	for _, f := range test {
		if f.Name == best.Name {
			fmt.Fprintf(w, "; on the test rows it has %.4f", f.MSE)
		}
	}
	fmt.Fprintln(w)
	return best.Name
}

// backtest is a series and how it is cut.
type backtest struct {
	settings
	series       *series.Series // the targets, then the calendar
	targets      []string       // [K]
	learn, known int            // rows of the training part; those before the test rows
	lagged       []int
	unit         series.Scaler // standardises the targets by the training rows, for the errors
}

func load(c settings, out io.Writer) (*backtest, error) {
	for _, n := range []struct {
		name         string
		value, least int
	}{{"rows", c.rows, 0}, {"validation", c.validation, 1}, {"test", c.test, 1}, {"horizon", c.horizon, 1}, {"season", c.season, 1},
		{"difference", c.difference, 0}, {"window", c.window, 1}, {"members", c.members, 1}, {"evaluate", c.often, 1}, {"patience", c.patience, 0}} {
		if n.value < n.least {
			return nil, errors.Errorf("-%s %d, want at least %d", n.name, n.value, n.least)
		}
	}
	if name := c.Files.JSON; name == "true" || name == "false" {
		return nil, errors.Errorf("-log=%s: -log names a file; -logarithms=%s says whether to work on logarithms", name, name)
	}
	lags, err := parseLags(c.lags)
	if err != nil {
		return nil, err
	}
	var columns []string
	if c.columns != "" {
		columns = strings.Split(c.columns, ",")
	}
	s, err := c.table.Open(c.csv, out, columns...)
	if err != nil {
		return nil, err
	}
	if c.rows > 0 {
		parts, err := series.Panel{s}.SplitTime(0, series.Row(c.rows))
		if err != nil {
			return nil, errors.Wrap(err, "-rows")
		}
		s = parts[0][0]
	}
	b := &backtest{settings: c, series: s, targets: s.Names, lagged: lags}
	b.known = len(s.Values) - c.test
	b.learn = b.known - c.validation
	if least := max(c.season, c.window+c.difference); c.test < c.horizon || c.validation < c.horizon || b.learn < least {
		return nil, errors.Errorf("%d rows, -validation %d, -test %d: want at least the horizon of %d in each, and before them %d rows to learn from",
			len(s.Values), c.validation, c.test, c.horizon, least)
	}
	if b.unit, err = series.FitScaler(s.Values[:b.learn], s.Names); err != nil {
		return nil, err
	}
	if c.calendar != "" {
		var cycles []series.Cycle
		for _, name := range strings.Split(c.calendar, ",") {
			cycles = append(cycles, series.Cycle(name))
		}
		wide, err := series.Panel{s}.WithCalendar(cycles...)
		if err != nil {
			return nil, err
		}
		b.series = wide[0]
	}
	return b, nil
}

// parseLags reads numbers and ranges of them: "1-20,365".
func parseLags(list string) (lags []int, err error) {
	for _, part := range strings.Split(list, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		first, err1 := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if err := cmp.Or(err1, err2); err != nil || first < 1 || last < first || last > 1e6 {
			return nil, errors.Errorf("-lags %q: %q is no number and no range of numbers from 1", list, part)
		}
		for lag := first; lag <= last; lag++ {
			lags = append(lags, lag)
		}
	}
	return lags, nil
}

// config is the settings of every network.
func (b *backtest) config() zoo.DirectConfig {
	return zoo.DirectConfig{
		ForecasterConfig: zoo.ForecasterConfig{
			Recurrence: zoo.Recurrence{Cell: b.cell, Hidden: b.hidden, Dropout: b.dropout},
			Columns:    b.series.Names, Window: b.window, Log: b.log, Season: b.difference,
		},
		Horizon: b.horizon, Targets: b.targets, Linear: b.linear,
	}
}

// train fits network k, and gives its forecasts of the validation and of the test rows.
func (b *backtest) train(ctx context.Context, stderr io.Writer, k int) (held, tested forecast, err error) {
	folder := filepath.Join(b.Checkpoint, strconv.Itoa(k+1))
	stop := &trainers.EarlyStopping{Patience: b.patience}
	m, report, err := b.fit(ctx, k, b.learn, b.steps, filepath.Join(folder, "validation"), stop)
	if err != nil {
		return held, tested, err
	}
	fmt.Fprintf(stderr, "network %d of %d: validation loss %.4f after %d steps of %d, %.1f s\n",
		k+1, b.members, stop.Best, stop.BestStep, report.Steps, report.Seconds)
	ahead := func(at int) (means, medians [][]float64, err error) {
		f, err := m.Forecast(ctx, b.series.Values[:at])
		return f.Values, f.Median, err
	}
	if held, err = b.forecast(b.held(), ahead); err != nil {
		return held, tested, err
	}
	if b.refit {
		if m, report, err = b.fit(ctx, k, b.known, stop.BestStep, filepath.Join(folder, "refit"), nil); err != nil {
			return held, tested, err
		}
		fmt.Fprintf(stderr, "network %d of %d: on all %d rows loss %.4f, %.1f s\n", k+1, b.members, b.known, report.Loss, report.Seconds)
	}
	if err := m.Save(filepath.Join(folder, "model")); err != nil {
		return held, tested, err
	}
	tested, err = b.forecast(b.tested(), ahead)
	return held, tested, err
}

// fit trains on the first rows, and leaves the network with the moving average of its weights: where the
// validation rows say it was best, if it is to stop, and otherwise after the last step.
func (b *backtest) fit(ctx context.Context, k, rows, steps int, dir string, stop *trainers.EarlyStopping) (*zoo.DirectForecaster, trainers.Report, error) {
	seed := b.Seed*1000 + int64(k)
	cfg := b.config()
	m, err := zoo.NewDirectForecaster(b.series.Values[:rows], cfg, seed)
	if err != nil {
		return nil, trainers.Report{}, err
	}
	if b.fitted {
		if err := m.FitLinear(b.series.Values[:rows]); err != nil {
			return nil, trainers.Report{}, err
		}
	}
	if steps == 0 && stop == nil { // validation found the model best as it begins
		return m, trainers.Report{}, nil
	}
	src, err := m.Source(b.series.Values[:rows], b.batch, seed)
	if err != nil {
		return nil, trainers.Report{}, errors.Wrapf(err, "too few rows to learn from (%d of %d)", rows, len(b.series.Values))
	}
	average := &trainers.EMA{Decay: 0.99}
	trainer := trainers.Trainer{
		Optimizer: &trainers.AdamW{WeightDecay: b.decay},
		Schedule:  trainers.Cosine{Peak: b.rate, Warmup: min(10, b.steps-1), Steps: b.steps},
		ClipNorm:  1,
		Hooks:     []trainers.Hook{average},
		Checkpoints: trainers.Checkpoints{
			Dir: dir, Every: b.Every, Keep: 1, Resume: b.Resume, Settings: cfg,
		},
	}
	if stop != nil {
		// The windows of the validation rows, the first before them all.
		from := b.learn - b.window - b.difference
		held, err := m.Source(b.series.Values[from:b.known], 500, b.Seed)
		if err != nil {
			return nil, trainers.Report{}, err
		}
		trainer.Hooks = append(trainer.Hooks, &trainers.Evaluate{
			Source: held, Average: average, Every: b.often, Observers: []trainers.Observer{stop},
		})
		if k == 0 { // the others look alike
			trainer.Hooks = append(trainer.Hooks, &b.Files)
		}
	}
	report, err := trainer.Fit(ctx, m, src, steps)
	if err == nil && report.Interrupted {
		err = ctx.Err()
	}
	if err == nil && stop == nil {
		err = m.Store().SetValues(average.Values())
	}
	return m, report, err
}

// A part is the rows from ≤ i < to, forecast by what has learnt from the first rows.
type part struct{ rows, from, to int }

func (b *backtest) held() part { return part{b.learn, b.learn, b.known} }

func (b *backtest) tested() part {
	if b.refit {
		return part{b.known, b.known, len(b.series.Values)}
	}
	return part{b.learn, b.known, len(b.series.Values)}
}

// A forecast of a part is one of the horizon from every row on that leaves room for it: [windows][horizon][K]. Squared
// errors are those of means, absolute ones those of medians; a rule knows no difference.
type forecast struct{ means, medians [][][]float64 }

func (b *backtest) forecast(p part, ahead func(at int) (means, medians [][]float64, err error)) (forecast, error) {
	var f forecast
	for at := p.from; at+b.horizon <= p.to; at++ {
		means, medians, err := ahead(at)
		if err != nil {
			return f, err
		}
		f.means, f.medians = append(f.means, means), append(f.medians, medians)
	}
	return f, nil
}

// mean averages forecasts.
func mean(forecasts []forecast) forecast {
	var means, medians [][][][]float64
	for _, f := range forecasts {
		means, medians = append(means, f.means), append(medians, f.medians)
	}
	return forecast{average(means), average(medians)}
}

func average(forecasts [][][][]float64) [][][]float64 {
	average := make([][][]float64, len(forecasts[0]))
	for i, rows := range forecasts[0] {
		average[i] = make([][]float64, len(rows))
		for h, row := range rows {
			average[i][h] = make([]float64, len(row))
			for k := range row {
				for _, f := range forecasts {
					average[i][h][k] += f[i][h][k] / float64(len(forecasts))
				}
			}
		}
	}
	return average
}

const ridgeRegression = "ridge regression"

// yardsticks are the errors of the rules, and of linear regression on the rows that the networks learn from: of least
// squares for each column by itself and with coefficients that all share, and of the ridge regression that -fitted
// begins at, whose strength and form the last fifth of these rows chooses. Of logarithms they forecast the median.
func (b *backtest) yardsticks(p part) ([]figures, error) {
	var all []figures
	add := func(name string, ahead func(at int) ([][]float64, error)) error {
		f, err := b.forecast(p, func(at int) (means, medians [][]float64, err error) {
			rows, err := ahead(at)
			return rows, rows, err
		})
		if err == nil {
			all = append(all, b.measure(name, p, f))
		}
		return errors.Wrap(err, name)
	}
	repeat := func(season int) func(at int) ([][]float64, error) {
		return func(at int) ([][]float64, error) {
			ahead := make([][]float64, b.horizon)
			for h := range ahead {
				ahead[h] = b.series.Values[at-season+h%season][:len(b.targets)]
			}
			return ahead, nil
		}
	}
	if err := add("last value", repeat(1)); err != nil {
		return nil, err
	}
	if b.season > 1 {
		if err := add("seasonal naive", repeat(b.season)); err != nil {
			return nil, err
		}
	}
	scaled, scaler, err := b.scaled(p.rows)
	if err != nil {
		return nil, err
	}
	cfg := series.AutoregressionConfig{Lags: b.lagged, Horizon: b.horizon}
	for j := range b.series.Names {
		if j < len(b.targets) {
			cfg.Columns = append(cfg.Columns, j)
		} else {
			cfg.Beside = append(cfg.Beside, j)
		}
	}
	regressions := []struct {
		name string
		fit  func() (*series.Autoregression, error)
	}{
		{"linear regression", func() (*series.Autoregression, error) { return series.FitAutoregression(scaled[:p.rows], cfg) }},
		{"the same for all columns", func() (*series.Autoregression, error) {
			shared := cfg
			shared.Shared = true
			return series.FitAutoregression(scaled[:p.rows], shared)
		}},
		{ridgeRegression, func() (*series.Autoregression, error) { return series.ChooseAutoregression(scaled[:p.rows], cfg) }},
	}
	for _, r := range regressions {
		if r.name == "the same for all columns" && len(b.targets) == 1 {
			continue
		}
		a, err := r.fit()
		if err != nil {
			return nil, errors.Wrapf(err, "-lags %s", b.lags)
		}
		err = add(r.name, func(at int) ([][]float64, error) {
			ahead, err := a.Forecast(scaled[:at])
			for _, row := range ahead {
				for k, z := range row {
					row[k] = scaler[k].Inverse(z)
				}
			}
			return ahead, err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// scaled is the series as the linear regression reads it: standardised by the first rows, and of logarithms
// if the networks take them.
func (b *backtest) scaled(rows int) ([][]float64, series.Scaler, error) {
	scalings := make([]series.Scaling, len(b.series.Names))
	for j := range scalings {
		if j >= len(b.targets) {
			scalings[j].By = series.Identity
		} else if b.log {
			scalings[j].Log = series.Log
		}
	}
	scaler, err := series.FitScaler(b.series.Values[:rows], b.series.Names, scalings...)
	if err != nil {
		return nil, nil, err
	}
	scaled, err := scaler.Transform(b.series.Values)
	return scaled, scaler, err
}

// figures are the errors of a forecast. MSE and MAE are those of columns standardised by the training
// rows, as in Zhou et al., 2021; RMSE is in the unit of the column, if there is but one.
type figures struct {
	Name string  `json:"name"`
	MSE  float64 `json:"mse"`
	MAE  float64 `json:"mae"`
	RMSE float64 `json:"rmse,omitempty"`
}

// measure compares the forecast of a part with the truth.
func (b *backtest) measure(name string, p part, f forecast) figures {
	all := figures{Name: name}
	n := float64(len(f.means) * b.horizon * len(b.targets))
	for i, rows := range f.means {
		for h, row := range rows {
			truth := b.series.Values[p.from+i+h]
			for k, v := range row {
				all.MSE += series.SquaredError(truth[k], v) / (b.unit[k].Scale * b.unit[k].Scale) / n
				all.MAE += series.AbsoluteError(truth[k], f.medians[i][h][k]) / b.unit[k].Scale / n
			}
		}
	}
	if len(b.targets) == 1 {
		all.RMSE = b.unit[0].Scale * math.Sqrt(all.MSE)
	}
	return all
}

func (b *backtest) print(w io.Writer, title string, all []figures) {
	fmt.Fprintf(w, "%-26s %8s %8s", title, "MSE", "MAE")
	if len(b.targets) == 1 {
		fmt.Fprintf(w, " %10s", "RMSE")
	}
	for _, f := range all {
		fmt.Fprintf(w, "\n%-26s %8.4f %8.4f", f.Name, f.MSE, f.MAE)
		if len(b.targets) == 1 {
			fmt.Fprintf(w, " %10.3f", f.RMSE)
		}
	}
	fmt.Fprint(w, "\n\n")
}
