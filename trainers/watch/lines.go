package watch

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers"
)

// lines is a file with a line for each event, in the order in which they came: behind a leap of the loss that
// training went back from, steps come again.
type lines struct {
	file   *os.File // nil: not open
	buffer *bufio.Writer
}

// open begins a new file when training begins, with the header if it is not empty. When training is
// taken up again it goes on with the file there is, without what that says of steps to come.
func (l *lines) open(r *trainers.Run, path, header string, stepOf func(line []byte) (int, error)) (err error) {
	if l.file, err = create(path, r.Step > 0); err != nil {
		return err
	}
	l.buffer = bufio.NewWriter(l.file)
	var end int64
	if r.Step > 0 {
		if end, err = cut(l.file, header, r.Step, stepOf); err != nil {
			return errors.Wrap(err, path)
		}
	}
	if end == 0 {
		_, err = l.buffer.WriteString(header)
	}
	return errors.WithStack(err)
}

// create opens a file for writing, with the folders it is in; what it held is kept if told so.
func create(path string, keep bool) (*os.File, error) {
	if path == "" {
		return nil, errors.New("no path to write to")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, errors.WithStack(err)
	}
	flags := os.O_RDWR | os.O_CREATE
	if !keep {
		flags |= os.O_TRUNC
	}
	f, err := os.OpenFile(path, flags, 0o666)
	return f, errors.WithStack(err)
}

// cut ends a file behind the last line that is not of a later step, or before a last line that was not
// finished, and stands at that end.
func cut(f *os.File, header string, step int, stepOf func(line []byte) (int, error)) (end int64, err error) {
	in := bufio.NewReader(f)
	var read int64
	for number := 1; ; number++ {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			break
		} else if err != nil {
			return 0, err
		}
		at := 0
		if header != "" && number == 1 {
			if string(line) != header {
				return 0, errors.Errorf("line 1 is %q, want %q: not a log of training", line, header)
			}
		} else if at, err = stepOf(bytes.TrimSuffix(line, []byte("\n"))); err != nil {
			return 0, errors.Wrapf(err, "line %d", number)
		}
		if read += int64(len(line)); at <= step {
			end = read
		}
	}
	if err := f.Truncate(end); err != nil {
		return 0, err
	}
	return f.Seek(end, io.SeekStart)
}

// write adds a line.
func (l *lines) write(line []byte) error {
	if l.file == nil {
		return errors.New("the file is closed")
	}
	_, err := l.buffer.Write(line)
	return err
}

// Step implements trainers.Hook: what was observed of the step is in the file.
func (l *lines) Step(*trainers.Run) error {
	if l.file == nil {
		return nil
	}
	return errors.WithStack(l.buffer.Flush())
}

// End implements trainers.Ender.
func (l *lines) End(*trainers.Run) error {
	if l.file == nil {
		return nil
	}
	err := l.buffer.Flush()
	if closing := l.file.Close(); err == nil {
		err = closing
	}
	l.file = nil
	return errors.WithStack(err)
}
