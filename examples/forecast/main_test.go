package main

import (
	"bytes"
	"context"
	"encoding/json"
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

func quick(t *testing.T) settings {
	dir := t.TempDir()
	return settings{
		Flags:      cli.Flags{Seed: 1, JSON: true, Checkpoint: filepath.Join(dir, "models")},
		difference: -1, hidden: 8, members: 1, steps: 20, plot: filepath.Join(dir, "plot.png"),
	}
}

// results are what -json prints.
type results struct {
	Models, Baselines []figures
	Chosen, Kind      string
	Seasons           []int
	Horizon, Holdout  int
	Model             string
}

// named gives the figures of a candidate.
func (r results) named(t *testing.T, name string) figures {
	t.Helper()
	for _, f := range append(r.Models, r.Baselines...) {
		if f.Name+f.Model == name {
			return f
		}
	}
	t.Fatalf("no %q in %+v", name, r)
	return figures{}
}

func resultsOf(t *testing.T, c settings) results {
	t.Helper()
	var out, log bytes.Buffer
	if err := run(context.Background(), &out, &log, c); err != nil {
		t.Fatalf("%v after\n%s", err, &log)
	}
	var got results
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("%v in %q", err, out.String())
	}
	return got
}

func TestRun(t *testing.T) {
	c := quick(t)
	c.Files.JSON, c.Files.Report = filepath.Join(t.TempDir(), "run.jsonl"), filepath.Join(t.TempDir(), "report.html")
	got := resultsOf(t, c)
	page, err := os.ReadFile(c.Files.Report)
	for _, want := range []string{"lstm", "gru", "vanilla"} { // on one page
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("%v: %q is not in the report", err, want)
		}
	}
	for _, cell := range []string{"lstm", "gru", "vanilla"} {
		log, err := os.ReadFile(c.Files.Named(cell).JSON)
		for _, want := range []string{`"step":2,`, `"name":"forecast","value":{"x":"row","y":"passengers","unit":"thousands","dates":true`, `"name":"validation/loss"`} {
			if !bytes.Contains(log, []byte(want)) {
				t.Errorf("%s: %v, %d bytes, want %s in the log", cell, err, len(log), want)
			}
		}
	}
	if len(got.Models) != 3 || fmt.Sprint(got.Seasons) != "[12]" || got.Horizon != 12 || got.Holdout != 12 {
		t.Fatalf("figures %+v", got)
	}
	for name, want := range map[string]float64{"last value": 14.25, "seasonal naive": 9.99, "seasonal growth": 2.95} {
		if mape := float64(got.named(t, name).MAPE); math.Abs(mape-want) > 0.005 {
			t.Errorf("%s: MAPE %.3f %%, want %.2f", name, mape, want)
		}
	}
	for _, f := range append(got.Models, got.named(t, got.Chosen)) {
		if f.MAPE > 2.95 {
			t.Errorf("%s%s: MAPE %.2f %%, want no more than seasonal growth has", f.Model, f.Name, float64(f.MAPE))
		}
	}
	for _, f := range append(got.Models, got.Baselines...) {
		if f.Validation < got.named(t, got.Chosen).Validation*(1-margin) {
			t.Errorf("%+v is better in validation than %s, which was chosen", f, got.Chosen)
		}
	}
	if png, err := os.ReadFile(c.plot); err != nil || !bytes.HasPrefix(png, []byte("\x89PNG")) {
		t.Errorf("picture: %v, %d bytes", err, len(png))
	}
	if _, err := os.Stat(filepath.Join(got.Model, descriptionFile)); err != nil {
		t.Error(err)
	}
}

