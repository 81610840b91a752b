package series_test

import (
	"fmt"
	"log"
	"strings"

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
