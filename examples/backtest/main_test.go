package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/examples/internal/cli"
)

// quick is the default series with small networks.
func quick(t *testing.T) settings {
	return settings{
		Flags: cli.Flags{Checkpoint: filepath.Join(t.TempDir(), "models"), Seed: 1, JSON: true},
		csv:   "../forecast/airline.csv", validation: 24, test: 48, horizon: 1, season: 12, difference: 12,
		lags: "1,12,13", cell: "gru", window: 12, linear: 2, hidden: 4, log: true, refit: true, rate: 1e-2,
		batch: 16, steps: 60, often: 5, patience: 2, members: 2,
	}
}

// results is what -json prints.
type results struct {
	Validation, Test []figures
	Recommended      string
}

func resultsOf(t *testing.T, c settings) results {
	t.Helper()
	var out bytes.Buffer
	if err := run(context.Background(), &out, io.Discard, c); err != nil {
		t.Fatal(err)
	}
	var got results
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("%v in %q", err, out.String())
	}
	return got
}

// named gives the figures of that name.
func named(t *testing.T, all []figures, name string) figures {
	t.Helper()
	for _, f := range all {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no %q in %+v", name, all)
	return figures{}
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s: %.5f, want %.5f", what, got, want)
	}
}

func TestRun(t *testing.T) {
	c := quick(t)
	got := resultsOf(t, c)
	near(t, "last value", named(t, got.Test, "last value").RMSE, 48.041, 5e-4)
	near(t, "seasonal naive", named(t, got.Test, "seasonal naive").RMSE, 41.854, 5e-4)
	near(t, "linear regression", named(t, got.Test, "linear regression").RMSE, 14.164, 5e-4)
	if rmse := named(t, got.Test, "networks, averaged").RMSE; rmse > 25 {
		t.Errorf("the networks, averaged: RMSE %.2f, want at most 25", rmse)
	}
	if n := len(got.Test); n != 7 || len(got.Validation) != 5 {
		t.Errorf("figures %+v", got)
	}
	near(t, "ridge regression", named(t, got.Test, "ridge regression").RMSE, 14.164, 0.5)
	for _, f := range got.Validation {
		if f.MSE < named(t, got.Validation, got.Recommended).MSE {
			t.Errorf("%s has an MSE of %.4f on the validation rows, the recommended %s a greater one", f.Name, f.MSE, got.Recommended)
		}
	}
	for k := range 2 {
		if saved, _ := filepath.Glob(filepath.Join(c.Checkpoint, fmt.Sprint(k+1), "model", "model.json")); len(saved) != 1 {
			t.Errorf("network %d is not in %s", k+1, c.Checkpoint)
		}
	}
	c = quick(t)
	c.refit = false
	if without := resultsOf(t, c); named(t, without.Test, "linear regression") == named(t, got.Test, "linear regression") ||
		named(t, without.Test, "network 1") == named(t, got.Test, "network 1") || fmt.Sprint(without.Validation) != fmt.Sprint(got.Validation) {
		t.Errorf("without -refit %+v, with it %+v", without, got)
	}
}

// What the flags are by default comes to what docs/results.md says of it.
func TestAirline(t *testing.T) {
	c := quick(t)
	c.validation, c.cell, c.linear, c.hidden = 36, "vanilla", 12, 16
	c.decay, c.rate, c.steps, c.often, c.patience, c.members = 0.01, 3e-3, 600, 10, 10, 5
	if rmse := named(t, resultsOf(t, c).Test, "networks, averaged").RMSE; rmse > 16 {
		t.Errorf("RMSE %.2f, want at most 16", rmse)
	}
}

