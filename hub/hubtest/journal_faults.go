package hubtest

import "slices"

// FailAppend makes every Append fail with an error that wraps hub.ErrJournal
// and err, storing nothing. Nil ends it.
func (j *Journal) FailAppend(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.appendErr = err
}

// FailFollow ends every Follow, those to come included, with an error that
// wraps hub.ErrJournal and err. Nil ends it.
func (j *Journal) FailFollow(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.followErr = err
	j.wake()
}

// FailReads makes every Bounds and History fail with an error that wraps
// hub.ErrJournal and err. Nil ends it.
func (j *Journal) FailReads(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.readErr, j.thenErr = err, nil
}

// HoldDelivery stores events without delivering them, as a reader that lags
// behind the acknowledgements does, until Release. A delivery that has begun
// is not taken back.
func (j *Journal) HoldDelivery() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.paused = true
}

// Release delivers what HoldDelivery has held up, and all that follows.
func (j *Journal) Release() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.paused = false
	j.wake()
}

// AfterReads makes reads fail as FailReads does, once n more of them have
// succeeded. A running hub reads now and then by itself, too.
func (j *Journal) AfterReads(n int, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.readsLeft, j.thenErr = n, err
}

// read counts a read and returns why it fails, nil when it does not. The caller
// holds mu.
func (j *Journal) read() error {
	if j.thenErr != nil {
		if j.readsLeft--; j.readsLeft < 0 {
			j.readErr, j.thenErr = j.thenErr, nil
		}
	}
	return j.readErr
}

// KeepLast bounds how many events are stored, from now on; the oldest go first.
// n below one means one.
func (j *Journal) KeepLast(n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.maxEvents = max(n, 1)
	j.trim()
}

// DropEphemeral drops every ephemeral event that is stored, as if their age had come.
func (j *Journal) DropEphemeral() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = slices.DeleteFunc(j.events, func(s stored) bool { return s.draft.Ephemeral })
	j.ephemeralFrom = j.last + 1
}

// Truncate drops the n oldest events, or all there are, as retention does.
func (j *Journal) Truncate(n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = j.events[min(max(n, 0), len(j.events)):]
}

// Reset begins another generation: no events, sequences from one, no known keys, a
// new epoch, as after a lost disk. Every Follow in progress ends with an error
// that wraps hub.ErrJournal.
func (j *Journal) Reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.begin()
}
