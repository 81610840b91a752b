package folder

import (
	"os"
	"strings"
	"sync"
)

// machine names the time since the host was started, and the space in which processes have their numbers; "" where
// the system has no such names.
var machine = sync.OnceValues(func() (boot, space string) {
	if id, err := os.ReadFile("/proc/sys/kernel/random/boot_id"); err == nil {
		boot = strings.TrimSpace(string(id))
	}
	space, _ = os.Readlink("/proc/self/ns/pid")
	return boot, space
})
