package series

import (
	"compress/gzip"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/elman-go/elman/trainers/data"
)

// dataset is a file of ELMAN_DATA.
func dataset(t *testing.T, path ...string) *os.File {
	t.Helper()
	folder := os.Getenv("ELMAN_DATA")
	if folder == "" {
		t.Skip("ELMAN_DATA is not set: no series to read")
	}
	f, err := os.Open(filepath.Join(append([]string{folder}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// The electricity transformers of Zhou et al., 2021 (Informer): 12 months to learn from, 4 of
// validation, 4 of test, columns standardised on the first. The errors of the last value, and of the
// last day, repeated over the horizon were computed outside of this repository.
func TestTransformers(t *testing.T) {
	s, err := ReadCSV(dataset(t, "ett", "ETTh1.csv.gz"), "ETTh1", CSV{Date: "date"})
	if err != nil {
		t.Fatal(err)
	}
	const window = 24
	parts, err := Panel{s}.SplitTime(window, Row(8640), Row(11520), Row(14400))
	if err != nil {
		t.Fatal(err)
	}
	scalers, err := parts[0].FitScalers()
	if err != nil {
		t.Fatal(err)
	}
	test, err := scalers.Transform(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	for horizon, want := range map[int]struct{ mse, mae, dayMSE, dayMAE float64 }{
		24: {1.222, 0.671, 0.424, 0.389},
		48: {1.267, 0.695, 0.465, 0.407},
	} {
		src, err := test.Windows(data.WindowConfig{Window: window, Horizon: horizon, Batch: 1})
		if err != nil {
			t.Fatal(err)
		}
		if n := 2880 - horizon + 1; src.Len() != n {
			t.Errorf("%d windows, wanted %d", src.Len(), n)
		}
		var mse, mae, dayMSE, dayMAE float64
		for batch, err := range src.Batches(0, 0) {
			if err != nil {
				t.Fatal(err)
			}
			x, y := batch["x"].Data().([]float64), batch["y"].Data().([]float64)
			for i, truth := range y {
				n := float64(len(y) * src.Len())
				last, day := truth-x[(window-1)*7+i%7], truth-x[i%(24*7)]
				mse, mae = mse+last*last/n, mae+math.Abs(last)/n
				dayMSE, dayMAE = dayMSE+day*day/n, dayMAE+math.Abs(day)/n
			}
		}
		for name, pair := range map[string][2]float64{
			"MSE of the last value": {mse, want.mse}, "MAE of the last value": {mae, want.mae},
			"MSE of the last day": {dayMSE, want.dayMSE}, "MAE of the last day": {dayMAE, want.dayMAE},
		} {
			if math.Abs(pair[0]-pair[1]) > 0.0005 {
				t.Errorf("horizon %d: %s %.4f, wanted %.3f", horizon, name, pair[0], pair[1])
			}
		}
	}
}

// The weeks of Mauna Loa of which 59 are empty: windows that read or forecast one are left out, and
// with a mask those that forecast some.
func TestCarbonDioxide(t *testing.T) {
	f := dataset(t, "forecast_small", "co2-weekly-mauna-loa.csv")
	s, err := ReadCSV(f, "co2", CSV{Date: "date", Missing: true})
	if err != nil {
		t.Fatal(err)
	}
	const window, horizon = 8, 4
	gap := func(i int) bool { return math.IsNaN(s.Values[i][0]) }
	gaps, whole, masked := 0, 0, 0
	for i := range s.Values {
		if gap(i) {
			gaps++
		}
	}
	for start := range len(s.Values) - window - horizon + 1 {
		read, ahead := 0, 0
		for i := range window + horizon {
			if gap(start+i) && i < window {
				read++
			} else if gap(start + i) {
				ahead++
			}
		}
		if read == 0 && ahead == 0 {
			whole++
		}
		if read == 0 && ahead < horizon {
			masked++
		}
	}
	if gaps != 59 || whole == masked {
		t.Errorf("%d gaps, wanted 59; %d windows, %d with a mask", gaps, whole, masked)
	}
	for mask, want := range map[bool]int{false: whole, true: masked} {
		src, err := Panel{s}.Windows(data.WindowConfig{Window: window, Horizon: horizon, Batch: 1, Mask: mask})
		if err != nil {
			t.Fatal(err)
		}
		if src.Len() != want {
			t.Errorf("mask %t: %d windows, wanted %d", mask, src.Len(), want)
		}
	}
}

// The hourly series of the M4 competition (Makridakis et al., 2020), 414 of different lengths. The day
// before the last two, repeated, is forecast scaled and measured in units of each series; its MASE is
// that of the competition's sheet.
func TestHourly(t *testing.T) {
	train, test := rows(t, "Hourly-train.csv.gz"), rows(t, "Hourly-test.csv.gz")
	var p Panel
	for n := range train {
		s := &Series{Name: train[n].name, Names: []string{"v"}}
		if test[n].name != s.Name {
			t.Fatalf("series %q beside %q", s.Name, test[n].name)
		}
		for _, v := range append(train[n].values, test[n].values...) {
			s.Values = append(s.Values, []float64{v})
		}
		p = append(p, s)
	}
	const window, horizon, season = 24, 48, 24
	parts, err := p.SplitTime(window, Last(horizon))
	if err != nil {
		t.Fatal(err)
	}
	scalers, err := parts[0].FitScalers(Scaling{Log: Log1p, By: Robust})
	if err != nil {
		t.Fatal(err)
	}
	scaled, err := scalers.Transform(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	src, err := scaled.Windows(data.WindowConfig{Window: window, Horizon: horizon, Batch: 1})
	if err != nil {
		t.Fatal(err)
	}
	if src.Len() != 414 || len(p) != 414 {
		t.Fatalf("%d windows of %d series, wanted 414 of each", src.Len(), len(p))
	}
	mase, k := 0.0, 0
	for batch, err := range src.Batches(0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		n := src.Starts(0)[k].Series
		x, y := batch["x"].Data().([]float64), batch["y"].Data().([]float64)
		var truth, forecast []float64
		for i := range y {
			truth = append(truth, scalers[n][0].Inverse(y[i]))
			forecast = append(forecast, scalers[n][0].Inverse(x[i%season]))
		}
		history, err := parts[0][n].Column("v")
		if err != nil {
			t.Fatal(err)
		}
		e, err := Measure(history, truth, forecast, season)
		if err != nil {
			t.Fatal(err)
		}
		mase += e.MASE / 414
		k++
	}
	if math.Abs(mase-1.193) > 0.0005 {
		t.Errorf("MASE %.4f, wanted 1.193", mase)
	}
}

type row struct {
	name   string
	values []float64
}

// rows reads a table of the competition: a series a row, as many fields as it has values and then empty ones.
func rows(t *testing.T, file string) (all []row) {
	t.Helper()
	unzipped, err := gzip.NewReader(dataset(t, "m4_hourly", file))
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(unzipped).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		r := row{name: record[0]}
		for _, field := range record[1:] {
			if field == "" {
				break
			}
			v, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatal(err)
			}
			r.values = append(r.values, v)
		}
		all = append(all, r)
	}
	return all
}
