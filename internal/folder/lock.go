package folder

import (
	"crypto/rand"
	"encoding/json"
	stderrors "errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	"github.com/pkg/errors"

	"github.com/elman-go/elman/internal/brief"
)

// A Lock is a file that one holder at a time has, among all processes and within one. It is free again when its
// process ends, however that ends. It says who holds it.
//
// It is a lock of the operating system. On a file system that has none, the file is the lock: one that a process
// of this host left when it was killed is recognised, one of another host is not.
type Lock struct {
	path  string
	token string
	file  *flock.Flock // nil on a file system without locks
}

// A holder is what the file says.
type holder struct {
	Host    string    `json:"host"`
	Boot    string    `json:"boot,omitempty"` // of the host, where it has a name
	Process int       `json:"process"`
	Space   string    `json:"space,omitempty"` // in which the number of the process has a meaning: containers have their own
	Since   time.Time `json:"since"`
	Token   string    `json:"token"`
}

// InUse is the error of a Lock that another holds.
type InUse struct {
	holder
	remedy string
}

// Error names the holder.
func (e *InUse) Error() string {
	if e.Process == 0 {
		return "in use by another process" + e.remedy
	}
	return fmt.Sprintf("in use by process %d on host %s since %s%s", e.Process, brief.Line(e.Host), e.Since.UTC().Format("2006-01-02 15:04:05 MST"), e.remedy)
}

// The first byte of a lock file is what is locked on Windows, where a locked byte cannot be read.
const holderAt = 1

const maxHolder = 1 << 12 // bytes

// Take takes the lock that the file at path is, and makes that file. The error is an InUse if another has it.
func Take(path string) (*Lock, error) {
	for range 100 {
		l, err := take(path)
		if err != errGone {
			return l, err
		}
	}
	return nil, errors.Errorf("%s: other processes go on taking this lock", path)
}

// holdName is the lock of a folder, in it.
const holdName = ".lock"

// Hold makes the folder dir, if it is not there, and takes the lock of it. made is where it was made, "" if it was
// there.
func Hold(dir string) (lock *Lock, made string, err error) {
	place, err := resolve(dir)
	if err != nil {
		return nil, "", err
	}
	for range 100 {
		if _, err := os.Stat(place); errors.Is(err, fs.ErrNotExist) {
			made = place
		}
		if err := os.MkdirAll(place, 0o777); err != nil {
			return nil, "", errors.WithStack(err)
		}
		lock, err = Take(join(place, holdName))
		if !errors.Is(err, fs.ErrNotExist) { // otherwise another process made it, and has removed it
			break
		}
	}
	return lock, made, err
}

// Unused reports whether a folder is not there, or holds nothing and is held by none.
func Unused(dir string) bool {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if e.Name() != holdName {
			return false
		}
		lock, err := Take(join(dir, holdName))
		if err != nil {
			return false
		}
		lock.Release()
	}
	return true
}

// errGone says that a lock file was removed, by the one who had it, while it was taken.
var errGone = errors.New("the lock file is gone")

// tryLock is what tests replace.
var tryLock = (*flock.Flock).TryLock

func take(path string) (*Lock, error) {
	l := &Lock{path: path, token: rand.Text(), file: flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o666))}
	got, err := tryLock(l.file)
	if err != nil && unsupported(err) {
		l.file.Close()
		return l.takeWithout()
	}
	if err != nil {
		return nil, errors.WithStack(err)
	}
	if !got {
		var by holder
		for range 50 { // the one who has it may be about to sign
			if by, _ = readHolder(path); by.Process != 0 {
				break
			}
			time.Sleep(2 * time.Millisecond)
		}
		return nil, &InUse{holder: by}
	}
	mine, err := l.file.Stat()
	if err == nil {
		var there fs.FileInfo
		if there, err = os.Stat(path); err != nil || !os.SameFile(mine, there) {
			l.file.Close()
			return nil, errGone
		}
		err = l.sign()
	}
	if err != nil {
		l.file.Close()
		return nil, errors.WithStack(err)
	}
	return l, nil
}

// unsupported reports whether an error says that the file system has no such call.
func unsupported(err error) bool {
	return errors.Is(err, stderrors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK) || errors.Is(err, syscall.EINVAL)
}

// without are the tokens of locks of this process on file systems that have none.
var without sync.Map

// takeWithout makes the file, if it is not there or its maker is gone.
func (l *Lock) takeWithout() (*Lock, error) {
	l.file = nil
	if by, err := readHolder(l.path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		if by.alive(l.path) {
			return nil, &InUse{holder: by, remedy: fmt.Sprintf("; if it is not running any more, remove %s", l.path)}
		}
		if err := os.Remove(l.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, errors.WithStack(err)
		}
	}
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return nil, errGone // another was faster
	}
	if err != nil {
		return nil, errors.WithStack(err)
	}
	f.Close()
	without.Store(l.token, true)
	if err := l.sign(); err != nil {
		return nil, errors.WithStack(err)
	}
	return l, nil
}

// sign writes who holds the lock.
func (l *Lock) sign() error {
	host, _ := os.Hostname()
	boot, space := machine()
	text, err := json.Marshal(holder{host, boot, os.Getpid(), space, time.Now().UTC().Truncate(time.Second), l.token})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(l.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(append(text, '\n'), holderAt)
	if err == nil {
		err = f.Truncate(int64(holderAt + len(text) + 1)) // who had it before may have written more
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}

// readHolder reads who holds a lock; it is the zero holder if that is not written yet.
func readHolder(path string) (by holder, err error) {
	f, err := os.Open(path)
	if err != nil {
		return by, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.NewSectionReader(f, holderAt, maxHolder))
	if err != nil || json.Unmarshal(text, &by) != nil {
		return holder{}, nil
	}
	return by, nil
}

// alive reports whether the holder of a lock on a file system without locks may be running.
func (h holder) alive(path string) bool {
	host, _ := os.Hostname()
	boot, space := machine()
	switch {
	case h.Process == 0: // made, and not signed yet
		info, err := os.Stat(path)
		return err == nil && time.Since(info.ModTime()) < time.Minute
	case h.Host != host:
		return true
	case h.Boot != boot:
		return false
	case h.Space != space:
		return true
	case h.Process == os.Getpid():
		_, ours := without.Load(h.Token)
		return ours
	}
	return running(h.Process)
}

// Release gives the lock back. What holds none, nil included, is left as it is.
func (l *Lock) Release() error {
	if l == nil || l.path == "" {
		return nil
	}
	path := l.path
	l.path = ""
	without.Delete(l.token)
	if l.file == nil {
		return errors.WithStack(os.Remove(path))
	}
	os.Remove(path) // while it is held: who opened it before finds out that it is gone
	err := l.file.Close()
	if runtime.GOOS == "windows" { // which removes no file that is open
		os.Remove(path)
	}
	return errors.WithStack(err)
}
