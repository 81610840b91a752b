package series

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
)

// NoHeader says in CSV.Header that a table has no line of names.
const NoHeader = -1

// A dialect is what a table is made of, as far as its beginning tells.
type dialect struct {
	comma  rune
	header int  // line of the names, from 1; NoHeader
	first  int  // line of the first row, if there is no header
	short  bool // the header lacks a name for the first column, as tables of R do
	unlike bool // the header has another number of fields than rows
	notes  []string
}

// A reading is a beginning of a table, taken apart at one separator.
type reading struct {
	dialect
	records [][]string
	lines   []int
	quoted  []bool  // rows that begin with a quote
	score   float64 // how much of it makes sense
	problem error   // why it has no header
}

// guessDialect finds separator and header of a table from its beginning.
func guessDialect(in *input, cfg CSV) (dialect, error) {
	sample, skipped := in.sample, 0
	commas := []rune{',', ';', '\t', '|'}
	if cfg.Comma != 0 {
		commas = []rune{cfg.Comma}
	} else if line, _, _ := bytes.Cut(sample, []byte("\n")); len(bytes.TrimSpace(line)) == 5 && bytes.HasPrefix(line, []byte("sep=")) {
		commas, skipped = []rune{rune(line[4])}, 1 // which Excel understands
	}
	if skipped > 0 {
		_, sample, _ = bytes.Cut(sample, []byte("\n"))
	}
	var best, second *reading
	for _, comma := range commas {
		r := read(sample, skipped, comma, in.whole)
		if len(r.records) == 0 {
			continue
		}
		r.findHeader(cfg)
		switch {
		case best == nil || r.score > best.score:
			best, second = r, best
		case second == nil || r.score > second.score:
			second = r
		}
	}
	if best == nil {
		return dialect{}, fmt.Errorf("empty, wanted a header line")
	}
	if second != nil && second.score == best.score && best.score > 0 && len(best.width()) > 1 && len(second.width()) > 1 && best.problem == nil {
		return dialect{}, unclear([]string{"Comma"}, "fields can be apart by %q or by %q", best.comma, second.comma)
	}
	return best.dialect, best.problem
}

// read takes a beginning apart, as leniently as can be: it is not yet known where the table begins in it.
func read(sample []byte, skipped int, comma rune, whole bool) *reading {
	r := &reading{dialect: dialect{comma: comma}}
	table := newReader(bytes.NewReader(sample), comma)
	table.LazyQuotes = true
	const most, mostFields = 300, 100000
	raw := bytes.Split(sample, []byte("\n"))
	for fields := 0; len(r.records) < most && (fields < mostFields || len(r.records) < 3); {
		record, err := table.Read()
		if err != nil {
			break
		}
		line, _ := table.FieldPos(0)
		fields += len(record)
		for j := range record {
			record[j] = strings.TrimSpace(record[j])
		}
		r.records, r.lines = append(r.records, record), append(r.lines, line+skipped)
		r.quoted = append(r.quoted, bytes.HasPrefix(bytes.TrimSpace(raw[line-1]), []byte(`"`)))
	}
	if !whole && len(r.records) > 3 {
		r.records = r.records[:len(r.records)-1] // which the end of the sample may have cut
	}
	return r
}

func newReader(text *bytes.Reader, comma rune) *csv.Reader {
	table := csv.NewReader(text)
	configure(table, comma)
	return table
}

func configure(table *csv.Reader, comma rune) {
	table.Comma = comma
	table.FieldsPerRecord = -1                             // a ragged row gets a message of ours
	table.TrimLeadingSpace = comma != '\t' && comma != ' ' // it would leave out empty fields
}

// width is a record of as many fields as most have.
func (r *reading) width() []string {
	counts := map[int]int{}
	var best []string
	for _, record := range r.records {
		n := len(record)
		if counts[n]++; best == nil || counts[n] > counts[len(best)] || counts[n] == counts[len(best)] && n > len(best) {
			best = record
		}
	}
	return best
}

// A kind is what a field looks like.
type kind int

const (
	blank kind = iota
	name       // what a column can be called
	datum      // a number, a date, a gap
)

func kindOf(field string) kind {
	if field == "" {
		return blank
	}
	if isGap(field) || len(field) > 1 && isCensored(field) {
		return datum
	}
	if _, ok := numeralOf(field); ok {
		return datum
	}
	if st, ok := scanStamp(field); ok && (st.form != "" || st.digits != "") {
		return datum
	}
	var st stamp
	if strings.Contains(field, ":") && timeOfDay(field, &st) {
		return datum
	}
	return name
}

// names reports whether a record can be the header: no field of it is a datum, and one is a name.
func names(record []string) bool {
	found := false
	for _, field := range record {
		switch kindOf(field) {
		case datum:
			return false
		case name:
			found = true
		}
	}
	return found
}

