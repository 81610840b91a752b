package series_test

import (
	"encoding/json"
	"fmt"
	"log"
	"math"
	"strings"
	"time"

	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/series"
)

const sales = `month,sold,price
2024-01,10,1.0
2024-02,14,1.1
2024-03,12,1.2
2024-04,16,1.1
2024-05,14,1.3
2024-06,18,1.2
`

func Example() {
	s, err := series.ReadCSV(strings.NewReader(sales), "sales", series.CSV{Date: "month"})
	if err != nil {
		log.Fatal(err)
	}
	train := s.Values[:4]
	scaler, err := series.FitScaler(train, s.Names)
	if err != nil {
		log.Fatal(err)
	}
	scaled, err := scaler.Transform(train)
	if err != nil {
		log.Fatal(err)
	}
	src, err := data.NewWindows(scaled, data.WindowConfig{Window: 2, Targets: []int{0}})
	if err != nil {
		log.Fatal(err)
	}
	for batch, err := range src.Batches(0, 0) {
		if err != nil {
			log.Fatal(err)
		}
		y := batch["y"].Data().([]float64)
		fmt.Printf("x %v, y %v %.2f\n", batch["x"].Shape(), batch["y"].Shape(), y)
		fmt.Printf("sold in March: %.0f\n", scaler[0].Inverse(y[0]))
	}
	// Output:
	// x (2, 2, 2), y (1, 2, 1) [-0.45 1.34]
	// sold in March: 12
}

// Hourly readings of two meters, the second ten times as large: cut by time, each scaled by its own
// training part, with the hour of the day for the rows to forecast.
func ExamplePanel() {
	panel := series.Panel{{Name: "house"}, {Name: "school"}}
	for n, s := range panel {
		s.Names = []string{"kWh"}
		s.Static = []float64{float64(n)} // 1 for a public building
		for hour := range 96 {
			s.Dates = append(s.Dates, time.Date(2024, 3, 4, hour, 0, 0, 0, time.UTC))
			s.Values = append(s.Values, []float64{math.Pow(10, float64(n)) * (1 + 0.5*float64(hour%24))})
		}
	}
	cfg := data.WindowConfig{Window: 24, Horizon: 6, Known: []int{1, 2}}

	parts, err := panel.SplitTime(cfg.Window, // training, validation, test
		series.At(time.Date(2024, 3, 6, 0, 0, 0, 0, time.UTC)),
		series.At(time.Date(2024, 3, 7, 0, 0, 0, 0, time.UTC)))
	if err != nil {
		log.Fatal(err)
	}
	scalers, err := parts[0].FitScalers(series.Scaling{Log: series.Log1p, By: series.Robust})
	if err != nil {
		log.Fatal(err)
	}
	for k, name := range []string{"training", "validation", "test"} {
		part, err := scalers.Transform(parts[k])
		if err != nil {
			log.Fatal(err)
		}
		if part, err = part.WithCalendar(series.HourOfDay); err != nil {
			log.Fatal(err)
		}
		src, err := part.Windows(cfg)
		if err != nil {
			log.Fatal(err)
		}
		spec := src.Spec()
		fmt.Println(name, "x", spec["x"].Shape, "y", spec["y"].Shape, "known", spec["known"].Shape, "static", spec["static"].Shape)
	}
	// Output:
	// training x (24, 38, 3) y (6, 38, 1) known (6, 38, 2) static (38, 1)
	// validation x (24, 38, 3) y (6, 38, 1) known (6, 38, 2) static (38, 1)
	// test x (24, 38, 3) y (6, 38, 1) known (6, 38, 2) static (38, 1)
}

func ExampleFitScaler() {
	values := [][]float64{{0, 20}, {3, 22}, {0, 18}, {9, 24}, {1, 16}} // rain in mm, °C
	scaler, err := series.FitScaler(values, []string{"rain", "temperature"},
		series.Scaling{Log: series.Log1p, By: series.MinMax}, series.Scaling{})
	if err != nil {
		log.Fatal(err)
	}
	scaled, err := scaler.Transform(values)
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range scaled {
		fmt.Printf("%5.2f\n", row)
	}
	fmt.Printf("%.1f mm\n", scaler[0].Inverse(0.5))

	stored, err := json.Marshal(scaler[1:])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(stored))
	_, err = scaler.Transform([][]float64{{-1, 20}})
	fmt.Println(err)
	// Output:
	// [ 0.00  0.00]
	// [ 0.60  0.71]
	// [ 0.00 -0.71]
	// [ 1.00  1.41]
	// [ 0.30 -1.41]
	// 2.2 mm
	// [{"name":"temperature","center":20,"scale":2.8284271247461903}]
	// transform: column "rain", row 0: logarithm of 1 + -1, wanted a value above -1
}

