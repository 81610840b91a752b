package series

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/elman-go/elman/internal/brief"
)

// gapWords are the ways to write that there is no value, in lower case: those of pandas, R, Julia, Excel and SQL, and the
// signs of statistical offices.
var gapWords = map[string]bool{
	"": true, "na": true, "n/a": true, "<na>": true, "nan": true, "-nan": true, "none": true, "null": true, "nil": true,
	"#n/a": true, "#na": true, "#n/a n/a": true, "-1.#ind": true, "-1.#qnan": true, "1.#ind": true, "1.#qnan": true,
	"#div/0!": true, "#value!": true, "#ref!": true, "#name?": true, "#num!": true, "#null!": true, "nat": true,
	".": true, "..": true, "...": true, "?": true, "-": true, "--": true, "\u2212": true, "\u2013": true, "\u2014": true, "*": true, "missing": true, `\n`: true,
}

// isGap reports whether a field says that there is no value, or that it is below or above what could be measured.
func isGap(field string) bool {
	if len(field) > 20 {
		return false
	}
	stata := len(field) == 2 && field[0] == '.' && field[1] >= 'a' && field[1] <= 'z' // why there is none
	return stata || gapWords[strings.ToLower(field)] || isCensored(field)
}

// isCensored is for "<1" and "> 1,000".
func isCensored(field string) bool {
	if !strings.HasPrefix(field, "<") && !strings.HasPrefix(field, ">") {
		return false
	}
	n, ok := numeralOf(strings.TrimLeft(field[1:], "= "))
	return ok && !n.percent
}

// A numeral is a number as it is written: what marks its decimals is for all of the table to say.
type numeral struct {
	text    string // sign, digits, marks and exponent, in ASCII; spaces and apostrophes between thousands are left out
	dots    int
	commas  int
	percent bool
	spaced  bool // thousands were apart by spaces or apostrophes
}

// numeralOf reads the form of a field; ok is false if it is no number.
func numeralOf(field string) (n numeral, ok bool) {
	plain := true
	for i := 0; i < len(field); i++ {
		switch c := field[i]; {
		case c >= '0' && c <= '9' || c == '-':
		case c == '.':
			n.dots++
		default:
			plain = false
		}
	}
	if plain {
		n.text = field
		return n, n.valid()
	}
	n.dots = 0
	var b strings.Builder
	runes := []rune(field)
	for i, c := range runes {
		switch {
		case c >= '0' && c <= '9':
			b.WriteRune(c)
		case c == '.':
			n.dots++
			b.WriteRune(c)
		case c == ',':
			n.commas++
			b.WriteRune(c)
		case c == '-' || c == '\u2212' || c == '\ufe63' || c == '\uff0d': // minus, small and full width
			b.WriteByte('-')
		case c == '+':
			if i > 0 && runes[i-1] != 'e' && runes[i-1] != 'E' {
				return n, false
			}
			if i > 0 {
				b.WriteByte('+')
			}
		case c == 'e' || c == 'E':
			b.WriteByte('e')
		case c == '%' && i == len(runes)-1:
			n.percent = true
		case unicode.IsSpace(c) || c == '\u202f' || c == '\'' || c == '\u2019':
			if i+1 < len(runes) && runes[i+1] == '%' && c != '\'' && c != '\u2019' {
				continue
			}
			if !thousand(runes, i) {
				return n, false
			}
			n.spaced = true
		default:
			return n, false
		}
	}
	n.text = b.String()
	return n, n.valid()
}

// thousand reports whether the mark at i has one to three digits before it and three behind.
func thousand(runes []rune, i int) bool {
	digits := func(from, by int) int {
		n := 0
		for j := from; j >= 0 && j < len(runes) && runes[j] >= '0' && runes[j] <= '9'; j += by {
			n++
		}
		return n
	}
	before := digits(i-1, -1)
	return before >= 1 && before <= 3 && digits(i+1, 1) == 3
}

// valid holds the text to a sign, digits with marks, and an exponent.
func (n numeral) valid() bool {
	mantissa, exponent, has := strings.Cut(n.text, "e")
	if has {
		if _, err := strconv.Atoi(exponent); err != nil {
			return false
		}
	}
	mantissa = strings.TrimPrefix(mantissa, "-")
	digits := 0
	for _, c := range mantissa {
		if c >= '0' && c <= '9' {
			digits++
		} else if c != '.' && c != ',' {
			return false
		}
	}
	if digits == 0 || n.dots > 1 && n.commas > 1 {
		return false
	}
	if n.dots > 1 && !grouped(mantissa, '.') || n.commas > 1 && !grouped(mantissa, ',') {
		return false
	}
	if n.dots > 0 && n.commas > 0 {
		_, decimal := n.evidence()
		return decimal != 0
	}
	return true
}

