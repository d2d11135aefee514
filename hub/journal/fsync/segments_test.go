package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestBlocksSyncsWhatWasAppended: the newest file at each call, and every file
// that has become full since the last one.
func TestBlocksSyncsWhatWasAppended(t *testing.T) {
	dir := t.TempDir()
	var synced []string
	b := &blocks{dir: dir, force: func(f *os.File) error {
		synced = append(synced, filepath.Base(f.Name()))
		return nil
	}, end: func() {}}
	t.Cleanup(b.close)
	for _, step := range []struct {
		add, remove []int
		want        []string
	}{
		{nil, nil, nil},
		{[]int{1}, nil, []string{"1.blk"}},
		{nil, nil, []string{"1.blk"}},
		{[]int{2, 3}, nil, []string{"1.blk", "2.blk", "3.blk"}},
		{nil, []int{1}, []string{"3.blk"}},
		{[]int{4, 5, 6}, []int{2, 3, 4}, []string{"5.blk", "6.blk"}},
		{[]int{8}, []int{5, 6}, []string{"8.blk"}},
	} {
		for _, n := range step.add {
			if err := os.WriteFile(blockName(dir, n), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, n := range step.remove {
			if err := os.Remove(blockName(dir, n)); err != nil {
				t.Fatal(err)
			}
		}
		synced = nil
		if err := b.sync(); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(synced, step.want) {
			t.Errorf("after adding %v and removing %v: synced %v, want %v", step.add, step.remove, synced, step.want)
		}
	}
}

func TestBlocksStartsBehindWhatIsSynced(t *testing.T) {
	dir := t.TempDir()
	for n := 1; n <= 3; n++ {
		if err := os.WriteFile(blockName(dir, n), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var synced []string
	b := &blocks{dir: dir, n: 2, force: func(f *os.File) error {
		synced = append(synced, filepath.Base(f.Name()))
		return nil
	}, end: func() {}}
	t.Cleanup(b.close)
	if err := b.sync(); err != nil || fmt.Sprint(synced) != "[3.blk]" {
		t.Errorf("synced %v, %v", synced, err)
	}
}
