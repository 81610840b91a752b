package kernel

import (
	"bytes"
	"io/fs"
	"math"
	"os"
	files "path"
	"strconv"
	"strings"
	"sync"
)

// oneProcessor reports whether the process is limited to the time of one processor or less. GOMAXPROCS follows
// the limit of a control group too, but never below 2, which a collector of garbage needs and computations
// do not. Whoever sets GOMAXPROCS in the environment knows better.
var oneProcessor = sync.OnceValue(func() bool {
	return os.Getenv("GOMAXPROCS") == "" && cpuLimit(os.DirFS("/")) <= 1
})

// cpuLimit is how many processors' time the control group of this process has, +Inf without a limit. It knows
// both versions of Linux's control groups where they are mounted by custom, and reads nothing elsewhere.
func cpuLimit(root fs.FS) float64 {
	limit := math.Inf(1)
	groups, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return limit
	}
	for line := range strings.Lines(string(groups)) { // id:controllers:path
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) < 3 {
			continue
		}
		for _, controller := range strings.Split(fields[1], ",") {
			of := func(string) float64 { return math.Inf(1) }
			dir := "sys/fs/cgroup"
			switch controller {
			case "":
				of = func(group string) float64 { return quotient(root, files.Join(group, "cpu.max")) }
			case "cpu":
				dir = files.Join(dir, fields[1])
				of = func(group string) float64 {
					return quotient(root, files.Join(group, "cpu.cfs_quota_us"), files.Join(group, "cpu.cfs_period_us"))
				}
			}
			// A group is limited by those that it is in as well. Inside a container the path may be one of outside.
			for group := files.Clean("/" + fields[2]); ; group = files.Dir(group) {
				limit = min(limit, of(files.Join(dir, group)))
				if group == "/" {
					break
				}
			}
		}
	}
	return limit
}

// quotient divides the first number in some files by the second: the time by the period in which it is to
// be had. Without a limit the first is "max", or negative.
func quotient(root fs.FS, names ...string) float64 {
	var numbers []float64
	for _, name := range names {
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return math.Inf(1)
		}
		for _, field := range bytes.Fields(text) {
			n, err := strconv.ParseFloat(string(field), 64)
			if err != nil {
				return math.Inf(1)
			}
			numbers = append(numbers, n)
		}
	}
	if len(numbers) < 2 || !(numbers[0] > 0) || !(numbers[1] > 0) {
		return math.Inf(1)
	}
	return numbers[0] / numbers[1]
}
