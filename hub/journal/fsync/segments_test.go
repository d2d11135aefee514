package fsync

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// recorded returns the segments of a folder and the names of what they sync.
func recorded(t *testing.T, dir string) (*Segments, *[]string) {
	t.Helper()
	var synced []string
	s, err := NewSegments(dir, ".blk", func(f *os.File) error {
		synced = append(synced, filepath.Base(f.Name()))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.syncNames = func(d string) error {
		if d != dir {
			t.Errorf("the names in %s are synced, want those in %s", d, dir)
		}
		synced = append(synced, "names")
		return nil
	}
	t.Cleanup(s.Close)
	return s, &synced
}

func segment(dir string, n int) string { return filepath.Join(dir, strconv.Itoa(n)+".blk") }

// TestSegmentsSyncWhatWasAppended: the newest file at each call, every file that has
// become full since the last one, and after them the names of new ones.
func TestSegmentsSyncWhatWasAppended(t *testing.T) {
	dir := t.TempDir()
	s, synced := recorded(t, dir)
	for _, step := range []struct {
		add, remove []int
		want        []string
	}{
		{nil, nil, nil},
		{[]int{1}, nil, []string{"1.blk", "names"}},
		{nil, nil, []string{"1.blk"}},
		{[]int{2, 3}, nil, []string{"1.blk", "2.blk", "3.blk", "names"}},
		{nil, []int{1}, []string{"3.blk"}},
		{[]int{4, 5, 6}, []int{2, 3, 4}, []string{"5.blk", "6.blk", "names"}},
		{[]int{8}, []int{5, 6}, []string{"8.blk", "names"}},
	} {
		for _, n := range step.add {
			if err := os.WriteFile(segment(dir, n), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, n := range step.remove {
			if err := os.Remove(segment(dir, n)); err != nil {
				t.Fatal(err)
			}
		}
		*synced = nil
		if err := s.Sync(); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(*synced, step.want) {
			t.Errorf("after adding %v and removing %v: synced %v, want %v", step.add, step.remove, *synced, step.want)
		}
	}
}

// TestSegmentsStartAtTheNewest: the others are on the disk.
func TestSegmentsStartAtTheNewest(t *testing.T) {
	dir := t.TempDir()
	for n := 1; n <= 3; n++ {
		if err := os.WriteFile(segment(dir, n), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, synced := recorded(t, dir)
	if err := s.Sync(); err != nil || !slices.Equal(*synced, []string{"3.blk", "names"}) {
		t.Errorf("synced %v, %v", *synced, err)
	}
}
