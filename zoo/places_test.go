package zoo

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A model is saved, and opened again, wherever a folder can be named, and links stay links.
func TestSavePlaces(t *testing.T) {
	made := models(t)
	parent := t.TempDir()
	for _, dir := range []string{"cwd/sub", "v1", "volume/lost+found"} {
		if err := os.MkdirAll(filepath.Join(parent, dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	latest := filepath.Join(parent, "latest")
	if err := os.Symlink("v1", latest); err != nil {
		t.Skip(err)
	}
	for _, tc := range []struct{ cwd, dir, place string }{
		{"cwd/sub", ".", "cwd/sub"},
		{"v1", "../v1/", "v1"},
		{"cwd", latest, "v1"},
		{"cwd", "../latest/.", "v1"},
		{"cwd", filepath.Join(parent, "new") + "//", "new"},
		{"cwd", "../volume", "volume"},
	} {
		t.Run(tc.dir, func(t *testing.T) {
			t.Chdir(filepath.Join(parent, tc.cwd))
			for _, name := range []string{"lm", "direct"} {
				saveTo(t, made[name], tc.dir)
				for _, dir := range []string{tc.dir, filepath.Join(parent, tc.place)} {
					if got, want := answers(t, must(Open[Model](dir))(t)), answers(t, made[name]); got != want {
						t.Errorf("%s in %q: answers\n%s, want\n%s", name, dir, got, want)
					}
				}
			}
		})
	}
	if target, err := os.Readlink(latest); target != "v1" {
		t.Errorf("the link leads to %q, %v", target, err)
	}
	wantFolders(t, parent, "cwd", "latest", "new", "v1", "volume")
	wantFolders(t, filepath.Join(parent, "v1"), "SHA256SUMS", "model.json", "weights.safetensors")
}

// TestSavingChild is a process that saves one model after the other.
func TestSavingChild(t *testing.T) {
	dir := os.Getenv("ELMAN_SAVING_DIR")
	if dir == "" {
		t.Skip("TestOpenWhileSaved runs it")
	}
	for size := 1; ; size = 1 + size%9 {
		m := must(NewLM(vocab(t, rhyme), LMConfig{Recurrence: Recurrence{Hidden: size}}, int64(size)))(t)
		if err := m.Save(dir); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
}

// While another process saves over and over, and is killed and started again, a model always opens.
func TestOpenWhileSaved(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "model")
	saveTo(t, models(t)["lm"], dir)
	kills := 20
	if testing.Short() {
		kills = 3
	}
	opened, seen := 0, map[string]bool{}
	for range kills {
		child := exec.Command(os.Args[0], "-test.run=^TestSavingChild$")
		child.Env = append(os.Environ(), "ELMAN_SAVING_DIR="+dir)
		var out strings.Builder
		child.Stdout, child.Stderr = &out, &out
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		clear(seen)
		for len(seen) < 4 {
			m, err := Open[*LM](dir)
			if err != nil {
				t.Fatalf("open %d: %v; the other says %q", opened, err, out.String())
			}
			seen[fmt.Sprint(m.store.Seed(), m.cfg.Hidden)] = true
			opened++
		}
		child.Process.Kill()
		child.Wait()
	}
	t.Logf("opened %d times", opened)
	saveTo(t, models(t)["lm"], dir)
	wantFolders(t, parent, "model")
	wantFolders(t, dir, "SHA256SUMS", "model.json", "weights.safetensors")
}

// Files that have no end, or only a hole for content, are refused at once.
func TestOpenHugeFiles(t *testing.T) {
	dir := t.TempDir()
	for _, tc := range []struct{ file, how, want string }{
		{weightsFile, "sparse", "there is more after the"},
		{modelFile, "sparse", "model.json: more than 268435456 bytes"},
		{"SHA256SUMS", "sparse", "SHA256SUMS: more than 1048576 bytes"},
		{weightsFile, "zeros", "invalid header"},
		{weightsFile, "device", "weights.safetensors is no regular file"},
		{modelFile, "device", "model.json is no regular file"},
		{"SHA256SUMS", "device", "SHA256SUMS is no regular file"},
	} {
		t.Run(tc.file+" "+tc.how, func(t *testing.T) {
			if tc.file == modelFile && testing.Short() {
				t.Skip("reads to its limit")
			}
			saveTo(t, models(t)["lm"], dir)
			path := filepath.Join(dir, tc.file)
			var err error
			switch tc.how {
			case "zeros":
				err = os.Truncate(path, 0)
				fallthrough
			case "sparse":
				if err == nil {
					err = os.Truncate(path, 1<<40)
				}
			case "device":
				os.Remove(path)
				err = os.Symlink("/dev/zero", path)
				defer os.Remove(path)
			}
			if err != nil {
				t.Skip(err)
			}
			_, err = Open[Model](dir)
			wantError(t, err, tc.want)
			os.Remove(path)
		})
	}
}
