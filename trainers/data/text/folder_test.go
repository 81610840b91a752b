package text

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// symlinks makes links in root, by the path of each what it says.
func symlinks(t *testing.T, root string, links map[string]string) {
	t.Helper()
	for path, to := range links {
		if err := os.Symlink(filepath.FromSlash(to), filepath.Join(root, filepath.FromSlash(path))); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
}

// Links are followed, to files and folders, and no file is taken twice, nor a circle run for ever.
func TestFolderFollowsLinks(t *testing.T) {
	elsewhere := folder(t, map[string]string{"blobs/1": "one", "blobs/2": "two", "more/3.txt": "three", "more/deep/4.txt": "four"})
	for name, tc := range map[string]struct {
		files, links map[string]string
		want         []string
	}{
		"files": {nil, map[string]string{"a.txt": elsewhere + "/blobs/1", "b.txt": elsewhere + "/blobs/2"},
			[]string{"a.txt", "b.txt"}},
		"one file by two links": {nil, map[string]string{"b.txt": elsewhere + "/blobs/1", "a.txt": elsewhere + "/blobs/1"},
			[]string{"a.txt"}},
		"a folder": {map[string]string{"x.txt": ""}, map[string]string{"m": elsewhere + "/more"},
			[]string{"m/3.txt", "m/deep/4.txt", "x.txt"}},
		"a folder and one in it": {nil, map[string]string{"a": elsewhere + "/more/deep", "b": elsewhere + "/more"},
			[]string{"a/4.txt", "b/3.txt"}},
		"its own file, relative": {map[string]string{"d/x.txt": ""}, map[string]string{"a.txt": "d/x.txt", "c": "d"},
			[]string{"d/x.txt"}},
		"circles": {map[string]string{"d/x.txt": ""}, map[string]string{"d/up": "..", "d/self": ".", "d/root": "/", "loop": "loop"},
			[]string{"d/x.txt"}},
		"a link to a link": {map[string]string{"x.txt": ""}, map[string]string{"a": "b", "b": elsewhere + "/more/deep"},
			[]string{"a/4.txt", "x.txt"}},
		"nowhere": {map[string]string{"x.txt": ""}, map[string]string{"gone.txt": "none"}, []string{"x.txt"}},
	} {
		t.Run(name, func(t *testing.T) {
			root := folder(t, tc.files)
			symlinks(t, root, tc.links)
			c, err := Folder(root, func(path string) bool { return filepath.Ext(path) == ".txt" })
			if err != nil || !slices.Equal(c.Paths, tc.want) {
				t.Fatalf("got %q, %v, wanted %q", c.Paths, err, tc.want)
			}
			linked := filepath.Join(t.TempDir(), "root")
			symlinks(t, "", map[string]string{linked: root})
			if c, err = Folder(linked, func(path string) bool { return filepath.Ext(path) == ".txt" }); err != nil || !slices.Equal(c.Paths, tc.want) {
				t.Errorf("the folder itself a link: got %q, %v, wanted %q", c.Paths, err, tc.want)
			}
			if _, err := c.Vocab(Bytes, VocabOptions{}); len(tc.files) == 0 && err != nil {
				t.Error(err)
			}
		})
	}
}

// A linked folder that links back into itself, or above, is walked once.
func TestFolderCircleElsewhere(t *testing.T) {
	elsewhere := folder(t, map[string]string{"a/b/1.txt": "1", "a/2.txt": "2"})
	symlinks(t, elsewhere, map[string]string{"a/b/up": "..", "a/b/top": "../.."})
	root := t.TempDir()
	symlinks(t, root, map[string]string{"b": elsewhere + "/a/b"})
	if c, err := Folder(root, nil); err != nil || !slices.Equal(c.Paths, []string{"b/1.txt"}) {
		t.Errorf("got %q, %v", c.Paths, err)
	}
}

// That there are no files is never without a reason.
func TestFolderWithoutFiles(t *testing.T) {
	root := folder(t, map[string]string{"a.md": "", "b.md": "", "sub/c.md": ""})
	symlinks(t, root, map[string]string{"x.txt": "none", "sub/y.txt": "../none", "sub/up": ".."})
	wantText := func(path string) bool { return filepath.Ext(path) == ".txt" }
	_, err := ReadFolder(root, wantText)
	want := []string{root, "no files; left out: 3 files not wanted, 2 links that lead nowhere, 1 links to a folder they are in"}
	wantError(t, err, want...)
	c, err := Folder(root, wantText)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Vocab(Runes, VocabOptions{})
	wantError(t, err, want[1])
	_, err = ReadFolder(t.TempDir(), nil)
	wantError(t, err, "no files")
}
