package series

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"

	"github.com/elman-go/elman/internal/brief"
)

// Limits of what a table may be, where CSV says nothing else.
const (
	defaultMaxBytes = 1 << 30
	defaultMaxLine  = 16 << 20
	mostExpansion   = 200      // times that a table is larger than its gzip file
	freeExpansion   = 64 << 20 // bytes, below which that does not count

	sampleBytes = 256 << 10 // from which separators and the header are guessed
	sampleLines = 20
)

// input is the text of a table: unpacked, in UTF-8, with lines that end in \n, within the limits.
type input struct {
	io.Reader
	encoding string
	sample   []byte // its beginning, also what is read first; whole lines, unless all of it is one
	whole    bool   // sample is all there is
}

// openInput begins to read a table.
func openInput(r io.Reader, cfg CSV) (*input, error) {
	if r == nil {
		return nil, errors.New("no reader")
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	packed := &counter{r: r}
	raw := bufio.NewReader(packed)
	limit := &limited{most: cfg.MaxBytes}
	if limit.most == 0 {
		limit.most = defaultMaxBytes
	}
	if magic, _ := raw.Peek(2); string(magic) == "\x1f\x8b" {
		unpacked, err := gzip.NewReader(raw)
		if err != nil {
			return nil, errors.WithStack(err)
		}
		if raw = bufio.NewReader(unpacked); cfg.MaxBytes == 0 {
			limit.packed = packed
		}
	}
	begin, _ := raw.Peek(8)
	for _, f := range otherFiles {
		if strings.HasPrefix(string(begin), f.begins) {
			return nil, errors.Errorf("it is %s, wanted a table as text, such as CSV, which gzip may have packed", f.what)
		}
	}
	limit.r = raw
	raw = bufio.NewReader(limit)
	in := &input{encoding: "UTF-8"}
	decoder, err := in.decoder(raw, cfg.Encoding)
	if err != nil {
		return nil, err
	}
	text := io.Reader(raw)
	if decoder != nil {
		text = decoder.Reader(raw)
	}
	g := &guard{r: text, most: cfg.MaxLine, line: 1}
	if g.most == 0 {
		g.most = defaultMaxLine
	}
	return in, in.begin(g)
}

// otherFiles are those that are taken for tables, by how they begin.
var otherFiles = []struct{ begins, what string }{
	{"PK\x03\x04", "a zip archive, as workbooks of Excel and LibreOffice are"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a workbook of an old Excel"},
	{"PAR1", "a Parquet file"},
	{"ARROW1", "an Arrow file"},
	{"\x89HDF\r\n\x1a\n", "an HDF5 file"},
	{"SQLite f", "a database of SQLite"},
	{"BZh", "packed by bzip2"},
	{"\xfd7zXZ\x00", "packed by xz"},
	{"\x28\xb5\x2f\xfd", "packed by zstd"},
	{"%PDF-", "a PDF"},
}

// check refuses settings that no table can have.
func (cfg CSV) check() error {
	switch {
	case cfg.MaxBytes < 0 || cfg.MaxLine < 0:
		return errors.Errorf("MaxBytes %d, MaxLine %d, wanted 0 or more", cfg.MaxBytes, cfg.MaxLine)
	case cfg.Header < NoHeader:
		return errors.Errorf("Header %d, wanted a line from 1, 0 or NoHeader", cfg.Header)
	case cfg.Comma == '\n' || cfg.Comma == '\r' || cfg.Comma == '"' || cfg.Comma == utf8.RuneError || cfg.Comma != 0 && !utf8.ValidRune(cfg.Comma):
		return errors.Errorf("Comma %q, wanted a character that can stand between fields", cfg.Comma)
	case cfg.Decimal != 0 && cfg.Decimal != '.' && cfg.Decimal != ',':
		return errors.Errorf("Decimal %q, wanted '.' or ','", cfg.Decimal)
	}
	return nil
}

// decoder chooses what makes UTF-8 of the bytes; nil leaves them.
func (in *input) decoder(raw *bufio.Reader, name string) (*encoding.Decoder, error) {
	mark, _ := raw.Peek(3)
	switch {
	case string(mark) == "\uFEFF":
		raw.Discard(3)
		return nil, nil
	case bytes.HasPrefix(mark, []byte{0xff, 0xfe}), bytes.HasPrefix(mark, []byte{0xfe, 0xff}):
		in.encoding = "UTF-16"
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder(), nil
	case name == "":
		return nil, nil
	}
	enc, err := htmlindex.Get(name)
	if err != nil {
		return nil, errors.Errorf("encoding %q, wanted a name that browsers know, such as windows-1252", name)
	}
	in.encoding, _ = htmlindex.Name(enc)
	if in.encoding == "utf-8" {
		in.encoding = "UTF-8"
		return nil, nil
	}
	return enc.NewDecoder(), nil
}

// begin reads the sample, and whatever it takes that lines end in \n.
func (in *input) begin(text io.Reader) error {
	buffer := make([]byte, 32<<10)
	for lines := 0; len(in.sample) < sampleBytes || lines < sampleLines; {
		n, err := text.Read(buffer)
		lines += bytes.Count(buffer[:n], []byte("\n")) + bytes.Count(buffer[:n], []byte("\r"))
		in.sample = append(in.sample, buffer[:n]...)
		if err == io.EOF {
			in.whole = true
			break
		}
		if err != nil {
			return err
		}
	}
	all := io.MultiReader(bytes.NewReader(in.sample), text)
	if bytes.ContainsRune(in.sample, '\r') && !bytes.ContainsRune(in.sample, '\n') {
		in.sample = bytes.ReplaceAll(in.sample, []byte("\r"), []byte("\n"))
		all = newlines{all}
	}
	if end := bytes.LastIndexByte(in.sample, '\n'); !in.whole && end >= 0 {
		in.sample = in.sample[:end+1]
	}
	in.Reader = all
	return nil
}

// counter counts the bytes that are read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// limited ends in an error where a table is larger than it may be.
type limited struct {
	r      io.Reader
	packed *counter // of gzip; nil does not compare
	n      int64
	most   int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	l.n += int64(n)
	if l.n > l.most {
		return 0, errors.Errorf("more than the limit of %d bytes; CSV.MaxBytes sets it", l.most)
	}
	if l.packed != nil && l.n > freeExpansion && l.n > mostExpansion*l.packed.n {
		return 0, errors.Errorf("unpacks to more than %d times its size, %d bytes from %d so far; CSV.MaxBytes allows as many as it says",
			mostExpansion, l.n, l.packed.n)
	}
	return n, err
}

// guard refuses lines that are too long, a quoted field over several of them being one, and NUL bytes.
type guard struct {
	r      io.Reader
	most   int
	line   int
	length int
	quoted bool
}

func (g *guard) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	for i, c := range p[:n] {
		switch {
		case c == 0:
			return 0, &Unclear{Fields: []string{"Encoding"}, Why: fmt.Sprintf(
				"line %d, byte %d: a NUL byte, which no text has; UTF-16 without a byte order mark has them", g.line, g.length+1)}
		case c == '\n':
			if g.line++; !g.quoted {
				g.length = 0
				continue
			}
		case c == '\r' && !g.quoted && i+1 < n && p[i+1] != '\n':
			g.length = 0 // of tables whose lines end so
			continue
		case c == '"':
			g.quoted = !g.quoted
		}
		if g.length++; g.length > g.most {
			return 0, errors.Errorf("line %d is longer than the limit of %d bytes; CSV.MaxLine sets it", g.line, g.most)
		}
	}
	return n, err
}

// newlines ends lines in \n that end in \r.
type newlines struct{ r io.Reader }

func (l newlines) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// listed is names in an error, the first of many.
func listed(names []string) string {
	const most = 30
	var list []string
	for _, name := range names[:min(most, len(names))] {
		list = append(list, brief.Quote(name))
	}
	if more := len(names) - most; more > 0 {
		list = append(list, fmt.Sprintf("and %d more", more))
	}
	return "[" + strings.Join(list, " ") + "]"
}
