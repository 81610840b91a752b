package watch_test

import (
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/watch"
)

// Several runs make one page, which is there when the first has ended, and compares them.
func TestReportComparesRuns(t *testing.T) {
	dir := t.TempDir()
	files := watch.Files{JSON: filepath.Join(dir, "run.jsonl"), Report: filepath.Join(dir, "run.html"), Title: "Cells"}
	train := func(name string, from, steps int) string {
		t.Helper()
		hook := trainers.Every(1, func(r *trainers.Run) error {
			r.Quantity("validation/loss", 1/float64(r.Step), "nats")
			r.Scalar("update_ratio/"+name+"/w", 1e-3)
			r.Text("sample of "+name, fmt.Sprint(name, " at ", r.Step))
			return nil
		})
		if err := fit(t, from, steps, files.Named(name), hook); err != nil {
			t.Fatal(err)
		}
		return read(t, files.Report)
	}
	one := train("lstm", 0, 5)
	if !strings.Contains(one, "<h1>Cells</h1>") || strings.Contains(one, "<table>") || !strings.Contains(one, ">Training loss<") {
		t.Error("the page of the first run is not that of one")
	}
	train("gru", 0, 8)
	train("a <cell>", 0, 3)
	all := train("gru", 6, 10) // resumed
	if left, _ := filepath.Glob(filepath.Join(dir, "*.html")); len(left) != 1 {
		t.Errorf("pages %q, want one", left)
	}
	if got, want := files.String(), fmt.Sprintf("report %s, log %s", files.Report, filepath.Join(dir, "run-*.jsonl")); got != want {
		t.Errorf("the files are %q, want %q", got, want)
	}
	table := regexp.MustCompile(`(?s)<table>.*?</table>`).FindString(all)
	if rows := strings.Count(table, "<tr>"); rows != 4 || !strings.Contains(table, `<th class="run c1">gru</th><td>10<span>`) || !strings.Contains(table, "0.1 nats") {
		t.Errorf("table %s", table)
	}
	losses := regexp.MustCompile(`(?s)<figure><h3>Loss.*?</figure>`).FindAllString(all, -1)
	if len(losses) != 1 {
		t.Fatalf("%d charts of losses, want one for all", len(losses))
	}
	for _, want := range []string{
		`<li class="c0 dashed">lstm, training</li>`, `<li class="c0">lstm, validation</li>`, `<li class="c1 dashed">gru, training</li>`,
		`<li class="c2">a &lt;cell&gt;, validation</li>`, ">loss, nats<", "training: mean over the batches of a step, before the step",
	} {
		if !strings.Contains(losses[0], want) {
			t.Errorf("no %s in the chart of losses", want)
		}
	}
	if norms := regexp.MustCompile(`(?s)<figure><h3>Gradient norm.*?</figure>`).FindString(all); !strings.Contains(norms, `<li class="c2">a &lt;cell&gt;</li>`) {
		t.Errorf("gradient norms have no lines by their runs")
	}
	for _, want := range []string{`<h2 class="run">lstm</h2>`, "<pre>lstm at 5</pre>", "<pre>gru at 10</pre>", "<pre>gru at 6</pre>", "<pre>a &lt;cell&gt; at 3</pre>", ">gru/w<"} {
		if strings.Count(all, want) != 1 {
			t.Errorf("%d times %s, want once", strings.Count(all, want), want)
		}
	}
}

// picture is a report, and its one picture of curves.
func picture(t *testing.T, curves trainers.Curves) string {
	t.Helper()
	plots := watch.Plots{Dir: t.TempDir()}
	event := trainers.Event{Step: 1, Name: "forecast", Value: curves}
	if err := plots.Start(&trainers.Run{}); err != nil {
		t.Fatal(err)
	}
	if err := plots.Event(nil, event); err != nil {
		t.Fatal(err)
	}
	if err := plots.End(nil); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(plots.Dir, "forecast.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := png.Decode(f); err != nil {
		t.Fatal(err)
	}
	return page(t, "", func(yield func(trainers.Event, error) bool) { yield(event, nil) })
}

// Bands, units and dates are drawn, and come back from a log.
func TestCurvesWithBandsAndDates(t *testing.T) {
	var months, values, lower, upper []float64
	for i := range 24 {
		months = append(months, float64(time.Date(2020, time.Month(1+i), 1, 0, 0, 0, 0, time.UTC).Unix()))
		values, lower, upper = append(values, float64(i)), append(lower, float64(i)-3), append(upper, float64(i)+3)
	}
	curves := trainers.Curves{
		X: "month", Y: "passengers", Unit: "thousands", Dates: true,
		Lines: []trainers.Curve{{Name: "truth", X: months, Y: values}},
		Bands: []trainers.Band{{Name: "10 to 90 %", X: months, Lower: lower, Upper: upper}},
	}
	text := picture(t, curves)
	for _, want := range []string{
		`>passengers, thousands<`, `>month<`, ">2020-01<", ">2021-07<", `<path class="band c0"`, `<li class="c0 area">10 to 90 %</li>`, `"dates":true`, `10 to 90 %, upper`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in the page", want)
		}
	}
	path := filepath.Join(t.TempDir(), "run.jsonl")
	emit := trainers.Every(0, func(r *trainers.Run) error { r.Curves("forecast", curves); return nil })
	if err := fit(t, 0, 1, &watch.JSON{Path: path}, emit); err != nil {
		t.Fatal(err)
	}
	list := events(t, strings.NewReader(read(t, path)))
	if got := list[len(list)-1].Value; fmt.Sprint(got) != fmt.Sprint(curves) {
		t.Errorf("read back %v, want %v", got, curves)
	}
	// A band alone is a picture too.
	if text := picture(t, trainers.Curves{Bands: []trainers.Band{{Lower: []float64{1, 2}, Upper: []float64{2, 4}}}}); !strings.Contains(text, `<path class="band c0"`) {
		t.Error("no band")
	}
}

// A report of training that went back shows what happened, with a log and without.
func TestReportGoesBack(t *testing.T) {
	for _, log := range []bool{true, false} {
		dir := t.TempDir()
		j := job{dir: dir, steps: 22}
		report := &watch.Report{Path: filepath.Join(dir, "run.html")}
		if log {
			report.Log = j.files().JSON
		}
		j.more = []trainers.Hook{report, &watch.Plots{Dir: filepath.Join(dir, "plots"), Log: report.Log}}
		if r, err := j.fit(t.Context()); err != nil || r.Skipped != 2 {
			t.Fatalf("%+v, %v", r, err)
		}
		text := read(t, report.Path)
		for step := 1; step <= 22; step++ {
			if n := strings.Count(regexp.MustCompile(`(?s)<h2>first</h2>.*?</section>`).FindString(text), fmt.Sprintf("<span>step %d</span>", step)); n != 1 {
				t.Errorf("log %v: %d texts of step %d, want one", log, n, step)
			}
		}
		losses := regexp.MustCompile(`"name":"training","class":"c\d","points":\[(.*?)\]\]`).FindStringSubmatch(text)
		if losses == nil || strings.Count(losses[1]+"]", "]") != 22 {
			t.Errorf("log %v: losses %v, want 22", log, losses)
		}
	}
}
