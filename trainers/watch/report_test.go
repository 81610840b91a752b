package watch_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"iter"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/watch"
)

// long are the events of training with n steps, with one spike.
func long(n, params int) iter.Seq2[trainers.Event, error] {
	return func(yield func(trainers.Event, error) bool) {
		r := rand.New(rand.NewPCG(1, 2))
		for step := 1; step <= n; step++ {
			x := float64(step) / float64(n)
			emit := func(name string, v any) {
				yield(trainers.Event{Step: step, Epoch: step * 9 / n, Elapsed: time.Duration(step) * time.Millisecond, Name: name, Value: v}, nil)
			}
			loss := 1.2 + 2.4*math.Exp(-6*x) + 0.12*r.NormFloat64()
			if step == n/2+1 {
				loss = 7.5
			}
			emit("loss", loss)
			emit("rate", 3e-3*(1+math.Cos(math.Pi*x))/2)
			emit("grad_norm", math.Exp(0.7*r.NormFloat64())*(0.3+3*math.Exp(-9*x)))
			if step%max(1, n/40) == 0 {
				emit("validation/loss", 1.3+2.3*math.Exp(-6*x)+0.1*x*x)
				emit("validation/accuracy", 0.8-0.6*math.Exp(-6*x))
				for p := range params {
					emit("update_ratio/lm/rnn/"+string(rune('a'+p)), math.Exp(-6-0.3*float64(p)-2*x+0.2*r.NormFloat64()))
				}
				emit("sample", strings.Repeat("func NewReader(r io.Reader) *Reader {\n\treturn <b>nil</b>\n}\n", 2))
				values := make([]float64, 500)
				for i := range values {
					values[i] = r.NormFloat64()*(0.1+x) + 0.2*x
				}
				emit("weights/lm/rnn/wx", trainers.NewHistogram(values))
				emit("weights/lm/rnn/wh", trainers.NewHistogram(values))
				emit("gradients/lm/rnn/wx", trainers.NewHistogram(values))
				truth, fc := make([]float64, 36), make([]float64, 12)
				xs := make([]float64, 12)
				for i := range truth {
					truth[i] = 300 + 4*float64(i) + 60*math.Sin(float64(i)/12*2*math.Pi)
				}
				for i := range fc {
					xs[i] = float64(24 + i)
					fc[i] = truth[24+i] + 60*(1-x)*r.NormFloat64()
				}
				emit("forecast", trainers.Curves{X: "month", Y: "thousand passengers", Lines: []trainers.Curve{{Name: "truth", Y: truth}, {Name: "forecast", X: xs, Y: fc}}})
			}
		}
	}
}

// page writes a report, and holds its drawings to be sound.
func page(t *testing.T, title string, events iter.Seq2[trainers.Event, error]) string {
	t.Helper()
	var text strings.Builder
	if err := watch.WriteReport(&text, title, events); err != nil {
		t.Fatal(err)
	}
	for _, svg := range regexp.MustCompile("(?s)<svg.*?</svg>").FindAllString(text.String(), -1) {
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("what is not finite in %s", svg)
		}
		for _, number := range regexp.MustCompile(`[ML]([-0-9.]+) ([-0-9.]+)`).FindAllStringSubmatch(svg, -1) {
			x, _ := strconv.ParseFloat(number[1], 64)
			y, _ := strconv.ParseFloat(number[2], 64)
			if x < 0 || x > 640 || y < 0 || y > 280 {
				t.Errorf("point %s is outside of %.60s", number[0], svg)
				break
			}
		}
		for d := xml.NewDecoder(strings.NewReader(svg)); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%v in %s", err, svg)
			}
		}
	}
	for _, data := range regexp.MustCompile(`(?s)<script type="application/json">(.*?)</script>`).FindAllStringSubmatch(text.String(), -1) {
		if !json.Valid([]byte(data[1])) {
			t.Errorf("no JSON: %s", data[1])
		}
	}
	if strings.Contains(text.String(), "ZgotmplZ") || regexp.MustCompile(`(?i)https?://|src=|@import|url\(`).MatchString(text.String()) {
		t.Error("the page is not whole in itself")
	}
	return text.String()
}

