package text

import (
	"io"
	"iter"
	"runtime"
	"slices"

	"github.com/pkg/errors"
)

// chunkSize is how much of a file is read at a time, in bytes; more where a word is longer, up to Corpus.MaxWord.
const chunkSize = 1 << 18

// A chunk is a part of a file that cuts no symbol.
type chunk struct {
	text   string
	begins []int  // bytes of text at which documents begin
	path   string // of the file
	at     int64  // of text in the file, unpacked; in UTF-16, as UTF-8
	done   int64  // bytes on disk read up to here, of all files
}

// pass does work on all chunks of c, on all cores, and take on what comes of them, in order.
func pass[R any](c Corpus, unit Unit, size int, work func(chunk) (R, error), take func(R) error) error {
	total, err := c.size()
	if err != nil {
		return err
	}
	type result struct {
		value R
		done  int64
	}
	return inOrder(c.chunks(unit, size), func(part chunk) (result, error) {
		value, err := work(part)
		return result{value, part.done}, err
	}, func(r result) error {
		err := take(r.value)
		if err == nil && c.Progress != nil {
			c.Progress(min(r.done, total), total)
		}
		return err
	})
}

// chunks reads all files in order, in chunks of up to size bytes; the last of a file may be empty.
func (c Corpus) chunks(unit Unit, size int) iter.Seq2[chunk, error] {
	return func(yield func(chunk, error) bool) {
		done := int64(0) // in the files before
		buf := make([]byte, 0, size)
		for _, path := range c.Paths {
			n, ok := c.fileChunks(path, done, unit, buf, yield)
			if !ok {
				return
			}
			done += n
		}
	}
}

// fileChunks yields the chunks of one file, of as much as buf has room for. It gives the file's size
// on disk, and false if there is to be no more.
func (c Corpus) fileChunks(path string, before int64, unit Unit, buf []byte, yield func(chunk, error) bool) (int64, bool) {
	fail := func(err error) (int64, bool) {
		yield(chunk{}, errors.Wrapf(err, "file %q", path))
		return 0, false
	}
	f, err := c.open(path, unit)
	if err != nil {
		return fail(err)
	}
	defer f.disk.Close()
	var s seam
	at := int64(f.mark)
	for {
		buf, err = fill(f, buf)
		if err != nil && err != io.EOF {
			return fail(errors.Wrapf(err, "after byte %d", at+int64(len(buf))))
		}
		n := len(buf)
		if err == nil {
			if n = unit.cut(buf); n == 0 {
				if most := c.maxWord(); len(buf) >= most {
					return fail(errors.Errorf("byte %d: a word of more than %d bytes, the limit MaxWord of a Corpus", at, most))
				}
				buf = slices.Grow(buf, len(buf)) // twice as much
				continue
			}
		}
		read, seekErr := f.disk.Seek(0, io.SeekCurrent)
		if seekErr != nil {
			return fail(errors.WithStack(seekErr))
		}
		part := chunk{text: string(buf[:n]), begins: c.Documents.begins(buf[:n], &s), path: path, at: at, done: before + read}
		if !yield(part, nil) {
			return 0, false
		}
		if err == io.EOF {
			return read, true
		}
		buf, at = buf[:copy(buf, buf[n:])], at+int64(n)
	}
}

// fill reads until b has no more capacity; at the end of r the error is io.EOF itself.
func fill(r io.Reader, b []byte) ([]byte, error) {
	for len(b) < cap(b) {
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err != nil {
			return b, err
		}
	}
	return b, nil
}

// inOrder does work on all items, on all cores, and take on what comes of it, in the order of the
// items and one at a time. Few items are held at once. The first error, in that order, ends it.
func inOrder[E, R any](items iter.Seq2[E, error], work func(E) (R, error), take func(R) error) error {
	type result struct {
		value R
		err   error
	}
	queue, stop := make(chan chan result, runtime.GOMAXPROCS(0)), make(chan struct{})
	go func() {
		defer close(queue)
		for item, err := range items {
			promise := make(chan result, 1)
			select {
			case queue <- promise:
			case <-stop:
				return
			}
			if err != nil {
				promise <- result{err: err}
				return
			}
			go func() {
				value, err := work(item)
				promise <- result{value, err}
			}()
		}
	}()
	var failed error
	for promise := range queue { // to its end, so that whatever items holds open is closed
		r := <-promise
		if failed != nil {
			continue
		}
		if failed = r.err; failed == nil {
			failed = take(r.value)
		}
		if failed != nil {
			close(stop)
		}
	}
	return failed
}
