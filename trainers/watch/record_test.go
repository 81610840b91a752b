package watch

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gonum.org/v1/plot/plotter"

	"github.com/elman-go/elman/trainers"
)

func TestSeriesKeepsSpikes(t *testing.T) {
	for _, n := range []int{1, 2, 10, most, most + 1, 100_003} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			var s series
			var sum float64
			value := func(step int) float64 {
				switch step {
				case n/2 + 1:
					return 100
				case n/3 + 1:
					return -100
				}
				return math.Sin(float64(step))
			}
			for step := 1; step <= n; step++ {
				s.add(step, value(step))
				sum += value(step)
			}
			points := s.points()
			if len(points) > 2*most+1 || n <= most && len(points) != n {
				t.Errorf("%d points of %d steps", len(points), n)
			}
			if n > most && len(s.columns) < most/2 {
				t.Errorf("%d columns, want at least %d", len(s.columns), most/2)
			}
			least, greatest := plotter.XY{Y: math.Inf(1)}, plotter.XY{Y: math.Inf(-1)}
			for i, p := range points {
				if p.Y != value(int(p.X)) {
					t.Fatalf("point %v, want %v", p, value(int(p.X)))
				}
				if i > 0 && p.X <= points[i-1].X {
					t.Fatalf("point %v after %v", p, points[i-1])
				}
				if p.Y < least.Y {
					least = p
				}
				if p.Y > greatest.Y {
					greatest = p
				}
			}
			if greatest.X != float64(n/2+1) || n > 5 && (least.X != float64(n/3+1) || s.least() != least) {
				t.Errorf("from %v to %v: a spike is lost", least, greatest)
			}
			if last := points[len(points)-1].X; last != float64(n) {
				t.Errorf("the last point is of step %v", last)
			}
			if got := s.means(1)[0]; math.Abs(got.Y-sum/float64(n)) > 1e-9 || math.Abs(got.X-float64(n+1)/2) > 1e-6 {
				t.Errorf("mean %v, want %v", got, sum/float64(n))
			}
		})
	}
}

func TestSeriesLeavesOutWhatIsNotFinite(t *testing.T) {
	var s series
	for i, v := range []float64{math.NaN(), 1, math.Inf(1), math.MaxFloat64, 2} {
		s.add(i, v)
	}
	if got := fmt.Sprint(s.points()); got != "[{1 1} {4 2}]" {
		t.Errorf("points %v", got)
	}
}

func TestKept(t *testing.T) {
	for _, n := range []int{0, 1, snapshots, snapshots + 1, 1000, 1001} {
		var k kept[int]
		for i := range n {
			k.add(i, -i)
		}
		list := k.all()
		if len(list) > snapshots+1 || n <= snapshots && len(list) != n || n > snapshots && len(list) < snapshots/2 {
			t.Errorf("%d of %d", len(list), n)
		}
		for i, v := range list {
			if v.Value != -v.Step || i > 1 && i < len(list)-1 && v.Step-list[i-1].Step != list[1].Step {
				t.Errorf("%d: %v", n, list)
				break
			}
		}
		if n > 0 && (list[0].Step != 0 || list[len(list)-1].Step != n-1) {
			t.Errorf("%d: %v, want the first and the last", n, list)
		}
	}
}

// The time is that of all calls of Fit, whose clocks each begin at zero.
func TestRecordTime(t *testing.T) {
	log := filepath.Join(t.TempDir(), "run.jsonl")
	const lines = `{"step":1,"seconds":4,"name":"loss","value":1}
{"step":2,"seconds":10,"name":"loss","value":1}
{"step":3,"seconds":2,"name":"loss","value":1}
{"step":4,"seconds":5,"name":"loss","value":1}
`
	if err := os.WriteFile(log, []byte(lines), 0o666); err != nil {
		t.Fatal(err)
	}
	var k record
	if err := k.restart(&trainers.Run{Step: 3}, log); err != nil {
		t.Fatal(err)
	}
	if err := k.Event(nil, trainers.Event{Step: 4, Elapsed: 7 * time.Second}); err != nil {
		t.Fatal(err)
	}
	if want := (10 + 2 + 7) * time.Second; k.elapsed != want || k.step != 4 {
		t.Errorf("%v after step %d, want %v after 4", k.elapsed, k.step, want)
	}
}

func TestTicks(t *testing.T) {
	for _, tc := range []struct {
		got  []float64
		want string
	}{
		{ticks(0, 1, 0), "[0 0.2 0.4 0.6 0.8 1]"},
		{ticks(1, 2000, 1), "[500 1000 1500 2000]"},
		{ticks(1, 3, 1), "[1 2 3]"},
		{ticks(-0.3, 0.3, 0), "[-0.2 -0.1 0 0.1 0.2]"},
		{logTicks(1e-5, 1), "[1e-05 0.0001 0.001 0.01 0.1 1]"},
		{logTicks(0.9, 60), "[1 2 5 10 20 50]"},
	} {
		list := fmt.Sprint(rounded(tc.got))
		if list != tc.want {
			t.Errorf("%v, want %s", list, tc.want)
		}
	}
	if got := ticks(1e18, 1e18+200, 0); len(got) > 8 {
		t.Errorf("%d ticks where floats have no room", len(got))
	}
}

func TestLogScale(t *testing.T) {
	d := drawing{&chart{Log: true}, box{0, 1, 1, 100}}
	lowest, highest := float64(svgHeight-bottom), float64(top)
	for y, want := range map[float64]float64{1: lowest, 10: (lowest + highest) / 2, 100: highest} {
		if got := d.py(y); math.Abs(got-want) > 1e-9 {
			t.Errorf("%v is drawn at %v, want %v", y, got, want)
		}
	}
}