// findHeader finds the line of the names: of records as long as most are, the last that is all names before the first
// that is not. Two of them leave it open.
func (r *reading) findHeader(cfg CSV) {
	W := len(r.width())
	at, ragged := -1, 0
	var full []int // records of that length
	for i, record := range r.records {
		if len(record) == W {
			full = append(full, i)
		}
	}
	first := full[0]
	switch {
	case cfg.Header == NoHeader:
		r.header, r.first = NoHeader, r.lines[first]
		at = first - 1
	case cfg.Header > 0:
		r.header = cfg.Header
		for at+1 < len(r.lines) && r.lines[at+1] <= cfg.Header {
			at++
		}
		r.short = at >= 0 && len(r.records[at]) == W-1 && r.rowNames(at, W)
	default:
		at = r.headerAmong(full, W)
		if at >= 0 {
			r.header = r.lines[at]
		}
	}
	data, sound := 0, 0
	for _, record := range r.records[at+1:] {
		if len(record) != W && len(record) != len(r.records[max(at, 0)]) {
			ragged++
		}
		for _, field := range record {
			data++
			if kindOf(field) != name {
				sound++
			}
		}
	}
	if data > 0 {
		r.score = float64(sound) / float64(data) * (1 - float64(ragged)/float64(len(r.records)-at-1))
	}
	if W == 1 {
		r.score *= 0.5
	}
	if r.short {
		r.score *= 0.8
	}
	if r.unlike {
		r.score *= 0.3
	}
	if r.problem != nil {
		r.score *= 0.1
	}
	if r.header > 1 && at > 0 {
		r.notes = append(r.notes, fmt.Sprintf("lines before line %d left out", r.header))
	}
}

// headerAmong is the record of the header, -1 if there is none that can be told.
func (r *reading) headerAmong(full []int, W int) int {
	first := full[0]
	if first > 0 && len(r.records[first-1]) == W-1 && W > 1 && names(r.records[first-1]) && !names(r.records[first]) && r.rowNames(first-1, W) {
		r.short = true
		return first - 1
	}
	var found []int
	for _, i := range full[:min(20, len(full))] {
		record := r.records[i]
		if !names(record) {
			if len(found) > 0 || !named(record) {
				break
			}
			continue // such as "Report, 2024"
		}
		if len(found) > 0 && (hasBlank(record) || strings.HasPrefix(record[0], "#") || same(record, r.records[found[0]])) {
			break
		}
		if len(found) > 0 && strings.HasPrefix(r.records[found[0]][0], "#") {
			found = found[:0]
		}
		found = append(found, i)
	}
	data := len(found) > 0 && found[len(found)-1] < len(r.records)-1
	if len(found) > 1 && data && r.numbersAfter(found[len(found)-1]) {
		r.problem = unclear([]string{"Header"}, "lines %d and %d can both hold the names of columns", r.lines[found[0]], r.lines[found[1]])
		return found[0]
	}
	if len(found) > 0 {
		return found[0]
	}
	if first > 0 && names(r.records[first-1]) && !names(r.records[first]) {
		r.unlike = !r.ended(first-1, len(r.records[first-1]))
		return first - 1
	}
	// Names such as 2019: there is one above what is no name.
	record := r.records[first]
	if first+1 < len(r.records) && len(r.records[first+1]) == W {
		for j, field := range record {
			if kindOf(field) == name && kindOf(r.records[first+1][j]) == datum {
				return first
			}
		}
	}
	r.problem = unclear([]string{"Header"}, "line %d holds no names of columns; CSV.Header %d takes it for them, NoHeader for the first row",
		r.lines[first], r.lines[first])
	return first
}

// numbersAfter reports whether rows after a record hold data.
func (r *reading) numbersAfter(at int) bool {
	for _, record := range r.records[at+1:] {
		for _, field := range record {
			if kindOf(field) == datum {
				return true
			}
		}
	}
	return false
}

// rowNames reports whether the field that the header lacks is that of the first column, and not the last of rows that
// end in a separator. Between commas R quotes it; without, what is one field more can be a decimal comma.
func (r *reading) rowNames(header, W int) bool {
	counted, whole := true, true
	for i, record := range r.records[header+1:] {
		if len(record) != W {
			continue
		}
		counted = counted && (record[0] == fmt.Sprint(i) || record[0] == fmt.Sprint(i+1))
		n, ok := numeralOf(record[0])
		whole = whole && ok && n.dots+n.commas == 0
	}
	return len(r.records) > header+2 && (r.comma != ',' || r.quoted[header+1]) && !r.ended(header, W-1) && (counted || !whole)
}

// ended reports whether rows end in separators where they are longer than the header.
func (r *reading) ended(header, names int) bool {
	for _, record := range r.records[header+1:] {
		for _, field := range record[min(names, len(record)):] {
			if field != "" {
				return false
			}
		}
	}
	return true
}

// named reports whether a record holds a name at all.
func named(record []string) bool {
	for _, field := range record {
		if kindOf(field) == name {
			return true
		}
	}
	return false
}

func hasBlank(record []string) bool {
	for _, field := range record {
		if field == "" {
			return true
		}
	}
	return false
}

func same(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for j := range a {
		if a[j] != b[j] {
			return false
		}
	}
	return true
}