func ExampleCycle_At() {
	for _, hour := range []int{0, 1, 12, 23} {
		sin, cos := series.HourOfDay.At(time.Date(2024, 3, 4, hour, 0, 0, 0, time.UTC))
		fmt.Printf("%2d:00 %5.2f %5.2f\n", hour, sin, cos)
	}
	// Output:
	//  0:00  0.00  1.00
	//  1:00  0.26  0.97
	// 12:00  0.00 -1.00
	// 23:00 -0.26  0.97
}

func ExampleMeasure() {
	sold := []float64{10, 14, 12, 16, 14, 18}
	history, truth := sold[:4], sold[4:]
	for _, baseline := range []struct {
		name     string
		forecast func(history []float64, season, horizon int) ([]float64, error)
	}{{"seasonal naive", series.SeasonalNaive}, {"seasonal growth", series.SeasonalGrowth}} {
		forecast, err := baseline.forecast(history, 2, len(truth))
		if err != nil {
			log.Fatal(err)
		}
		e, err := series.Measure(history, truth, forecast, 2)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %.1f, MAE %.2f, MAPE %.1f %%, MASE %.2f\n", baseline.name, forecast, e.MAE, e.MAPE, e.MASE)
	}
	// Output:
	// seasonal naive: [12.0 16.0], MAE 2.00, MAPE 12.7 %, MASE 1.00
	// seasonal growth: [14.0 18.7], MAE 0.33, MAPE 1.9 %, MASE 0.17
}

// A table from a spreadsheet is read without a word, and says how.
func ExampleReadCSV_guess() {
	const table = `Messstation Potsdam

Datum;Uhrzeit;Temperatur
31.12.2024;23:00;-1,5
31.12.2024;24:00;-2,25
`
	s, err := series.ReadCSV(strings.NewReader(table), "potsdam.csv", series.CSV{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Guess)
	for i, row := range s.Values {
		fmt.Println(s.Dates[i].Format(time.RFC3339), row)
	}
	// Output:
	// UTF-8, fields between ';', decimal commas, names in line 3, dates in "Datum" and "Uhrzeit" as day.month.year; lines before line 3 left out
	// 2024-12-31T23:00:00Z [-1.5]
	// 2025-01-01T00:00:00Z [-2.25]
}

// Quarters that grow are forecast from the years before by each method; rolling origins tell which knows best how.
func ExampleRolling() {
	var values []float64
	for i := range 40 {
		values = append(values, (100+float64(i))*[]float64{1, 1.2, 0.9, 1.1}[i%4])
	}
	const horizon, validated = 4, 32
	seasons := series.GuessSeasons(values[:validated], nil)
	origins := series.Origins(validated, len(values), horizon, 3)
	least := func(methods []series.Method) (name string, mae float64) {
		mae = math.Inf(1)
		for _, m := range methods {
			predict, err := m.Fit(values[:validated], horizon)
			if err != nil {
				log.Fatal(err)
			}
			forecasts, err := series.Rolling(values, origins, horizon, predict)
			if err != nil {
				log.Fatal(err)
			}
			sum := 0.0
			for i, at := range origins {
				for h, v := range forecasts[i] {
					sum += series.AbsoluteError(values[at+h], v) / float64(horizon*len(origins))
				}
			}
			if sum < mae {
				name, mae = m.Name, sum
			}
		}
		return name, mae
	}
	rule, mae := least(series.Rules(seasons...))
	fmt.Printf("season %v, origins %v\n%s: mean absolute error %.2f\n", seasons, origins, rule, mae)
	smoothing, better := least(series.Smoothings(seasons...))
	fmt.Printf("%s is better: %v\n", smoothing, better < mae)
	// Output:
	// season [4], origins [32 34 36]
	// seasonal growth: mean absolute error 0.13
	// Holt, season times is better: true
}
