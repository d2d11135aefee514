package journal

// What a fuzz test must reach without a journal around it.
var (
	SubjectOf = subjectOf
	DedupeID  = dedupeID
)

// DropReaders cuts the connection of everyone who follows.
func (j *Journal) DropReaders() error {
	run, err := j.eng.Run()
	if err != nil {
		return err
	}
	return run.DropReaders()
}
