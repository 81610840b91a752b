package kernel

import (
	"math"
	"testing"
	"testing/fstest"
)

func TestCPULimit(t *testing.T) {
	for name, tc := range map[string]struct {
		files map[string]string
		want  float64
	}{
		"no control groups":   {nil, math.Inf(1)},
		"version 2":           {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "50000 100000\n"}, 0.5},
		"version 2, no limit": {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"}, math.Inf(1)},
		"version 2, of a group above": {map[string]string{
			"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/cpu.max": "150000 100000", "sys/fs/cgroup/a/b/cpu.max": "max 100000",
		}, 1.5},
		"version 2, path of outside": {map[string]string{"proc/self/cgroup": "0::/docker/123\n", "sys/fs/cgroup/cpu.max": "100000 100000"}, 1},
		"version 1": {map[string]string{
			"proc/self/cgroup": "3:cpuset:/\n2:cpu,cpuacct:/job\n0::/\n", "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us": "25000\n",
			"sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": "50000\n",
		}, 0.5},
		"version 1, no limit": {map[string]string{
			"proc/self/cgroup": "2:cpu:/\n", "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
		}, math.Inf(1)},
		"version 1, of cpuset": {map[string]string{"proc/self/cgroup": "2:cpuset:/\n", "sys/fs/cgroup/cpuset/cpu.max": "1 2"}, math.Inf(1)},
		"rubbish":              {map[string]string{"proc/self/cgroup": "x\n0::/../..\n\n", "sys/fs/cgroup/cpu.max": "a b"}, math.Inf(1)},
		"period of 0":          {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "5 0"}, math.Inf(1)},
	} {
		root := fstest.MapFS{}
		for path, text := range tc.files {
			root[path] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := cpuLimit(root); got != tc.want {
			t.Errorf("%s: %v processors, want %v", name, got, tc.want)
		}
	}
}
