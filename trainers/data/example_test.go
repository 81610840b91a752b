package data_test

import (
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers/data"
)

func Example() {
	docs := [][]int{{1, 2, 3, 4, 5, 6, 7, 8, 9}}
	src, err := data.NewBPTT(docs, 2, 2, 1) // T=2, B=2
	if err != nil {
		log.Fatal(err)
	}
	for batch, err := range src.Batches(0, 0) { // epoch 0 from its start
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("tokens ", batch["tokens"].Data(), "of shape", batch["tokens"].Shape())
		fmt.Println("targets", batch["targets"].Data())
		fmt.Println("reset  ", batch["reset"].Data())
	}
	// Output:
	// tokens  [1 5 2 6] of shape (2, 2)
	// targets [2 6 3 7]
	// reset   [1 1 0 0]
	// tokens  [3 7 4 8] of shape (2, 2)
	// targets [4 8 5 9]
	// reset   [0 0 0 0]
}

// About a row of ten begins anew in each batch, so that a model learns to begin anywhere in a single document.
func ExampleBPTT_resets() {
	src, err := data.NewBPTT([][]int{make([]int, 32001)}, 32, 10, 1) // T=32, B=10
	if err != nil {
		log.Fatal(err)
	}
	src.ResetRate = 0.1
	resets := 0
	for batch, err := range src.Batches(0, 1) { // batch 0 begins the text
		if err != nil {
			log.Fatal(err)
		}
		for _, r := range batch["reset"].Data().([]int) {
			resets += r
		}
	}
	fmt.Println(resets, "of", (src.Len()-1)*10, "rows")
	// Output:
	// 107 of 990 rows
}

func ExampleWindows() {
	values := [][]float64{{1, 10}, {2, 20}, {3, 30}, {4, 40}, {5, 50}} // N=5, D=2
	src, err := data.NewWindows(values, data.WindowConfig{Window: 2, Horizon: 1, Targets: []int{1}})
	if err != nil {
		log.Fatal(err)
	}
	for batch, err := range src.Batches(0, 0) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("x", batch["x"].Shape(), batch["x"].Data())
		fmt.Println("y", batch["y"].Shape(), batch["y"].Data())
	}
	for _, start := range src.Starts(0) {
		fmt.Println("a window starts at row", start.Row)
	}
	// Output:
	// x (2, 3, 2) [1 10 2 20 3 30 2 20 3 30 4 40]
	// y (1, 3, 1) [30 40 50]
	// a window starts at row 0
	// a window starts at row 1
	// a window starts at row 2
}

// Two shops, each with its size, whose sales [N, 1] start on different days; column 1 says whether it
// is a holiday, which is known ahead.
func ExampleNewPanel() {
	sales := [][][]float64{
		{{1, 0}, {2, 0}, {3, 0}, {4, 1}},
		{{50, 0}, {60, 0}, {70, 1}},
	}
	sizes := [][]float64{{0.1}, {0.9}}
	src, err := data.NewPanel(sales, sizes, data.WindowConfig{Window: 2, Known: []int{1}})
	if err != nil {
		log.Fatal(err)
	}
	for batch, err := range src.Batches(0, 0) {
		if err != nil {
			log.Fatal(err)
		}
		for _, name := range []string{"x", "y", "known", "static"} {
			fmt.Println(name, batch[name].Shape(), batch[name].Data())
		}
	}
	fmt.Println("windows start at", src.Starts(0))
	// Output:
	// x (2, 3, 2) [1 0 2 0 50 0 2 0 3 0 60 0]
	// y (1, 3, 1) [3 4 70]
	// known (1, 3, 1) [0 1 1]
	// static (3, 1) [0.1 0.1 0.9]
	// windows start at [{0 0} {0 1} {1 0}]
}

