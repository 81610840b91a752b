//go:build linux && !race

package absurd

import (
	"os"
	"syscall"
	"testing"
)

// TestMain takes memory away, so that what allocates before it looks ends the process, on any machine.
func TestMain(m *testing.M) {
	const most = 6 << 30
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