func TestReportOfAnyLength(t *testing.T) {
	for _, n := range []int{10, 1000, 200_000} {
		text := page(t, "A <model>", long(n, 11))
		if len(text) > 500_000 {
			t.Errorf("%d steps: %d bytes, want at most 500 000", n, len(text))
		}
		if got := strings.Count(text, fmt.Sprintf(`"range":[1,%d]`, n)); got < 5 {
			t.Errorf("%d steps: %d charts of numbers begin at step 1, want all 5", n, got)
		}
		spike := fmt.Sprintf("[%d,7.5]", n/2+1)
		for _, want := range []string{
			"<title>A &lt;model&gt;</title>", ">Loss<", ">Learning rate<", ">Gradient norm", ">Update ratio", ">accuracy<", ">validation<", ">lm/rnn/k<",
			">norm of update / norm of weights<", spike, ">forecast<", ">thousand passengers<", "return &lt;b&gt;nil&lt;/b&gt;", fmt.Sprintf("<span>step %d</span>", n), ">weights/lm/rnn/wx<",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%d steps: no %q", n, want)
			}
		}
	}
}

func TestReportOfLittle(t *testing.T) {
	scalar := func(step int, v float64) trainers.Event { return trainers.Event{Step: step, Name: "loss", Value: v} }
	value := func(name string, v any) trainers.Event { return trainers.Event{Step: 1, Name: name, Value: v} }
	nan := math.NaN()
	for name, list := range map[string][]trainers.Event{
		"nothing":      nil,
		"one":          {scalar(1, 2)},
		"zero":         {scalar(0, 0), scalar(1, 0)},
		"constant":     {scalar(1, -3), scalar(2, -3)},
		"NaN":          {scalar(1, nan)},
		"large":        {scalar(1, math.MaxFloat64), scalar(2, -math.MaxFloat64), scalar(3, 1e300)},
		"small":        {scalar(1, 1e-320), scalar(2, 1e-300)},
		"far apart":    {scalar(1, 1e-300), scalar(2, 1e300)},
		"text":         {value("sample", ""), value("sample", "\x00\xff")},
		"histogram":    {value("weights", trainers.NewHistogram(nil)), value("w", trainers.NewHistogram([]float64{1})), value("v", trainers.NewHistogram([]float64{-math.MaxFloat64, math.MaxFloat64}))},
		"curves":       {value("a", trainers.Curves{}), value("b", trainers.Curves{Lines: []trainers.Curve{{Y: []float64{nan}}}}), value("c", trainers.Curves{Lines: []trainers.Curve{{Y: []float64{nan, 1}}}}), value("d", trainers.Curves{Lines: []trainers.Curve{{X: []float64{1e18, 1e18 + 200}, Y: []float64{1, 2}}}})},
		"hostile":      {value("</script><script>alert(1)</script>", 1.0), value("<i>", "<i>"), value("\"><b>", trainers.Curves{X: "<b>", Y: "<i>", Lines: []trainers.Curve{{Name: "</script><b>", Y: []float64{1, 2}}}})},
		"another kind": {value("x", 1.0), value("x", "text")},
	} {
		t.Run(name, func(t *testing.T) {
			plots := watch.Plots{Dir: t.TempDir()}
			if err := plots.Start(&trainers.Run{}); err != nil {
				t.Fatal(err)
			}
			for _, e := range list {
				if err := plots.Event(nil, e); err != nil {
					t.Error(err)
				}
			}
			if err := plots.End(nil); err != nil {
				t.Error(err)
			}
			text := page(t, "", func(yield func(trainers.Event, error) bool) {
				for _, e := range list {
					if !yield(e, nil) {
						return
					}
				}
			})
			if strings.Contains(text, "<script>alert") || strings.Contains(text, "<b>\"") || strings.Contains(text, "<i>\"") || strings.Contains(text, "</script><b>") {
				t.Error("a name is taken for HTML")
			}
			if !strings.Contains(text, "<h1>Training</h1>") {
				t.Error("no title")
			}
			if legend := strings.Contains(text, `<ul class="legend">`); name == "constant" && legend {
				t.Error("a legend of one line")
			}
		})
	}
}

