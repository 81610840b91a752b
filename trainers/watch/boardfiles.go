package watch

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/pkg/errors"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/elman-go/elman/internal/folder"
)

// A boardFile is a file of TensorBoard's that one of this package began, or goes on with.
type boardFile struct {
	began      int64 // nanoseconds since 1970
	generation int   // of files of the same training, each of which holds all there is
}

// name is such that TensorBoard, which reads files in the order of their names, reads the newest last.
func (f boardFile) name() string {
	name := fmt.Sprintf("events.out.tfevents.%d.elman", f.began)
	if f.generation > 0 {
		name += fmt.Sprintf(".%06d", f.generation)
	}
	return name
}

// lastTraining lists the files of the training that was the last to begin in dir, the newest last.
func lastTraining(dir string) ([]boardFile, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, errors.WithStack(err)
	}
	var all []boardFile
	for _, e := range entries {
		var f boardFile
		if n, _ := fmt.Sscanf(e.Name(), "events.out.tfevents.%d.elman.%d", &f.began, &f.generation); n > 0 && f.name() == e.Name() {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b boardFile) int {
		return cmp.Or(cmp.Compare(a.began, b.began), cmp.Compare(a.generation, b.generation))
	})
	for i, f := range slices.Backward(all) {
		start, err := startOf(filepath.Join(dir, f.name()))
		if err != nil {
			return nil, err
		}
		if start == 0 && (f.generation == 0 || i == 0 || all[i-1].began != f.began) {
			return all[i:], nil
		}
	}
	return all, nil
}

// startOf is the step that a file says training begins with, before which those before it count; the greatest if it
// does not say.
func startOf(path string) (step int, err error) {
	step = math.MaxInt
	err = eachRecord(path, func(record []byte) bool {
		at, _, start := about(record)
		if start {
			step = at
		}
		return !start
	})
	return step, err
}

// eachRecord calls f with the records of a file until it is false.
func eachRecord(path string, f func(record []byte) bool) error {
	file, err := os.Open(path)
	if err != nil {
		return errors.WithStack(err)
	}
	defer file.Close()
	for in := bufio.NewReader(file); ; {
		record, err := readRecord(in)
		if err != nil || !f(record) {
			return nil
		}
	}
}

// compact writes what stays of files of one training to the next one, and removes them. A program that is killed in
// between leaves one more, which says that all before it is to be forgotten; what it leaves unfinished the next removes.
func (b *TensorBoard) compact(files []boardFile, next boardFile, stays *continuation) error {
	err := folder.WriteFile(filepath.Join(b.Dir, next.name()), func(w io.Writer) error { return b.copy(w, files, stays) })
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.Remove(filepath.Join(b.Dir, f.name())); err != nil {
			return errors.WithStack(err)
		}
	}
	folder.Sweep(b.Dir)
	return nil
}

// copy copies what stays.
func (b *TensorBoard) copy(to io.Writer, files []boardFile, stays *continuation) error {
	begun := false
	for i, f := range files {
		until := math.MaxInt // what files after it say again
		for _, later := range files[i+1:] {
			start, err := startOf(filepath.Join(b.Dir, later.name()))
			if err != nil {
				return err
			}
			until = min(until, start)
		}
		var failed error
		err := eachRecord(filepath.Join(b.Dir, f.name()), func(record []byte) bool {
			step, tag, start := about(record)
			switch {
			case tag == "" && begun, tag != "" && step >= until:
				return true
			case tag == "": // the version, and the start
				begun = start
			case !stays.keeps(step, tag):
				return false
			}
			failed = writeRecord(to, record)
			return failed == nil
		})
		if err == nil {
			err = failed
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// about reads of an Event its step and the tag of its value, and whether it says that training begins. What is
// no Event is about nothing.
func about(record []byte) (step int, tag string, start bool) {
	message := func(m []byte, field func(protowire.Number, protowire.Type, []byte)) {
		for len(m) > 0 {
			number, kind, n := protowire.ConsumeTag(m)
			if n < 0 {
				return
			}
			size := protowire.ConsumeFieldValue(number, kind, m[n:])
			if size < 0 {
				return
			}
			field(number, kind, m[n:n+size])
			m = m[n+size:]
		}
	}
	within := func(kind protowire.Type, value []byte) []byte {
		if kind != protowire.BytesType {
			return nil
		}
		content, _ := protowire.ConsumeBytes(value)
		return content
	}
	message(record, func(number protowire.Number, kind protowire.Type, value []byte) {
		switch {
		case number == 2 && kind == protowire.VarintType:
			v, _ := protowire.ConsumeVarint(value)
			step = int(v)
		case number == 7:
			start = true
		case number == 5: // summary
			message(within(kind, value), func(number protowire.Number, kind protowire.Type, value []byte) {
				if number == 1 { // value
					message(within(kind, value), func(number protowire.Number, kind protowire.Type, value []byte) {
						if number == 1 {
							tag = string(within(kind, value))
						}
					})
				}
			})
		}
	})
	return step, tag, start
}
