package hubtest_test

import (
	"testing"

	"latido/hub"
	"latido/hub/hubtest"
)

func TestJournalConformance(t *testing.T) {
	hubtest.RunJournalTests(t, func(*testing.T) hub.Journal { return hubtest.NewJournal() })
}
