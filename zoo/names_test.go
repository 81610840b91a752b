package zoo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/trainers/data/text"
)

// A name that no file could hold is refused where it comes in: a model that saves also opens.
func TestNamesAreText(t *testing.T) {
	rows := [][]float64{{1, 5}, {2, 3}, {4, 4}, {3, 1}}
	forecaster := ForecasterConfig{Recurrence: Recurrence{Hidden: 2}, Columns: []string{"p\xe8che", "p\xeache"}, Window: 1}
	const want = `column 0, "p\xe8che", is not UTF-8`
	_, err := NewRecurrentForecaster(rows, RecurrentConfig{ForecasterConfig: forecaster}, 1)
	wantError(t, err, want)
	_, err = NewDirectForecaster(rows, DirectConfig{ForecasterConfig: forecaster, Horizon: 1}, 1)
	wantError(t, err, want)
	wantError(t, RegisterCell("c\xff", func(hidden int) layers.Cell { return layers.GRU{Hidden: hidden} }), "is not UTF-8")

	forecaster.Columns = []string{"pèche", "\uFFFD\u2028\x00"}
	m := must(NewRecurrentForecaster(rows, RecurrentConfig{ForecasterConfig: forecaster}, 1))(t)
	dir := filepath.Join(t.TempDir(), "caf\xe9") // a folder may have any name
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Skip(err)
	}
	saveTo(t, m, dir)
	if got := must(Open[*RecurrentForecaster](dir))(t).Config().Columns; got[0] != "pèche" || got[1] != "\uFFFD\u2028\x00" {
		t.Errorf("columns %q", got)
	}
}

// A vocabulary of bytes holds any of them.
func TestBytesAreSaved(t *testing.T) {
	var all strings.Builder
	for b := range 256 {
		all.WriteByte(byte(b))
	}
	v := must(text.NewVocab(text.Bytes, []string{all.String()}, text.VocabOptions{}))(t)
	m := must(NewLM(v, LMConfig{Recurrence: Recurrence{Hidden: 2}}, 1))(t)
	dir := t.TempDir()
	saveTo(t, m, dir)
	opened := must(Open[*LM](dir))(t)
	for id := range 256 {
		if got, want := opened.Vocab().Symbol(id), v.Symbol(id); got != want {
			t.Errorf("id %d is %q, want %q", id, got, want)
		}
	}
}