// grouped reports whether marks are apart by three digits, up to the other mark or the end.
func grouped(mantissa string, mark rune) bool {
	whole := strings.TrimPrefix(mantissa, "-")
	other := map[rune]string{'.': ",", ',': "."}[mark]
	if at := strings.Index(whole, other); at >= 0 {
		whole = whole[:at]
	}
	groups := strings.Split(whole, string(mark))
	if len(groups) < 2 || len(groups[0]) < 1 || len(groups[0]) > 3 {
		return false
	}
	for _, g := range groups[1:] {
		if len(g) != 3 {
			return false
		}
	}
	return true
}

// evidence is what mark the number can only have for its decimals; 0 if it has no mark. If it has one mark that can as
// well be for thousands, as 1.234, sure is false.
func (n numeral) evidence() (sure bool, decimal rune) {
	mantissa, _, exponent := strings.Cut(n.text, "e")
	mantissa = strings.TrimPrefix(mantissa, "-")
	switch {
	case n.dots == 0 && n.commas == 0:
		return true, 0
	case n.dots > 0 && n.commas > 0:
		last, thousands := '.', ','
		if strings.LastIndexByte(mantissa, ',') > strings.LastIndexByte(mantissa, '.') {
			last, thousands = ',', '.'
		}
		if strings.Count(mantissa, string(last)) != 1 || !grouped(mantissa, thousands) || strings.IndexRune(mantissa, last) < strings.LastIndex(mantissa, string(thousands)) {
			return true, 0
		}
		return true, last
	case n.dots > 1:
		return true, ','
	case n.commas > 1:
		return true, '.'
	}
	decimal = '.'
	if n.commas == 1 {
		decimal = ','
	}
	leading := strings.HasPrefix(mantissa, "0")
	return !grouped(mantissa, decimal) || leading || exponent || n.spaced, decimal
}

// value is the number with this mark for its decimals. ok is false if it is written with another.
func (n numeral) value(decimal rune) (v float64, ok bool) {
	text := n.text
	if n.commas > 0 || n.dots > 0 && decimal == ',' {
		sure, mark := n.evidence()
		if sure && mark != decimal {
			return 0, false
		}
		thousands := ","
		if decimal == ',' {
			thousands = "."
		}
		text = strings.ReplaceAll(text, thousands, "")
		text = strings.ReplaceAll(text, ",", ".")
	} else if n.dots > 1 {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil && !math.IsInf(v, 0)
}

// A mark is a number that tells what marks decimals, and its column.
type mark struct {
	place
	column string
}

// marks finds out what marks the decimals of a table.
type marks struct {
	point, comma         mark // the first numbers with a decimal point, a decimal comma
	openPoint, openComma mark // the first with one that can be for thousands as well
}

func (m *marks) see(n numeral, p place, column string) {
	if n.dots == 0 && n.commas == 0 {
		return
	}
	sure, decimal := n.evidence()
	first := &m.point
	switch {
	case sure && decimal == ',':
		first = &m.comma
	case !sure && decimal == '.':
		first = &m.openPoint
	case !sure:
		first = &m.openComma
	}
	if *first == (mark{}) {
		*first = mark{p, column}
	}
}

// settle decides. comma is what stands between fields.
func (m *marks) settle(cfg CSV, comma rune) (rune, error) {
	none := mark{}
	switch {
	case cfg.Decimal != 0:
		return cfg.Decimal, nil
	case m.point != none && m.comma != none:
		return 0, unclear([]string{"Decimal"}, "%v, column %s, has a decimal point and %v, column %s, a decimal comma",
			m.point, brief.Quote(m.point.column), m.comma, brief.Quote(m.comma.column))
	case m.point != none:
		return '.', nil
	case m.comma != none:
		return ',', nil
	case m.openComma != none:
		return 0, unclear([]string{"Decimal"}, "%v, column %s: the comma can be for decimals or for thousands",
			m.openComma, brief.Quote(m.openComma.column))
	case m.openPoint != none && comma != ',':
		return 0, unclear([]string{"Decimal"}, "%v, column %s: the point can be for decimals or for thousands",
			m.openPoint, brief.Quote(m.openPoint.column))
	}
	return '.', nil
}

// whatIsWrong says why a field is no number.
func whatIsWrong(field string, decimal rune) string {
	for _, c := range field {
		if unicode.Is(unicode.Sc, c) {
			return "a finite number without the sign of a currency"
		}
	}
	if n, ok := numeralOf(field); ok {
		if _, mark := n.evidence(); mark != 0 && mark != decimal {
			return "a number with the decimal mark " + strconv.QuoteRune(decimal)
		}
	}
	return "a finite number"
}