// hours is a table of two columns that repeat after six hours, with a third that is not asked for.
func hours(t *testing.T, n int) string {
	t.Helper()
	var table strings.Builder
	table.WriteString("at,other,a,b\n")
	for i := range n {
		at := time.Date(2020, 1, 1, i, 0, 0, 0, time.UTC).Format("2006-01-02 15:04:05")
		x := 2 * math.Pi * float64(i) / 6
		fmt.Fprintf(&table, "%s,%d,%.6f,%.6f\n", at, i, 5+math.Sin(x), 100*math.Cos(x))
	}
	path := filepath.Join(t.TempDir(), "hours.csv")
	if err := os.WriteFile(path, []byte(table.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// undated is a table of as many rows as the default series, without dates.
func undated(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "undated.csv")
	table := "passengers\n"
	for i := range 144 {
		table += fmt.Sprintf("%d\n", 100+i%12)
	}
	if err := os.WriteFile(path, []byte(table), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// Several columns, and several rows ahead: of waves that repeat, the season and the regression leave nothing,
// and the last value what can be worked out by hand.
func TestRunOnColumns(t *testing.T) {
	c := quick(t)
	c.csv, c.columns, c.calendar = hours(t, 200), "a,b", "hour_of_day"
	c.rows, c.validation, c.test, c.horizon, c.season, c.difference = 150, 24, 30, 3, 6, 0
	c.lags, c.log, c.fitted, c.steps, c.members = "1,2", false, true, 200, 1
	got := resultsOf(t, c)
	for _, name := range []string{"seasonal naive", "linear regression", "the same for all columns"} {
		near(t, name, named(t, got.Test, name).MSE, 0, 1e-9)
	}
	// (sin(x+d) - sin(x))² is 1-cos(d) at the mean of a wave, twice that when the variance of 1/2 is 1.
	want := 0.0
	for h := 1; h <= 3; h++ {
		want += 2 * (1 - math.Cos(2*math.Pi*float64(h)/6)) / 3
	}
	near(t, "last value", named(t, got.Validation, "last value").MSE, want, 0.1)
	if mse := named(t, got.Test, "networks, averaged").MSE; mse > 0.3 {
		t.Errorf("the network: MSE %.3f, want at most 0.3 of the last value's %.3f", mse, want)
	}
}

// The flags can be declared, and those of the commands of docs/results.md are among them.
func TestCommandsOfTheResults(t *testing.T) {
	text, err := os.ReadFile("../../docs/results.md")
	if err != nil {
		t.Fatal(err)
	}
	joined := strings.ReplaceAll(string(text), "\\\n", " ")
	commands := 0
	for _, line := range strings.Split(joined, "\n") {
		_, arguments, found := strings.Cut(strings.TrimSpace(line), "go run ./examples/backtest")
		if !found {
			continue
		}
		commands++
		flag.CommandLine = flag.NewFlagSet("backtest", flag.ContinueOnError)
		flag.CommandLine.SetOutput(io.Discard)
		c := declare()
		if err := flag.CommandLine.Parse(strings.Fields(arguments)); err != nil || c.Files.JSON != "" {
			t.Errorf("%s: error %v, log %q", arguments, err, c.Files.JSON)
		}
	}
	if commands < 4 {
		t.Errorf("%d commands, want at least 4", commands)
	}
}

func TestRunRefuses(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(c *settings)
		want   string
	}{
		{"no file", func(c *settings) { c.csv = "none.csv" }, "none.csv"},
		{"column", func(c *settings) { c.columns = "ships" }, `"ships"`},
		{"log as it was", func(c *settings) { c.Files.JSON = "false" }, "-log=false: -log names a file; -logarithms=false says"},
		{"rows", func(c *settings) { c.rows = 1000 }, "-rows: split"},
		{"test", func(c *settings) { c.test = 0 }, "-test 0, want at least 1"},
		{"horizon", func(c *settings) { c.horizon = 30 }, "at least the horizon of 30 in each"},
		{"window", func(c *settings) { c.window = 70 }, "before them 82 rows"},
		{"lag", func(c *settings) { c.lags = "1,12-8" }, `-lags "1,12-8": "12-8" is`},
		{"lag twice", func(c *settings) { c.lags = "1,1" }, "-lags 1,1: fit autoregression"},
		{"calendar", func(c *settings) { c.calendar = "moon" }, "moon"},
		{"calendar without dates", func(c *settings) {
			c.csv, c.columns, c.calendar = undated(t), "passengers", "month_of_year"
		}, "dates"},
		{"cell", func(c *settings) { c.cell = "brain" }, `"brain"`},
		{"linear part", func(c *settings) { c.linear = 13 }, "linear part of 13 rows"},
		{"steps", func(c *settings) { c.steps = 0 }, "0 steps"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := quick(t)
			tc.change(&c)
			err := run(context.Background(), io.Discard, io.Discard, c)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q in it", err, tc.want)
			}
			if _, err := os.Stat(c.Checkpoint); err == nil {
				t.Error("something was written")
			}
		})
	}
}

// Interrupted after the lines that tell of trainings done, and resumed, it comes to the same figures.
func TestInterrupted(t *testing.T) {
	whole := resultsOf(t, quick(t))
	for after := 1; after <= 3; after++ {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		c := quick(t)
		lines := 0
		progress := writerFunc(func(p []byte) (int, error) {
			if lines++; lines == after {
				cancel()
			}
			return len(p), nil
		})
		if err := run(ctx, io.Discard, progress, c); !errors.Is(err, cli.ErrInterrupted) {
			t.Fatalf("error %v, want that it was interrupted", err)
		}
		c.Resume = true
		if got := resultsOf(t, c); fmt.Sprint(got) != fmt.Sprint(whole) {
			t.Errorf("taken up after line %d\n%+v, want\n%+v", after, got, whole)
		}
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// What networks are compared with, on the series of docs/results.md. The figures of the rules were
// computed outside of this repository.
func TestYardsticks(t *testing.T) {
	folder := os.Getenv("ELMAN_DATA")
	if folder == "" {
		t.Skip("ELMAN_DATA is not set: no series to measure")
	}
	for _, tc := range []struct {
		file   string
		c      settings
		metric func(f figures) float64
		want   map[string]float64
	}{
		{"forecast_small/monthly-sunspots.csv", settings{validation: 451, test: 564, season: 132, lags: "1-20"},
			func(f figures) float64 { return f.RMSE },
			map[string]float64{"last value": 20.091, "seasonal naive": 45.440, "linear regression": 18.320}},
		{"forecast_small/daily-min-temperatures.csv",
			settings{calendar: "day_of_year", validation: 584, test: 730, season: 365, lags: "1-10"},
			func(f figures) float64 { return f.RMSE },
			map[string]float64{"last value": 2.481, "seasonal naive": 3.728, "linear regression": 2.159}},
		{"ett/ETTh1.csv.gz",
			settings{rows: 14400, validation: 2880, test: 2880, horizon: 24, season: 24, lags: "1-96"},
			func(f figures) float64 { return f.MSE },
			map[string]float64{"last value": 1.222, "seasonal naive": 0.424, "the same for all columns": 0.309}},
	} {
		t.Run(filepath.Base(tc.file), func(t *testing.T) {
			c := tc.c
			c.csv, c.horizon, c.refit = filepath.Join(folder, tc.file), max(1, c.horizon), c.rows == 0
			c.members, c.often, c.window = 1, 1, 1
			b, err := load(c, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			all, err := b.yardsticks(b.tested())
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range tc.want {
				near(t, name, tc.metric(named(t, all, name)), want, 6e-4)
			}
		})
	}
}
