package hubtest_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"latido/hub/hubtest"
	"latido/hub/kv"
)

func TestRecordsConformance(t *testing.T) {
	hubtest.RunRecordsTests(t, func(*testing.T) kv.Store { return hubtest.NewRecords() })
}

// TestRecordsThatFail: a bubble sees a Watch settle, and the switches end what
// runs, and nothing when they are put back.
func TestRecordsThatFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, broken := hubtest.NewRecords(), errors.New("broken")
		revision, err := r.Put(t.Context(), "user.1", []byte("a"), 0)
		if err != nil {
			t.Fatal(err)
		}
		r.FailWrites(broken)
		_, err = r.Put(t.Context(), "user.1", []byte("b"), revision)
		if !errors.Is(err, kv.ErrUnavailable) || !errors.Is(err, broken) {
			t.Errorf("put: %v, want ErrJournal and the cause", err)
		}
		if err := r.Delete(t.Context(), "user.1", revision); !errors.Is(err, kv.ErrUnavailable) || !errors.Is(err, broken) {
			t.Errorf("delete: %v, want ErrJournal and the cause", err)
		}
		r.FailWrites(nil)
		watch := func() (seen chan kv.Record, ready chan struct{}, ended chan error) {
			seen, ready, ended = make(chan kv.Record, 10), make(chan struct{}, 1), make(chan error, 1)
			go func() {
				ended <- r.Watch(t.Context(), func(record kv.Record) { seen <- record }, func() { ready <- struct{}{} })
			}()
			synctest.Wait()
			return seen, ready, ended
		}
		seen, ready, ended := watch()
		if len(seen) != 1 || len(ready) != 1 || len(ended) != 0 {
			t.Fatalf("%d records, ready %d, ended %d", len(seen), len(ready), len(ended))
		}
		r.FailWatch(broken)
		synctest.Wait()
		if err := <-ended; !errors.Is(err, kv.ErrUnavailable) || !errors.Is(err, broken) {
			t.Errorf("watch: %v, want ErrJournal and the cause", err)
		}
		seen, _, ended = watch()
		if err := <-ended; !errors.Is(err, broken) || len(seen) != 0 {
			t.Errorf("a new watch: %v after %d records", err, len(seen))
		}
		r.FailWatch(nil)
		seen, ready, ended = watch()
		if len(seen) != 1 || len(ready) != 1 || len(ended) != 0 {
			t.Errorf("afterwards: %d records, ready %d, ended %d", len(seen), len(ready), len(ended))
		}
	})
}
