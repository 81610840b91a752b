package series

import (
	"strings"
	"time"
)

// A stamp is a date as it is written, before it is known which number is the day.
type stamp struct {
	form    string // how the date is written, such as "2006-01-02": the same in a column
	numbers [3]int // year, month, day; or day and month in an order that is not known yet, year
	unsure  bool   // which of the first two numbers is the day
	digits  string // of a date of digits alone, whose form the column decides

	clocked bool // there is a time of day
	seconds int  // of the day; 86400 is the end of it
	nanos   int
	zoned   bool
	offset  int // seconds east of Greenwich
}

// months and days are found by their first three letters.
var (
	months   = "janfebmaraprmayjunjulaugsepoctnovdec"
	weekdays = "sunmontuewedthufrisat"
	longs    = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
		"november", "december", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sept"}
)

// word is the place of a name, or of its first three letters, in a list of such.
func word(name, list string) (int, bool) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if len(name) < 3 {
		return 0, false
	}
	if len(name) > 3 {
		known := false
		for _, long := range longs {
			known = known || name == long
		}
		if !known {
			return 0, false
		}
	}
	for i := 0; i < len(list); i += 3 {
		if list[i:i+3] == name[:3] {
			return i/3 + 1, true
		}
	}
	return 0, false
}

// A scanner takes a text apart from its front.
type scanner struct{ rest string }

func (s *scanner) done() bool { return s.rest == "" }

// number takes digits, from least to most of them.
func (s *scanner) number(least, most int) (v, n int, ok bool) {
	for n < len(s.rest) && n < most && s.rest[n] >= '0' && s.rest[n] <= '9' {
		v = v*10 + int(s.rest[n]-'0')
		n++
	}
	if n < least || n < len(s.rest) && s.rest[n] >= '0' && s.rest[n] <= '9' {
		return 0, n, false
	}
	s.rest = s.rest[n:]
	return v, n, true
}

// letters takes a word, with the point of an abbreviation.
func (s *scanner) letters() string {
	n := 0
	for n < len(s.rest) && (s.rest[n]|0x20 >= 'a' && s.rest[n]|0x20 <= 'z') {
		n++
	}
	taken := s.rest[:n]
	s.rest = s.rest[n:]
	if n > 0 && strings.HasPrefix(s.rest, ".") {
		s.rest = s.rest[1:]
	}
	return taken
}

// one takes one of these characters.
func (s *scanner) one(of string) (byte, bool) {
	if s.done() || strings.IndexByte(of, s.rest[0]) < 0 {
		return 0, false
	}
	c := s.rest[0]
	s.rest = s.rest[1:]
	return c, true
}

func (s *scanner) spaces() { s.rest = strings.TrimLeft(s.rest, " \u00a0\u202f") }

// scanStamp reads a date with what time of day and offset follow it. ok is false if it is none.
func scanStamp(text string) (st stamp, ok bool) {
	s := &scanner{strings.TrimSpace(text)}
	digits := 0
	for digits < len(s.rest) && s.rest[digits] >= '0' && s.rest[digits] <= '9' {
		digits++
	}
	switch {
	case digits == 0:
		ok = s.named(&st)
	case digits == len(s.rest) && (digits == 4 || digits >= 8), digits >= 9 && s.rest[digits] == '.':
		return digitStamp(s.rest, digits)
	case digits == 4:
		ok = s.yearFirst(&st)
	case digits == 8:
		st.form = "20060102"
		st.numbers, ok = calendar(s.rest[:8])
		s.rest = s.rest[8:]
	case digits <= 2:
		ok = s.dayOrMonthFirst(&st)
	}
	if !ok {
		return st, false
	}
	if s.done() {
		return st, true
	}
	if _, t := s.one("Tt"); !t {
		s.one(",")
		before := len(s.rest)
		if s.spaces(); len(s.rest) == before {
			return st, false
		}
	}
	return st, s.clock(&st) && s.done()
}

// digitStamp is a date of digits alone, with a fraction perhaps.
func digitStamp(text string, digits int) (st stamp, ok bool) {
	st.digits = text
	if digits < len(text) {
		fraction := &scanner{text[digits+1:]}
		if st.nanos, ok = fraction.nanos(); !ok || !fraction.done() {
			return st, false
		}
		st.digits = text[:digits]
	}
	return st, digits <= 19
}