func ExamplePadded() {
	seqs := [][]int{{1, 2, 3}, {4}}
	labels := [][]int{{0}, {1}} // one for each sequence
	src, err := data.NewPaddedTokens(seqs, labels, data.PaddedConfig{})
	if err != nil {
		log.Fatal(err)
	}
	for batch, err := range src.Batches(0, 0) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("tokens ", batch["tokens"].Shape(), batch["tokens"].Data())
		fmt.Println("lengths", batch["lengths"].Data())
		fmt.Println("targets", batch["targets"].Data())
	}
	// Output:
	// tokens  (3, 2) [1 4 2 0 3 0]
	// lengths [3 1]
	// targets [0 1]
}

// Words with their characters, and without labels: what a tagger is asked. Rows says whose the answers are.
func ExamplePaddedConfig_fields() {
	words := [][]int{{5}, {1, 2, 3}, {4, 2}}
	chars := [][][]int{{{9}}, {{7}, {8, 9}, {7, 8}}, {{9, 9}, {8, 9}}}
	src, err := data.NewPaddedTokens(words, nil, data.PaddedConfig{Batch: 2, Pool: 2, Fields: []data.PaddedField{
		data.PerTimestepRows("chars", chars),
		data.PerSequence("weight", []float64{0.5, 1, 2}),
	}})
	if err != nil {
		log.Fatal(err)
	}
	k := 0
	for batch, err := range src.Batches(0, 0) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("sequences", src.Rows(0, k), "of lengths", batch["lengths"].Data())
		fmt.Println("  chars ", batch["chars"].Shape(), batch["chars"].Data())
		fmt.Println("  weight", batch["weight"].Data())
		k++
	}
	// Output:
	// sequences [1 2] of lengths [3 2]
	//   chars  (3, 2, 2) [7 0 9 9 8 9 8 9 7 8 0 0]
	//   weight [1 2]
	// sequences [0] of lengths [1 0]
	//   chars  (1, 2, 2) [9 0 0 0]
	//   weight [0.5 0]
}

// Sums of two numbers, as many as one likes: a batch depends on its epoch and number only.
func ExampleFunc() {
	const B = 2
	spec := data.Spec{
		"x": {Shape: graph.Shape{B, 2}, Dtype: graph.Float64},
		"y": {Shape: graph.Shape{B, 1}, Dtype: graph.Float64},
	}
	src := data.Func(spec, 100, func(epoch, k int) (data.Batch, error) {
		r := rand.New(rand.NewPCG(uint64(epoch), uint64(k)))
		x, y := make([]float64, 2*B), make([]float64, B)
		for b := range y {
			x[2*b], x[2*b+1] = float64(r.IntN(10)), float64(r.IntN(10))
			y[b] = x[2*b] + x[2*b+1]
		}
		return data.Batch{"x": graph.Floats(x, B, 2), "y": graph.Floats(y, B, 1)}, nil
	})
	for batch, err := range data.First(src, 2).Batches(0, 0) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(batch["x"].Data(), batch["y"].Data())
	}
	// Output:
	// [2 6 3 4] [8 7]
	// [1 1 0 3] [2 3]
}

func ExamplePadded_Padding() {
	seqs := [][]int{{1}, {1, 2, 3, 4}, {1}, {1, 2, 3, 4}, {1, 2}, {1, 2}}
	labels := [][]int{{0}, {0}, {0}, {0}, {0}, {0}}
	for _, cfg := range []data.PaddedConfig{{Batch: 2}, {Batch: 2, Trim: true}, {Batch: 2, Pool: 32}} {
		src, err := data.NewPaddedTokens(seqs, labels, cfg)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("Trim %t, Pool %d: %.0f %% padding\n", cfg.Trim, cfg.Pool, 100*src.Padding(0))
	}
	// Output:
	// Trim false, Pool 0: 42 % padding
	// Trim true, Pool 0: 30 % padding
	// Trim false, Pool 32: 0 % padding
}

func ExampleSplitByGroup() {
	recordings := []string{"anna 1", "ben 1", "anna 2", "carl 1", "ben 2", "carl 2"}
	speakers := []string{"anna", "ben", "anna", "carl", "ben", "carl"}
	train, valid, err := data.SplitByGroup(recordings, speakers, 0.3, 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(train, valid)
	// Output:
	// [anna 1 ben 1 anna 2 ben 2] [carl 1 carl 2]
}
