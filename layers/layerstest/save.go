package layerstest

import (
	"bytes"
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

// checkSave compares a Store with what is loaded after it was saved.
func checkSave(t testing.TB, newSubject func(hidden int) subject) {
	t.Helper()
	const T, B, I, H = 3, 2, 2, 5
	sub := newSubject(H)
	st := sub.store(t, I, tensor.Float64)
	tr := sub.draw(T, B, I)
	session := build(t, st, tr.declare(sub))
	defer closeSession(t, session)
	step(t, session, tr.feed())
	want := read(t, sub, st, session)

	var file bytes.Buffer
	if err := st.Save(&file); err != nil {
		t.Fatalf("save: %v", err)
	}
	loaded, err := graph.Load(&file, seed)
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	equal(t, tr.run(t, sub, loaded), want, 0)
}