func TestWriteReportFails(t *testing.T) {
	err := watch.WriteReport(io.Discard, "", watch.ReadJSON(strings.NewReader("{}\n")))
	if err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("error %v, want one that names the line", err)
	}
	if err := watch.WriteReport(full{}, "", long(10, 1)); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("error %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// A report of training that was resumed tells of all of it, if there is a log.
func TestReportGoesOn(t *testing.T) {
	files, _ := written(t.TempDir())
	files.Plots = "" // which take long to draw
	if err := fit(t, 0, 5, &files, talk); err != nil {
		t.Fatal(err)
	}
	first := read(t, files.Report)
	if err := fit(t, 3, 8, &files, talk); err != nil {
		t.Fatal(err)
	}
	second := read(t, files.Report)
	for step := 1; step <= 8; step++ {
		row := fmt.Sprintf("<span>step %d</span>", step)
		if strings.Contains(first, row) != (step <= 5) || strings.Count(second, row) != 1 {
			t.Errorf("step %d: in the first report %v, in the second %d times", step, strings.Contains(first, row), strings.Count(second, row))
		}
	}
	alone := watch.Report{Path: files.Report}
	if err := fit(t, 3, 8, &alone, talk); err != nil {
		t.Fatal(err)
	}
	if third := read(t, files.Report); strings.Contains(third, "<span>step 3</span>") || !strings.Contains(third, "<span>step 4</span>") {
		t.Error("without a log the report does not begin at step 4")
	}
	if err := fit(t, 0, 2, &alone, talk); err != nil {
		t.Fatal(err)
	}
	if again := read(t, files.Report); strings.Contains(again, "<span>step 4</span>") || strings.Index(again, "<span>step 2</span>") > strings.Index(again, "<span>step 1</span>") {
		t.Error("the report begun anew has old steps, or not the last first")
	}
	alone.Log = files.JSON // has 8 steps
	if err := fit(t, 3, 4, &alone); err != nil {
		t.Fatal(err)
	}
	if text := read(t, files.Report); !strings.Contains(text, "<span>step 3</span>") || strings.Contains(text, "<span>step 4</span>") {
		t.Error("the report reads steps that are still to come")
	}
	edit(t, files.JSON, func(string) string { return "My diary" })
	if err := fit(t, 3, 8, &watch.Report{Path: files.Report, Log: files.JSON}, talk); err == nil || !strings.Contains(err.Error(), files.JSON+": line 1") {
		t.Errorf("error %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(files.Report), "*")); len(left) != 3 {
		t.Errorf("files %q, want three", left)
	}
}

// saboteur puts a folder where a report is to be.
func saboteur(path string) trainers.Hook {
	return trainers.Every(0, func(*trainers.Run) error { return os.Mkdir(path, 0o777) })
}

// What cannot be written at the end leaves nothing behind, and the others end.
func TestReportFailsAtTheEnd(t *testing.T) {
	dir := t.TempDir()
	files := watch.Files{Report: filepath.Join(dir, "run.html"), Plots: filepath.Join(dir, "plots")}
	err := fit(t, 0, 2, &files, saboteur(files.Report))
	if err == nil || !strings.Contains(err.Error(), files.Report) {
		t.Errorf("error %v, want one that names the file", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 2 {
		t.Errorf("%q is left", left)
	}
	if _, err := os.Stat(filepath.Join(files.Plots, "loss.png")); err != nil {
		t.Error(err)
	}
}

// A report is written though training fails.
func TestReportOfFailure(t *testing.T) {
	files, _ := written(t.TempDir())
	files.Plots = ""
	if err := fit(t, 0, 5, &files, talk, failing{}); err == nil {
		t.Fatal("no error")
	}
	if !strings.Contains(read(t, files.Report), "<span>step 1</span>") {
		t.Error("no report of the first step")
	}
	if info, err := os.Stat(files.Report); err != nil || info.Mode()&0o044 != 0o044 {
		t.Errorf("%v, mode %v, want that others may read", err, info.Mode())
	}
}

func TestPlots(t *testing.T) {
	files, _ := written(t.TempDir())
	if err := fit(t, 0, 5, &files, talk); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"loss": 1000, "rate": 1000, "grad_norm": 1000, "values": 1000, "forecast": 50} {
		f, err := os.Open(filepath.Join(files.Plots, name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(f)
		f.Close()
		if err != nil {
			t.Fatal(name, err)
		}
		blue := 0
		for y := range img.Bounds().Dy() {
			for x := range img.Bounds().Dx() {
				if r, _, b, _ := img.At(x, y).RGBA(); b > r+0x5000 {
					blue++
				}
			}
		}
		if t.Log(name, blue); blue < want {
			t.Errorf("%s: %d points of the line, want %d", name, blue, want)
		}
	}
}

// Of curves the last are drawn, and a slash in a name is none in the path.
func TestPlotsNames(t *testing.T) {
	plots := watch.Plots{Dir: t.TempDir()}
	if err := plots.Start(&trainers.Run{}); err != nil {
		t.Fatal(err)
	}
	for step, lines := range [][]trainers.Curve{nil, {{Y: []float64{1, 2}}}} {
		if err := plots.Event(nil, trainers.Event{Step: step, Name: "a/b", Value: trainers.Curves{Lines: lines}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := plots.End(nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(plots.Dir, "a-b.png")); err != nil {
		t.Error(err)
	}
}
