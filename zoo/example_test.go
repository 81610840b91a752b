package zoo_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"

	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/text"
	"github.com/elman-go/elman/zoo"
)

// A language model learns a line by heart, is saved, opened again and goes on from a prompt.
func Example() {
	ctx := context.Background()
	const line = "every good boy deserves fudge. "
	vocab, err := text.NewVocab(text.Runes, []string{line}, text.VocabOptions{})
	if err != nil {
		log.Fatal(err)
	}
	tokens, err := vocab.Encode(line)
	if err != nil {
		log.Fatal(err)
	}
	src, err := data.NewBPTT([][]int{tokens}, 15, 1, 1) // T=15, B=1
	if err != nil {
		log.Fatal(err)
	}
	model, err := zoo.NewLM(vocab, zoo.LMConfig{Recurrence: zoo.Recurrence{Cell: "gru", Hidden: 32}}, 1)
	if err != nil {
		log.Fatal(err)
	}
	trainer := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.02), ClipNorm: 5}
	if _, err := trainer.Fit(ctx, model, src, 400); err != nil {
		log.Fatal(err)
	}

	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := model.Save(filepath.Join(dir, "model")); err != nil {
		log.Fatal(err)
	}
	opened, err := zoo.Open[*zoo.LM](filepath.Join(dir, "model"))
	if err != nil {
		log.Fatal(err)
	}
	if err := opened.Generate(ctx, os.Stdout, "every good ", 19, zoo.Sampler{}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// boy deserves fudge.
}

// sales of 60 months: summers are better, so is each year, and no two months are quite alike.
func sales() (rows [][]float64) {
	for i := range 60 {
		month := float64(i)
		summer, chance := 30*math.Sin(2*math.Pi*month/12), 4*math.Cos(month*month)
		rows = append(rows, []float64{(100 + summer + chance) * math.Pow(1.1, month/12)})
	}
	return rows
}

// The recurrent forecaster goes as far as one asks, feeding its forecasts back. Here it learns by how
// many per cent a month is better than the same month of the year before.
func ExampleRecurrentForecaster() {
	ctx, rows := context.Background(), sales()
	train, truth := rows[:48], rows[48:]
	model, err := zoo.NewRecurrentForecaster(train, zoo.RecurrentConfig{ForecasterConfig: zoo.ForecasterConfig{
		Recurrence: zoo.Recurrence{Cell: "gru", Hidden: 12}, Columns: []string{"sold"}, Window: 6, Log: true, Season: 12,
	}}, 1)
	if err != nil {
		log.Fatal(err)
	}
	src, err := model.Source(train, 0, 1) // all windows in one batch
	if err != nil {
		log.Fatal(err)
	}
	trainer := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.01), ClipNorm: 5}
	if _, err := trainer.Fit(ctx, model, src, 100); err != nil {
		log.Fatal(err)
	}
	forecast, err := model.Forecast(ctx, train, len(truth))
	if err != nil {
		log.Fatal(err)
	}
	var off, offNaive float64 // sums of |error|
	for i, row := range truth {
		off += math.Abs(forecast.Values[i][0] - row[0])
		offNaive += math.Abs(train[36+i][0] - row[0]) // as in the last year
	}
	fmt.Println(len(forecast.Values), "months ahead, less than half as far off as last year's:", off < offNaive/2)
	// Output:
	// 12 months ahead, less than half as far off as last year's: true
}

// The direct forecaster gives the whole horizon at once, here as a band that four of five months should
// be in, and its middle.
func ExampleDirectForecaster() {
	ctx, rows := context.Background(), sales()
	train, truth := rows[:48], rows[48:]
	model, err := zoo.NewDirectForecaster(train, zoo.DirectConfig{
		ForecasterConfig: zoo.ForecasterConfig{
			Recurrence: zoo.Recurrence{Cell: "vanilla", Hidden: 2}, Columns: []string{"sold"}, Window: 4, Log: true, Season: 12,
			Quantiles: []float64{0.1, 0.5, 0.9},
		},
		Horizon: len(truth),
	}, 1)
	if err != nil {
		log.Fatal(err)
	}
	src, err := model.Source(train, 0, 1)
	if err != nil {
		log.Fatal(err)
	}
	trainer := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.02), ClipNorm: 5}
	if _, err := trainer.Fit(ctx, model, src, 60); err != nil {
		log.Fatal(err)
	}
	forecast, err := model.Forecast(ctx, train)
	if err != nil {
		log.Fatal(err)
	}
	low, high := forecast.Quantiles[0], forecast.Quantiles[2] // [horizon][K], K = 1
	within := 0
	for i, row := range truth {
		if low[i][0] <= row[0] && row[0] <= high[i][0] {
			within++
		}
	}
	fmt.Printf("the first month: %.0f, between %.0f and %.0f\n", forecast.Values[0][0], low[0][0], high[0][0])
	fmt.Println(within, "of", len(truth), "months are in their band")
	// Output:
	// the first month: 144, between 138 and 150
	// 10 of 12 months are in their band
}

// A classifier of words learns which of two languages a line is in.
func ExampleClassifier() {
	ctx := context.Background()
	lines := []string{"the cat sees the dog", "the dog sleeps", "die Katze sieht den Hund", "der Hund schläft"}
	labels := [][]int{{0}, {0}, {1}, {1}}
	vocab, err := text.NewVocab(text.Words, lines, text.VocabOptions{Unknown: true})
	if err != nil {
		log.Fatal(err)
	}
	seqs := make([][]int, len(lines))
	for i, line := range lines {
		if seqs[i], err = vocab.Encode(line); err != nil {
			log.Fatal(err)
		}
	}
	src, err := data.NewPaddedTokens(seqs, labels, data.PaddedConfig{})
	if err != nil {
		log.Fatal(err)
	}
	model, err := zoo.NewClassifier(vocab, zoo.ClassifierConfig{
		Recurrence: zoo.Recurrence{Cell: "gru", Hidden: 8}, Classes: 2, Bidirectional: true, Pool: zoo.PoolMean,
	}, 1)
	if err != nil {
		log.Fatal(err)
	}
	trainer := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.02)}
	if _, err := trainer.Fit(ctx, model, src, 100); err != nil {
		log.Fatal(err)
	}
	classified, err := model.Classify(ctx, "die Katze schläft", "the cat", "")
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range classified[:2] {
		fmt.Println([]string{"English", "German"}[c.Class], c.Probabilities[c.Class] > 0.8)
	}
	fmt.Println("an empty text:", len(classified[2].Probabilities), "probabilities")
	// Output:
	// German true
	// English true
	// an empty text: 2 probabilities
}
