package watch_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/watch"
)

func Example() {
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	files := watch.Files{
		JSON:        filepath.Join(dir, "run.jsonl"),
		TensorBoard: filepath.Join(dir, "tensorboard"),
		Report:      filepath.Join(dir, "report.html"),
	}
	trainer := trainers.Trainer{
		Optimizer: &trainers.SGD{},
		Schedule:  trainers.Constant(0.01),
		Hooks:     []trainers.Hook{&trainers.UpdateRatio{Every: 2}, &files},
	}
	if _, err := trainer.Fit(context.Background(), newRegression(), points, 2); err != nil {
		log.Fatal(err)
	}

	f, err := os.Open(files.JSON)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	for e, err := range watch.ReadJSON(f) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("step %d: %s %.3g\n", e.Step, e.Name, e.Value)
	}
	// Output:
	// step 1: loss 26.7
	// step 1: rate 0.01
	// step 1: grad_norm 60.7
	// step 2: loss 2.55
	// step 2: rate 0.01
	// step 2: grad_norm 18.7
	// step 2: update_ratio/w 0.253
}

// A log of JSON becomes a report, also while training is under way.
func ExampleWriteReport() {
	makeReport := func(from, to string) error {
		in, err := os.Open(from)
		if err != nil {
			return err
		}
		defer in.Close()
		out, err := os.Create(to)
		if err != nil {
			return err
		}
		defer out.Close()
		return watch.WriteReport(out, "Training so far", watch.ReadJSON(in))
	}
	fmt.Println(makeReport("no/run.jsonl", "report.html"))
	// Output: open no/run.jsonl: no such file or directory
}
