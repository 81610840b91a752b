package text

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"io"
	"os"
	"slices"

	"github.com/pkg/errors"
)

// A run is a temporary file of counts, sorted by symbol: the length of each symbol, the symbol, and
// its count.
type run struct{ f *os.File }

// writeRun makes a run of what write adds, in order.
func writeRun(write func(add func(symbol string, count int)) error) (*run, error) {
	f, err := os.CreateTemp("", "elman-counts-*")
	if err != nil {
		return nil, errors.WithStack(err)
	}
	r, w, b := &run{f}, bufio.NewWriterSize(f, 1<<16), []byte(nil)
	err = write(func(symbol string, count int) {
		b = binary.AppendUvarint(b[:0], uint64(len(symbol)))
		b = binary.AppendUvarint(append(b, symbol...), uint64(count))
		w.Write(b) // the first error is that of Flush
	})
	if err == nil {
		err = errors.WithStack(w.Flush())
	}
	if err != nil {
		r.remove()
		return nil, err
	}
	return r, nil
}

func (r *run) remove() {
	r.f.Close()
	os.Remove(r.f.Name())
}

// mergeRuns gives every symbol with the sum of its counts to take, in order.
func mergeRuns(runs []*run, take func(symbol string, count int)) error {
	var readers []*runReader
	for _, r := range runs {
		if _, err := r.f.Seek(0, io.SeekStart); err != nil {
			return errors.WithStack(err)
		}
		reader := &runReader{r: bufio.NewReaderSize(r.f, 1<<16)}
		if err := reader.next(); err != nil {
			return err
		}
		readers = append(readers, reader)
	}
	for {
		readers = slices.DeleteFunc(readers, func(r *runReader) bool { return r.done })
		if len(readers) == 0 {
			return nil
		}
		least := slices.MinFunc(readers, func(a, b *runReader) int { return cmp.Compare(a.symbol, b.symbol) }).symbol
		count := 0
		for _, r := range readers {
			if r.symbol == least {
				count += r.count
				if err := r.next(); err != nil {
					return err
				}
			}
		}
		take(least, count)
	}
}

// A runReader reads a run one symbol after the other.
type runReader struct {
	r *bufio.Reader
	counted
	done bool
}

// next reads the next symbol.
func (r *runReader) next() error {
	length, err := binary.ReadUvarint(r.r)
	if err == io.EOF {
		r.done = true
		return nil
	}
	symbol := make([]byte, length)
	if err == nil {
		_, err = io.ReadFull(r.r, symbol)
	}
	count := uint64(0)
	if err == nil {
		count, err = binary.ReadUvarint(r.r)
	}
	r.counted = counted{string(symbol), int(count)}
	return errors.WithStack(err)
}
