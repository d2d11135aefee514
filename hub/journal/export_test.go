package journal

// For fuzz tests, which need no journal.
var (
	SubjectOf = subjectOf
	DedupeID  = dedupeID
)

// DropReaders cuts the connection of every Follow.
func (j *Journal) DropReaders() error {
	run, err := j.eng.Run()
	if err != nil {
		return err
	}
	return run.DropReaders()
}
