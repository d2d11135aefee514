package event

import (
	"encoding/json"
	"fmt"
	"strings"
)

// TaskResult is what a task has produced: any JSON, of which a decoded result
// keeps the member url alone, because the rest may be as large as an event.
type TaskResult struct {
	raw json.RawMessage // nil for null
	URL string          // of a decoded result; "" for none
}

// NewTaskResult encodes v. It fails when v cannot be encoded, or is longer than
// MaxTaskResult; clients read the text of its errors in task_failed. It panics
// when a MarshalJSON method of v does.
func NewTaskResult(v any) (TaskResult, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return TaskResult{}, fmt.Errorf("the result can't be encoded: %w", err)
	}
	if len(raw) > MaxTaskResult {
		return TaskResult{}, fmt.Errorf("the result is %d bytes long, %d are allowed", len(raw), MaxTaskResult)
	}
	return TaskResult{raw: raw}, nil
}

// MarshalJSON implements json.Marshaler.
func (r TaskResult) MarshalJSON() ([]byte, error) {
	if r.raw == nil {
		return []byte("null"), nil
	}
	return r.raw, nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *TaskResult) UnmarshalJSON(data []byte) error {
	var result struct {
		URL string `json:"url"`
	}
	_ = json.Unmarshal(data, &result) // a result of another type has no URL
	*r = TaskResult{URL: result.URL}
	return nil
}

// ExportResult is the result of a task of the type "export".
type ExportResult struct {
	Events int    `json:"events"`
	Bytes  int64  `json:"bytes"`
	URL    string `json:"url"` // see ExportPath
}

// The path of an export is exportDir, the task's id and ExportExt.
const (
	exportDir = "/exports/"
	ExportExt = ".ndjson"
)

// maxExportID bounds the id in an export's path, in bytes.
const maxExportID = 80

// ExportPath returns the path at which the export of a task is downloaded:
// /exports/TASK_ID.ndjson.
func ExportPath(task string) string { return exportDir + task + ExportExt }

// ExportTask returns the task whose export has the path, and false for any other
// path: the channel tasks takes events from clients, so a result's URL may be
// anything. The id is 1 to 80 characters of [a-z0-9_].
func ExportTask(path string) (task string, ok bool) {
	task, inDir := strings.CutPrefix(path, exportDir)
	task, isExport := strings.CutSuffix(task, ExportExt)
	ok = inDir && isExport && task != "" && len(task) <= maxExportID
	for i := range len(task) {
		c := task[i]
		ok = ok && ('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_')
	}
	if !ok {
		return "", false
	}
	return task, true
}
