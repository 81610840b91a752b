package watch

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers"
)

// lines is a file with a line for each event, in the order in which they came. It says of each step what a run
// says that is never interrupted and never goes back.
type lines struct {
	format

	file   *os.File // nil: not open, or a rehearsal
	buffer *bufio.Writer
}

// A format is what a file of lines holds.
type format struct {
	header string                                               // the first line; "" if there is none
	begin  string                                               // of every other line; "" says nothing
	parse  func(line []byte) (step int, name string, err error) // one that is no header
}

// open begins a new file when training begins, with the header if it is not empty. When training is
// resumed it goes on with the file there is, without what is to come again. In a rehearsal it touches none.
func (l *lines) open(r *trainers.Run, path string, f format) (err error) {
	l.format = f
	if r.Rehearsal() {
		l.file, l.buffer = nil, bufio.NewWriter(io.Discard)
		return nil
	}
	if l.file, err = create(path, goesOn(r)); err != nil {
		return err
	}
	l.buffer = bufio.NewWriter(l.file)
	if goesOn(r) {
		return l.cut(r)
	}
	return l.begins()
}

func (l *lines) begins() error {
	_, err := l.buffer.WriteString(l.header)
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
	if err != nil { // a pipe, or a terminal of another user
		if info, failed := os.Stat(path); failed == nil && !info.Mode().IsRegular() && !info.IsDir() {
			f, err = os.OpenFile(path, os.O_WRONLY, 0)
		}
	}
	return f, errors.WithStack(err)
}

// cut takes out of the file what comes again, and stands at its end. What is no regular file, such as a terminal,
// stays as it is.
func (l *lines) cut(r *trainers.Run) error {
	if l.file == nil {
		return nil
	}
	if err := l.buffer.Flush(); err != nil {
		return errors.WithStack(err)
	}
	if info, err := l.file.Stat(); err != nil || !info.Mode().IsRegular() {
		return errors.WithStack(err)
	}
	if _, err := l.file.Seek(0, io.SeekStart); err != nil {
		return errors.WithStack(err)
	}
	end, err := l.keep(l.file, continues(r, nameOf))
	if err == nil {
		err = errors.WithStack(l.file.Truncate(end))
	}
	if err == nil {
		_, err = l.file.Seek(end, io.SeekStart)
		err = errors.WithStack(err)
	}
	if err == nil && end == 0 {
		err = l.begins()
	}
	return errors.Wrap(err, l.file.Name())
}

// keep finds the end of what stays: before the first line that comes again, or was not finished.
func (f format) keep(file io.Reader, k *continuation) (end int64, err error) {
	in := bufio.NewReader(file)
	for number := 1; ; number++ {
		line, err := readLine(in)
		switch {
		case err == io.EOF && number == 1 && !f.unfinished(string(line)):
			return 0, errors.Errorf("line 1 is %.60q: not a log of training", line)
		case err == io.EOF:
			return end, nil
		case err != nil:
			return 0, errors.Wrapf(err, "line %d", number)
		case number == 1 && f.header != "":
			if string(line) != f.header {
				return 0, errors.Errorf("line 1 is %.60q, want %q: not a log of training", line, f.header)
			}
		default:
			step, name, err := f.parse(bytes.TrimSuffix(line, []byte("\n")))
			if err != nil {
				return 0, errors.Wrapf(err, "line %d", number)
			}
			if !k.keeps(step, name) {
				return end, nil
			}
		}
		end += int64(len(line))
	}
}

// unfinished reports whether text may be how the first line begins.
func (f format) unfinished(text string) bool {
	begin := f.header
	if begin == "" {
		begin = f.begin
	}
	return strings.HasPrefix(text, begin) || strings.HasPrefix(begin, text)
}

// longest is how many bytes a line of a log, or a record of TensorBoard's, may have.
const longest = 64 << 20

// readLine reads a line with its end. At the end of the file it gives what there is, and io.EOF.
func readLine(in *bufio.Reader) (line []byte, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > longest {
			return nil, errors.Errorf("it is longer than %d MB", longest>>20)
		}
		line = append(line, part...)
		if err != bufio.ErrBufferFull {
			return line, err
		}
	}
}

// A continuation tells what the files of a run that goes on keep: steps before the one it goes on from, and of that
// what was observed before it was saved.
type continuation struct {
	step int
	left map[string]int // events of the step, by name; nil: all
}

// goesOn tells, before the first step, training that has begun before.
func goesOn(r *trainers.Run) bool { return r.Resumed() || r != nil && r.Step > 0 }

// continues is where a run goes on, by what the files call its events.
func continues(r *trainers.Run, as func(name string) string) *continuation {
	k := &continuation{step: r.Step}
	for _, name := range r.Emitted() {
		if k.left == nil {
			k.left = map[string]int{}
		}
		k.left[as(name)]++
	}
	return k
}

// keeps is asked for each event, in their order.
func (k *continuation) keeps(step int, name string) bool {
	if step != k.step || k.left == nil {
		return step <= k.step
	}
	k.left[name]--
	return k.left[name] >= 0
}

// write adds a line.
func (l *lines) write(line []byte) error {
	if l.buffer == nil {
		return errors.New("the file is closed")
	}
	_, err := l.buffer.Write(line)
	return err
}

// Step implements trainers.Hook: what was observed of the step is in the file.
func (l *lines) Step(*trainers.Run) error {
	if l.buffer == nil {
		return nil
	}
	return errors.WithStack(l.buffer.Flush())
}

// Rewind implements trainers.Rewinder.
func (l *lines) Rewind(r *trainers.Run) error { return l.cut(r) }

// End implements trainers.Ender.
func (l *lines) End(*trainers.Run) error {
	if l.buffer == nil {
		return nil
	}
	err := l.buffer.Flush()
	if l.file != nil {
		if closing := l.file.Close(); err == nil {
			err = closing
		}
	}
	l.file, l.buffer = nil, nil
	return errors.WithStack(err)
}
