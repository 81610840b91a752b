package trainers_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/elman-go/elman/trainers"
)

func TestLog(t *testing.T) {
	var log bytes.Buffer
	fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.125), Hooks: []trainers.Hook{trainers.Log(&log, 2)}},
		newRegression(), points(2, 4, 0), 5)
	want := `step 2  epoch 0  loss L  rate 0.125  gradient norm N  TIME
step 4  epoch 1  loss L  rate 0.125  gradient norm N  TIME
step 5  epoch 2  loss L  rate 0.125  gradient norm N  TIME
`
	if got := blank(log.String()); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// blank puts letters in the place of the numbers that the data decides.
func blank(log string) string {
	lines := strings.SplitAfter(log, "\n")
	for i, line := range lines {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "  ")
		for j, f := range fields {
			switch {
			case strings.HasPrefix(f, "loss "):
				fields[j] = "loss L"
			case strings.HasPrefix(f, "gradient norm "):
				fields[j] = "gradient norm N"
			case isTime(f):
				fields[j] = "TIME"
			}
		}
		lines[i] = strings.Join(fields, "  ")
		if strings.HasSuffix(line, "\n") {
			lines[i] += "\n"
		}
	}
	return strings.Join(lines, "")
}

func isTime(text string) bool {
	_, err := time.ParseDuration(text)
	return err == nil
}

func TestLogFailsWithItsWriter(t *testing.T) {
	for _, hook := range []trainers.Hook{trainers.Log(full{}, 1), trainers.Progress(full{}), trainers.Log(nil, 1), trainers.Progress(nil)} {
		trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{hook}}
		if _, err := trainer.Fit(context.Background(), newRegression(), points(1, 4, 0), 2); err == nil {
			t.Errorf("%T: no error", hook)
		}
	}
}

// full is a writer without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