// table writes a table of a column, with dates unless the format is "".
func table(t *testing.T, values []float64, begin time.Time, step func(i int) time.Time, layout string) string {
	t.Helper()
	var text strings.Builder
	if layout != "" {
		text.WriteString("date,")
	}
	text.WriteString("v\n")
	for i, v := range values {
		if layout != "" {
			text.WriteString(step(i).Format(layout) + ",")
		}
		if math.IsNaN(v) {
			text.WriteString("NA\n")
		} else {
			fmt.Fprintf(&text, "%.6f\n", v)
		}
	}
	path := filepath.Join(t.TempDir(), "table.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// scramble is numbers about 0 that look random.
func scramble(i int) float64 { return math.Mod(1e4*math.Abs(math.Sin(float64(i)*12.9898)), 1) - 0.5 }

// Of a random walk no network knows more than a rule: the answer is one, and it is used as such.
func TestTheAnswerMayBeARule(t *testing.T) {
	values := make([]float64, 300)
	for i := 1; i < len(values); i++ {
		values[i] = values[i-1] + scramble(i)
	}
	c := quick(t)
	c.csv = table(t, values, time.Time{}, nil, "")
	got := resultsOf(t, c)
	if got.Kind != rule || got.Chosen != "last value" && got.Chosen != "drift" {
		t.Errorf("chosen: %s %q of %+v", got.Kind, got.Chosen, got)
	}
	use := quick(t)
	use.csv, use.model = c.csv, got.Model
	for _, row := range usedBy(t, use) {
		if math.Abs(row.Value-values[299]) > 0.3 || !(row.Low < row.Value && row.Value < row.High) {
			t.Errorf("%+v, want about the last value, %.5f, within its band", row, values[299])
		}
	}
}

func usedBy(t *testing.T, c settings) []ahead {
	t.Helper()
	var out bytes.Buffer
	if err := run(context.Background(), &out, io.Discard, c); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Model    string
		Forecast []ahead
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || len(got.Forecast) == 0 {
		t.Fatalf("%v in %q", err, out.String())
	}
	if png, err := os.ReadFile(c.plot); err != nil || !bytes.HasPrefix(png, []byte("\x89PNG")) {
		t.Errorf("picture: %v, %d bytes", err, len(png))
	}
	return got.Forecast
}

// What each kind of candidate saves forecasts, from the rows it was fitted to, what the candidate does.
func TestUse(t *testing.T) {
	c := quick(t)
	s, gaps, err := read(&c, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	p, err := cut(s, gaps, c)
	if err != nil {
		t.Fatal(err)
	}
	candidates, err := p.validateAll(p.methods(-1), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	networks, err := p.networks(context.Background(), io.Discard, best(candidates, regression).regression, c)
	if err != nil {
		t.Fatal(err)
	}
	candidates = append(candidates, networks...)
	for _, kind := range []string{rule, smoothing, regression, combination, network} {
		t.Run(kind, func(t *testing.T) {
			chosen := best(candidates, kind)
			folder := filepath.Join(t.TempDir(), "model")
			if err := p.save(folder, chosen, c); err != nil {
				t.Fatal(err)
			}
			d, e, err := open(folder)
			if err != nil {
				t.Fatal(err)
			}
			got, err := d.levels(context.Background(), e, p.values[:p.known])
			if err != nil {
				t.Fatal(err)
			}
			predict, err := chosen.fit(p.values[:p.known])
			if err != nil {
				t.Fatal(err)
			}
			want, err := predict(p.values[:p.known], p.horizon)
			if err != nil {
				t.Fatal(err)
			}
			if len(got[1]) != len(want) {
				t.Fatalf("%d rows, want %d", len(got[1]), len(want))
			}
			for h := range want {
				if math.Abs(got[1][h]-want[h]) > 1e-9*want[h] || got[0][h] > got[1][h] || got[2][h] < got[1][h] {
					t.Errorf("row %d: %.9g within %.4g and %.4g, want %.9g", h, got[1][h], got[0][h], got[2][h], want[h])
				}
			}
			use := quick(t)
			use.model = folder
			rows := usedBy(t, use)
			if len(rows) != 12 || rows[0].Date != "1961-01" || rows[11].Date != "1961-12" {
				t.Errorf("forecasts %+v, want those of 1961", rows)
			}
			if kind == network {
				use.model = filepath.Join(folder, "network-1")
				if rows := usedBy(t, use); len(rows) != 12 {
					t.Errorf("%d rows of one network", len(rows))
				}
			}
		})
	}
}

func TestUseRefuses(t *testing.T) {
	folder := t.TempDir()
	for text, want := range map[string]string{
		"":  "no forecast.json",
		"{": "forecast.json: unexpected end",
		`{"horizon":0,"parts":[{"name":"last value"}]}`: "horizon 0",
		`{"horizon":2}`: "0 methods",
		`{"horizon":2,"parts":[{"name":"crystal ball"}]}`: `no method "crystal ball"`,
		`{"horizon":2,"networks":["../../x"]}`:            "x",
	} {
		if text != "" {
			if err := os.WriteFile(filepath.Join(folder, descriptionFile), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		c := quick(t)
		c.model = folder
		if err := run(context.Background(), io.Discard, io.Discard, c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q in it", text, err, want)
		}
		os.Remove(filepath.Join(folder, descriptionFile))
	}
}

// Gaps are filled with the value before and count nowhere.
func TestGaps(t *testing.T) {
	values := make([]float64, 160)
	for i := range values {
		values[i] = 10 + math.Sin(2*math.Pi*float64(i)/7) + 0.1*scramble(i)
	}
	values[0], values[50], values[155] = math.NaN(), math.NaN(), math.NaN()
	begin := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	c := quick(t)
	c.csv = table(t, values, begin, func(i int) time.Time { return begin.AddDate(0, 0, i) }, "2006-01-02")
	c.table.CSV.Date = "date"
	got := resultsOf(t, c)
	if fmt.Sprint(got.Seasons) != "[7]" || got.Horizon != 7 || got.Holdout != 14 || got.named(t, "seasonal naive").MAE > 0.2 {
		t.Errorf("figures %+v", got)
	}
}

func TestRunRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bad.csv")
	for _, tc := range []struct {
		name, csv string
		change    func(c *settings)
		want      string
	}{
		{"missing column", "a,b\n1,2\n", func(c *settings) { c.column = "c" }, `"c"`},
		{"text", "a\n1\nx\n", nil, "x"},
		{"ragged", "a,b\n1,2\n3\n", func(c *settings) { c.column = "a" }, "bad.csv"},
		{"few rows", "a\n1\n2\n3\n", nil, "rows"},
		{"gaps only", "a\nNaN\nNaN\n", nil, "rows"},
		{"two columns", "a,b\n1,2\n3,4\n", nil, `needs -column, the name of the one to forecast: columns of numbers are ["a" "b"]`},
		{"unclear dates", "day,a\n01/02/2020,1\n02/02/2020,2\n", func(c *settings) { c.table.CSV.Date = "day" }, "-day-first or -month-first"},
		{"holdout", "a\n" + strings.Repeat("1\n2\n", 20), func(c *settings) { c.holdout = 40 }, "40 held out"},
		{"season", "a\n" + strings.Repeat("1\n2\n", 20), func(c *settings) { c.season = 30 }, "at least 30"},
		{"negative horizon", "a\n1\n", func(c *settings) { c.horizon = -1 }, "-horizon -1, want at least 0"},
		{"members", "a\n1\n", func(c *settings) { c.members = -1 }, "-members -1, want at least 0"},
		{"column without a file", "a\n1\n", func(c *settings) { c.csv, c.column = "", "a" }, "-column and -date are for a -csv"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := os.WriteFile(file, []byte(tc.csv), 0o666); err != nil {
				t.Fatal(err)
			}
			c := quick(t)
			c.csv = file
			if tc.change != nil {
				tc.change(&c)
			}
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

// Rows that are held out may be what no row before was: below 0, of which there is no logarithm and no season that
// multiplies.
func TestHeldOutRowsBelowZero(t *testing.T) {
	values := make([]float64, 132)
	for i := range values {
		values[i] = math.Exp(0.02*float64(i)+0.5*math.Sin(2*math.Pi*float64(i)/12)) * (1 + 0.02*scramble(i))
		if i >= 108 {
			values[i] = -values[i]
		}
	}
	c := quick(t)
	c.csv, c.season, c.holdout = table(t, values, time.Time{}, nil, ""), 12, 24
	if got := resultsOf(t, c); got.Chosen == "" || got.named(t, "last value").MAE == 0 {
		t.Errorf("figures %+v", got)
	}
}

// A constant series, and one of few rows, have an answer.
func TestRunOnLittle(t *testing.T) {
	for name, values := range map[string][]float64{
		"constant": {5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5},
		"few":      {1, 2, 4, 3, 5, 6, 8, 7, 9},
	} {
		c := quick(t)
		c.csv = table(t, values, time.Time{}, nil, "")
		if got := resultsOf(t, c); got.named(t, got.Chosen).MAE > 3 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c := quick(t)
	progress := writerFunc(func(p []byte) (int, error) {
		if bytes.HasPrefix(p, []byte("gru")) {
			cancel()
		}
		return len(p), nil
	})
	if err := run(ctx, io.Discard, progress, c); !errors.Is(err, cli.ErrInterrupted) {
		t.Fatalf("error %v, want that it was interrupted", err)
	}
	if saved, _ := filepath.Glob(filepath.Join(c.Checkpoint, "*", "step-*", "model.json")); len(saved) == 0 {
		t.Error("nothing is saved")
	}
	c.Resume = true
	got, want := resultsOf(t, c), resultsOf(t, quick(t))
	got.Model, want.Model = "", ""
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("resumed\n%+v, want\n%+v", got, want)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// On series that nothing here was tuned to, what is recommended is held to the rule that turns out to be the best
// on the held-out rows, which only these rows can tell.
func TestUnseenSeries(t *testing.T) {
	folder := os.Getenv("ELMAN_DATA")
	if folder == "" {
		t.Skip("ELMAN_DATA is not set: no series to measure")
	}
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	logs, n := 0.0, 0.0
	for file, columns := range map[string][2]string{
		"forecast_small/monthly-shampoo-sales.csv":     {"", "Sales"},
		"forecast_small/daily-total-female-births.csv": {"Date", "Births"},
		"forecast_small/monthly-sunspots.csv":          {"Month", "Sunspots"},
		"forecast_small/daily-min-temperatures.csv":    {"Date", "Temp"},
		"forecast_small/co2-weekly-mauna-loa.csv":      {"date", "co2"},
		"stock_aapl/finance-charts-apple.csv":          {"Date", "AAPL.Close"},
	} {
		c := quick(t)
		c.csv, c.table.CSV.Date, c.column = filepath.Join(folder, file), columns[0], columns[1]
		got := resultsOf(t, c)
		least := math.Inf(1)
		for _, f := range got.Baselines {
			if f.Kind == rule {
				least = min(least, f.MAE)
			}
		}
		mae := got.named(t, got.Chosen).MAE
		t.Logf("%s: %s %.4g, the best rule %.4g", file, got.Chosen, mae, least)
		if mae > 1.1*least {
			t.Errorf("%s: %s has %.4g, the best rule %.4g", file, got.Chosen, mae, least)
		}
		logs, n = logs+math.Log(mae/least), n+1
	}
	if ratio := math.Exp(logs / n); ratio > 1 {
		t.Errorf("%.3f times the error of the best rule, want no more than it", ratio)
	}
}
