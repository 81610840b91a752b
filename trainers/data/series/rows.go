package series

import (
	"bufio"
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/internal/brief"
)

// table is the fields of a table, row after row, before it is known what they mean.
type table struct {
	names []string // of columns; one without is "column 1" and so on
	named []bool
	guess Guess

	held  []byte // of each row its line, then each field with its length before it
	count int    // rows
	empty []bool // columns without a single field
}

// readRows reads a table to its end.
func readRows(r io.Reader, cfg CSV) (*table, error) {
	t, lines, err := openRows(r, cfg)
	if err != nil {
		return nil, err
	}
	return t, t.fill(lines)
}

// A lineReader is a csv.Reader that counts lines from the beginning of the file.
type lineReader struct {
	*csv.Reader
	skipped int
	pending []string // the first row, where it is read already
	at      int      // its line
}

// next gives a record and its line.
func (r *lineReader) next() ([]string, int, error) {
	if r.pending != nil {
		record := r.pending
		r.pending = nil
		return record, r.at, nil
	}
	record, err := r.Read()
	if err != nil {
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			return nil, 0, errors.Errorf("line %d, byte %d: %v", wrong.Line+r.skipped, wrong.Column, wrong.Err)
		}
		return nil, 0, err
	}
	line, _ := r.FieldPos(0)
	return record, line + r.skipped, nil
}

// openRows reads a table up to its first row.
func openRows(r io.Reader, cfg CSV) (*table, *lineReader, error) {
	in, err := openInput(r, cfg)
	if err != nil {
		return nil, nil, err
	}
	d, err := guessDialect(in, cfg)
	if err != nil {
		return nil, nil, err
	}
	t := &table{guess: Guess{Encoding: in.encoding, Comma: d.comma, Header: d.header, Notes: d.notes}}
	text := bufio.NewReader(in)
	lines := &lineReader{skipped: max(d.header, d.first) - 1}
	for range lines.skipped {
		if _, err := text.ReadSlice('\n'); err == bufio.ErrBufferFull {
			if _, err = text.ReadString('\n'); err != nil {
				return nil, nil, err
			}
		} else if err != nil {
			if err == io.EOF {
				err = errors.New("the table ends before it")
			}
			return nil, nil, errors.Wrapf(err, "line %d, the header", d.header)
		}
	}
	lines.Reader = csv.NewReader(text)
	configure(lines.Reader, d.comma)
	lines.ReuseRecord = true
	first, line, err := lines.next()
	if err == io.EOF {
		return nil, nil, errors.New("empty, wanted a header line")
	}
	if err != nil {
		return nil, nil, errors.Wrap(err, "header")
	}
	if err := checkText(first, nil, line); err != nil {
		return nil, nil, err
	}
	if d.header == NoHeader {
		lines.pending, lines.at = slices.Clone(first), line
		t.names = make([]string, len(first))
	} else {
		if d.short {
			t.names = append(t.names, "")
		}
		t.names = append(t.names, first...)
	}
	return t, lines, t.nameColumns()
}

// nameColumns checks the names, and gives those that are missing.
func (t *table) nameColumns() error {
	t.names[0] = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(t.names[0]), "#"))
	t.named = make([]bool, len(t.names))
	t.empty = slices.Repeat([]bool{true}, len(t.names))
	places := make(map[string]int, len(t.names))
	for j, name := range t.names {
		name = strings.TrimSpace(name)
		t.named[j] = name != ""
		if !t.named[j] {
			name = fmt.Sprintf("column %d", j+1)
		}
		if before, twice := places[name]; twice {
			return errors.Errorf("header: column %s is there twice, as number %d and %d", brief.Quote(name), before+1, j+1)
		}
		t.names[j], places[name] = name, j
	}
	return nil
}

