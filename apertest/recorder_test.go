package apertest_test

import (
	"fmt"
	"testing"
)

// A recorder is a test that keeps its failures to itself.
type recorder struct {
	testing.TB
	errors []string
	logs   []string
}

func (r *recorder) Helper() {}

func (r *recorder) Name() string { return "TestRecorder/a_part" }

func (r *recorder) Errorf(form string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(form, args...))
}

func (r *recorder) Logf(form string, args ...any) {
	r.logs = append(r.logs, fmt.Sprintf(form, args...))
}

// failures returns what a check reports.
func failures(check func(testing.TB)) []string {
	var r recorder
	check(&r)
	return r.errors
}