func TestQuantile(t *testing.T) {
	var even []float64
	for i := range 61 {
		even = append(even, float64(i))
	}
	for _, tc := range []struct {
		values      []float64
		share, want float64
		tolerance   float64
	}{
		{even, 0, 0, 0}, {even, 0.25, 15, 1}, {even, 0.5, 30, 1}, {even, 0.95, 57, 1}, {even, 1, 60, 0},
		{[]float64{-7}, 0, -7, 0}, {[]float64{-7}, 0.5, -7, 0}, {[]float64{-7}, 1, -7, 0},
		{[]float64{0, 0, 0, 30}, 0.5, 0.67, 0.01}, {[]float64{0, 0, 0, 30}, 0.9, 29.6, 0.01},
	} {
		if got := quantile(trainers.NewHistogram(tc.values), tc.share); math.Abs(got-tc.want) > tc.tolerance {
			t.Errorf("quantile %v of %v is %v, want %v", tc.share, tc.values, got, tc.want)
		}
	}
}

func rounded(list []float64) []float64 {
	for i, v := range list {
		list[i] = round(v)
	}
	return list
}

func TestShort(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.25: "0.25", 1e-5: "1e-5", -2.5e-4: "-2.5e-4", 20000: "20k", 3e6: "3M", 2.5e6: "2.5M", 1234: "1234", 1e12: "1e12", 0.001: "0.001",
	} {
		if got := short(v); got != want {
			t.Errorf("%v is %q, want %q", v, got, want)
		}
	}
}

func TestDateTicks(t *testing.T) {
	at := func(text string) float64 {
		date, err := time.Parse("2006-01-02 15:04:05", text)
		if err != nil {
			t.Fatal(err)
		}
		return float64(date.Unix())
	}
	for _, tc := range []struct{ from, to, first, second, last string }{
		{"2020-01-01 00:00:00", "2020-01-01 00:00:06", "00:00:00", "00:00:01", "00:00:06"},
		{"2020-01-01 10:00:00", "2020-01-01 10:05:00", "10:00", "10:01", "10:05"},
		{"2020-01-01 10:00:00", "2020-01-01 16:30:00", "01-01 10:00", "01-01 11:00", "01-01 16:00"},
		{"2020-02-27 12:00:00", "2020-03-02 00:00:00", "2020-02-28", "2020-02-29", "2020-03-02"},
		{"1949-01-01 00:00:00", "1949-07-01 00:00:00", "1949-01", "1949-02", "1949-07"},
		{"1949-01-01 00:00:00", "1960-12-01 00:00:00", "1950", "1952", "1960"},
		{"1700-01-01 00:00:00", "2008-01-01 00:00:00", "1700", "1750", "2000"},
	} {
		list := dateTicks(at(tc.from), at(tc.to))
		if n := len(list); n < 3 || n > 7 || list[0].Label != tc.first || list[1].Label != tc.second || list[n-1].Label != tc.last {
			t.Errorf("from %s to %s: %v", tc.from, tc.to, list)
		}
		for _, mark := range list {
			if mark.At < at(tc.from) || mark.At > at(tc.to) {
				t.Errorf("from %s to %s: %v is outside", tc.from, tc.to, mark)
			}
		}
	}
	for _, range_ := range [][2]float64{{1, 1}, {-1e300, 1e300}, {0, 1e18}, {math.NaN(), 1}} {
		if list := dateTicks(range_[0], range_[1]); list != nil {
			t.Errorf("%v: %v, want none", range_, list)
		}
	}
	if list := dateTicks(-3.7e11, 2.5e11); len(list) < 2 || len(list) > 7 {
		t.Errorf("over all years: %v", list)
	}
}

// What is rewound is as if the later steps had not been, but for the column of pixels before.
func TestSeriesRewind(t *testing.T) {
	for _, n := range []int{10, 3000} {
		var s, want series
		for step := 1; step <= n; step++ {
			s.add(step, float64(step%7))
		}
		to := n / 2
		for step := 1; step <= to; step++ {
			want.add(step, float64(step%7))
		}
		s.rewind(to)
		points := s.points()
		if last := int(points[len(points)-1].X); last > to || last < to-2*s.width {
			t.Errorf("%d: the last point is %v, want one at %d or just before", n, points[len(points)-1], to)
		}
		if s.width == 1 && fmt.Sprint(points) != fmt.Sprint(want.points()) {
			t.Errorf("%d: %v, want %v", n, points, want.points())
		}
		s.rewind(0)
		if len(s.columns) != 0 {
			t.Errorf("%d columns are left", len(s.columns))
		}
		s.add(1, 2)
		if got := fmt.Sprint(s.points()); got != "[{1 2}]" {
			t.Errorf("begun again: %v", got)
		}
	}
	for _, n := range []int{10, 1000} {
		var k kept[int]
		for i := range n {
			k.add(i, -i)
		}
		k.rewind(n / 2)
		for i := n/2 + 1; i < n; i++ {
			k.add(i, -i)
		}
		list := k.all()
		for i := 1; i < len(list); i++ {
			if list[i].Step <= list[i-1].Step {
				t.Errorf("%d: %v", n, list)
			}
		}
		if list[len(list)-1].Step != n-1 {
			t.Errorf("%d: %v, want the last", n, list)
		}
	}
}