// fill reads the rows.
func (t *table) fill(lines *lineReader) error {
	repeated, ended, dropped := 0, 0, 0
	W := len(t.names)
	unnamed := W // columns at the end that have no name, which rows may lack
	for unnamed > 1 && !t.named[unnamed-1] && t.guess.Header != NoHeader {
		unnamed--
	}
	emptyFrom, emptyRows := 0, 0 // rows without a field at the end
	for {
		record, line, err := lines.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if err := checkText(record, t.names, line); err != nil {
			return err
		}
		for j := range record {
			record[j] = strings.TrimSpace(record[j])
		}
		for len(record) > W && record[len(record)-1] == "" {
			record, ended = record[:len(record)-1], ended+1
		}
		for len(record) >= unnamed && len(record) < W {
			record = append(record, "")
		}
		if len(record) != W {
			where := fmt.Sprintf("the header has %d", W)
			if t.guess.Header == NoHeader {
				where = fmt.Sprintf("the first row has %d", W)
			} else if t.guess.Header > 1 {
				where += fmt.Sprintf(" (line %d)", t.guess.Header)
			}
			return errors.Errorf("line %d: %d fields, %s", line, len(record), where)
		}
		if t.isHeader(record) {
			repeated++
			continue
		}
		blank := true
		begun := len(t.held)
		t.held = binary.AppendUvarint(t.held, uint64(line))
		for j, field := range record {
			if field != "" {
				blank, t.empty[j] = false, false
			}
			t.held = append(binary.AppendUvarint(t.held, uint64(len(field))), field...)
		}
		t.count++
		if blank && W > 1 {
			if emptyRows == 0 {
				emptyFrom = begun
			}
			emptyRows++
		} else {
			emptyRows = 0
		}
	}
	if emptyRows > 0 {
		t.held, t.count, dropped = t.held[:emptyFrom], t.count-emptyRows, emptyRows
	}
	if repeated > 0 {
		t.note("%d lines that repeat the names left out", repeated)
	}
	if ended > 0 {
		t.note("separators at the end of rows left out")
	}
	if dropped > 0 {
		t.note("%d rows of empty fields at the end left out", dropped)
	}
	if t.count == 0 {
		return errors.New("no rows after the header")
	}
	return nil
}

func (t *table) note(format string, args ...any) {
	t.guess.Notes = append(t.guess.Notes, fmt.Sprintf(format, args...))
}

// isHeader reports whether a row is the header once more, as in tables put one after the other.
func (t *table) isHeader(record []string) bool {
	if t.guess.Header == NoHeader {
		return false
	}
	any := false
	for j, field := range record {
		if t.named[j] && field != t.names[j] || !t.named[j] && field != "" {
			return false
		}
		any = any || t.named[j]
	}
	return any
}

// checkText refuses what is no UTF-8, with its place.
func checkText(record, names []string, line int) error {
	for j, field := range record {
		if utf8.ValidString(field) {
			continue
		}
		at := 0
		for at < len(field) {
			c, size := utf8.DecodeRuneInString(field[at:])
			if c == utf8.RuneError && size == 1 {
				break
			}
			at += size
		}
		column := fmt.Sprintf("column %d", j+1)
		if j < len(names) {
			column += " (" + brief.Quote(names[j]) + ")"
		}
		return unclear([]string{"Encoding"}, "line %d, %s, byte %d of the field: %#x is no UTF-8, perhaps windows-1252 (Latin-1)",
			line, column, at+1, field[at])
	}
	return nil
}

// each calls f for every row, with its line and its fields, which f may not keep, until f returns an error.
func (t *table) each(f func(i, line int, record []string) error) error {
	record, ends := make([]string, len(t.names)), make([][2]int, len(t.names))
	at := 0
	take := func() int {
		v, n := binary.Uvarint(t.held[at:])
		at += n
		return int(v)
	}
	for i := range t.count {
		line := take()
		begun := at
		for j := range ends {
			n := take()
			ends[j] = [2]int{at - begun, at - begun + n}
			at += n
		}
		all := string(t.held[begun:at]) // of all fields at once
		for j, end := range ends {
			record[j] = all[end[0]:end[1]]
		}
		if err := f(i, line, record); err != nil {
			return err
		}
	}
	return nil
}