// calendar is the date of at least eight digits, if there is such a day.
func calendar(digits string) (numbers [3]int, ok bool) {
	s := &scanner{digits[:4]}
	numbers[0], _, _ = s.number(4, 4)
	s.rest = digits[4:6]
	numbers[1], _, _ = s.number(2, 2)
	s.rest = digits[6:8]
	numbers[2], _, _ = s.number(2, 2)
	return numbers, isDay(numbers[0], numbers[1], numbers[2])
}

// isDay reports whether there is such a day.
func isDay(year, month, day int) bool {
	return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// named reads what begins with a letter: Jan 2006, Jan 2, 2006, Q1 2006, Mon, 2 Jan 2006.
func (s *scanner) named(st *stamp) (ok bool) {
	name := s.letters()
	if strings.EqualFold(name, "q") {
		quarter, _, ok := s.number(1, 1)
		s.one("-/")
		s.spaces()
		year, _, full := s.number(4, 4)
		st.form, st.numbers = "Q1 2006", [3]int{year, 3*quarter - 2, 1}
		return ok && full && quarter >= 1 && quarter <= 4
	}
	if _, is := word(name, weekdays); is {
		s.one(",")
		s.spaces()
		if len(s.rest) > 0 && s.rest[0] >= '0' && s.rest[0] <= '9' {
			return s.dayOrMonthFirst(st) && strings.Contains(st.form, "Jan")
		}
		name = s.letters()
	}
	month, is := word(name, months)
	if !is {
		return false
	}
	separator, _ := s.one("-/")
	s.spaces()
	first, n, ok := s.number(1, 4)
	if !ok || n == 3 {
		return false
	}
	if n == 4 {
		st.form, st.numbers = "Jan 2006", [3]int{first, month, 1}
		return true
	}
	if separator != 0 {
		if _, same := s.one(string(separator)); !same {
			return false
		}
	} else if s.one(","); true {
		s.spaces()
	}
	year, _, full := s.number(4, 4)
	st.form, st.numbers = "Jan 2, 2006", [3]int{year, month, first}
	return full && isDay(year, month, first)
}

// yearFirst reads 2006-01-02, 2006-01, 2006Q1, 2006-Jan-02, with - / or points.
func (s *scanner) yearFirst(st *stamp) bool {
	year, _, ok := s.number(4, 4)
	if !ok {
		return false
	}
	separator, _ := s.one("-/. ")
	if next := strings.ToLower(s.rest); strings.HasPrefix(next, "q") {
		s.rest = s.rest[1:]
		quarter, _, ok := s.number(1, 1)
		st.form, st.numbers = "2006Q1", [3]int{year, 3*quarter - 2, 1}
		return ok && quarter >= 1 && quarter <= 4
	}
	if separator == 0 || separator == ' ' {
		return false
	}
	sep, name := string(separator), "01"
	month, _, ok := s.number(1, 2)
	if !ok {
		if month, ok = word(s.letters(), months); !ok {
			return false
		}
		name = "Jan"
	}
	if _, more := s.one(sep); !more {
		st.form, st.numbers = "2006"+sep+name, [3]int{year, month, 1}
		return separator != '.' && month >= 1 && month <= 12 && (s.done() || s.rest[0] != ':')
	}
	day, _, ok := s.number(1, 2)
	st.form, st.numbers = "2006"+sep+name+sep+"02", [3]int{year, month, day}
	return ok && isDay(year, month, day)
}

// dayOrMonthFirst reads 02/01/2006 and 01/02/2006, with / - or points, 2 Jan 2006 and 02Jan2006.
func (s *scanner) dayOrMonthFirst(st *stamp) bool {
	first, _, ok := s.number(1, 2)
	if !ok {
		return false
	}
	separator, found := s.one("/-. ")
	if !found && (s.done() || s.rest[0]|0x20 < 'a' || s.rest[0]|0x20 > 'z') {
		return false
	}
	sep := string(separator)
	if separator == '.' {
		s.spaces()
	}
	second, _, ok := s.number(1, 2)
	if !ok {
		month, is := word(s.letters(), months)
		if !is {
			return false
		}
		s.one("-/ ")
		year, _, full := s.number(4, 4)
		st.form, st.numbers = "2 Jan 2006", [3]int{year, month, first}
		return full && isDay(year, month, first)
	}
	if _, same := s.one(sep); !same || separator == ' ' {
		return false
	}
	if separator == '.' {
		s.spaces()
	}
	year, _, full := s.number(4, 4)
	st.form, st.numbers, st.unsure = "02"+sep+"01"+sep+"2006", [3]int{first, second, year}, true
	return full && (isDay(year, second, first) || isDay(year, first, second))
}

// clock reads a time of day with what offset follows it: 15:04, 15:04:05.999, 3:04 PM, 150405, 15.
func (s *scanner) clock(st *stamp) bool {
	st.clocked = true
	hour, _, ok := s.number(1, 2)
	minute, second := 0, 0
	if !ok {
		compact := &scanner{s.rest}
		n := 0
		for ; n < len(s.rest) && s.rest[n] >= '0' && s.rest[n] <= '9'; n++ {
		}
		if n != 4 && n != 6 {
			return false
		}
		compact.rest = s.rest[:2]
		hour, _, _ = compact.number(2, 2)
		compact.rest = s.rest[2:4]
		minute, _, _ = compact.number(2, 2)
		if n == 6 {
			compact.rest = s.rest[4:6]
			second, _, _ = compact.number(2, 2)
		}
		s.rest = s.rest[n:]
	} else if _, colon := s.one(":"); colon {
		if minute, _, ok = s.number(2, 2); !ok {
			return false
		}
		if _, colon := s.one(":"); colon {
			if second, _, ok = s.number(2, 2); !ok {
				return false
			}
		}
	}
	if _, fraction := s.one(".,"); fraction {
		if st.nanos, ok = s.nanos(); !ok {
			return false
		}
	}
	s.spaces()
	if half := strings.ToLower(s.rest); strings.HasPrefix(half, "am") || strings.HasPrefix(half, "pm") {
		if hour < 1 || hour > 12 {
			return false
		}
		hour %= 12
		if half[0] == 'p' {
			hour += 12
		}
		s.rest = s.rest[2:]
		s.spaces()
	}
	st.seconds = 3600*hour + 60*minute + second
	if minute > 59 || second > 59 || hour > 24 || hour == 24 && (st.seconds != 86400 || st.nanos != 0) {
		return false
	}
	return s.offset(st)
}

// nanos reads what stands behind the point of a second.
func (s *scanner) nanos() (int, bool) {
	v, n := 0, 0
	for ; n < len(s.rest) && s.rest[n] >= '0' && s.rest[n] <= '9'; n++ {
		if n < 9 {
			v = v*10 + int(s.rest[n]-'0')
		}
	}
	s.rest = s.rest[n:]
	for i := n; i < 9; i++ {
		v *= 10
	}
	return v, n > 0
}

// offset reads Z, UTC, GMT, +01, +0100, +01:00, with the name of a zone behind perhaps. A name alone has no offset that
// all agree on, and is none.
func (s *scanner) offset(st *stamp) bool {
	if s.done() {
		return true
	}
	st.zoned = true
	sign, found := s.one("+-")
	if !found && strings.HasPrefix(s.rest, "\u2212") {
		s.rest, sign, found = s.rest[len("\u2212"):], '-', true
	}
	if !found {
		switch strings.ToUpper(s.letters()) {
		case "Z", "UTC", "GMT":
			return s.done() || strings.HasPrefix(s.rest, "[") && s.zone()
		}
		return false
	}
	hours, n, ok := s.number(1, 4)
	minutes := 0
	if !ok {
		return false
	}
	if n > 2 {
		hours, minutes = hours/100, hours%100
	} else if _, colon := s.one(":"); colon {
		if minutes, _, ok = s.number(2, 2); !ok {
			return false
		}
	}
	st.offset = 3600*hours + 60*minutes
	if sign == '-' {
		st.offset = -st.offset
	}
	return hours <= 18 && minutes < 60 && s.zone()
}

// zone leaves out the name of a zone whose offset is known.
func (s *scanner) zone() bool {
	s.spaces()
	if strings.HasPrefix(s.rest, "[") && strings.HasSuffix(s.rest, "]") {
		s.rest = ""
	}
	s.letters()
	return s.done()
}
