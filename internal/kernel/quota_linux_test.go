package kernel

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const quotaChild = "ELMAN_TEST_QUOTA_CHILD"

// TestQuota runs in a control group of half a processor, where it may make one.
func TestQuota(t *testing.T) {
	if os.Getenv(quotaChild) != "" {
		os.Stdout.WriteString("worth " + strconv.Itoa(Threads(0).Worth(large)) + " " + strconv.Itoa(Threads(2).Most()) + "\n")
		return
	}
	dir := filepath.Join("/sys/fs/cgroup/cpu", "elman-test-"+strconv.Itoa(os.Getpid()))
	if os.Mkdir(dir, 0o755) != nil {
		dir = filepath.Join("/sys/fs/cgroup", filepath.Base(dir))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Skip("no control group can be made: ", err)
		}
	}
	defer os.Remove(dir)
	limited := os.WriteFile(filepath.Join(dir, "cpu.cfs_quota_us"), []byte("50000"), 0) == nil ||
		os.WriteFile(filepath.Join(dir, "cpu.max"), []byte("50000 100000"), 0) == nil
	if !limited {
		t.Skip("the control group takes no limit")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command("sh", "-c", `echo $$ > "$0/cgroup.procs" && exec "$1" -test.run 'TestQuota$'`, dir, self)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GOMAXPROCS=") {
			child.Env = append(child.Env, v)
		}
	}
	child.Env = append(child.Env, quotaChild+"=1")
	out, err := child.CombinedOutput()
	if err != nil && !strings.Contains(string(out), "worth") {
		t.Skipf("no process can be put there: %v: %s", err, out)
	}
	if !strings.Contains(string(out), "worth 1 1\n") {
		t.Errorf("with half a processor: %s, want worth 1 1", out)
	}
}
