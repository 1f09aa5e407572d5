package apertest

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/aper-go/aper"
)

// An outcome is what came of applying a transition: a state, a conflict, or a panic.
type outcome[S any] struct {
	state    S
	code     []byte // encoding of the state
	codeErr  error
	conflict error
	text     string // of the conflict
	panicked error
}

func (o outcome[S]) accepted() bool { return o.conflict == nil && o.panicked == nil }

// apply applies a transition with a fresh copy of its meta. The copy is of no use to anyone afterwards, so that a rule
// which keeps it is found out.
func apply[S aper.StateMachine[S]](state S, s step[S]) outcome[S] {
	got, m := applyKeepingMeta(state, s)
	*m = aper.Meta{Seq: 666, Client: 666, User: "a Meta that Apply kept", ClientSeq: 666, Time: 666, Entropy: 666}
	return got
}

// applyKeepingMeta also returns the meta as Apply left it. What a conflict or a panic comes with is no part of the
// outcome.
func applyKeepingMeta[S aper.StateMachine[S]](state S, s step[S]) (outcome[S], *aper.Meta) {
	m := s.meta
	var got outcome[S]
	got.panicked = catch(func() {
		if got.state, got.conflict = s.transition.Apply(state, &m); got.conflict != nil {
			got.text = got.conflict.Error()
		}
	})
	if got.accepted() {
		got.code, got.codeErr = encode(codeState[S], got.state)
	}
	return got, &m
}

// sameAs reports whether nobody could tell two outcomes apart.
func (o outcome[S]) sameAs(other outcome[S]) bool { return o.essence() == other.essence() }

func (o outcome[S]) essence() string {
	switch {
	case o.panicked != nil:
		return "panic"
	case o.conflict != nil:
		return fmt.Sprintf("conflict %q %q", o.text, travels(o.conflict))
	case o.codeErr != nil:
		return "no encoding"
	}
	return "state " + string(o.code)
}

// A panicError is a panic in the code of a machine.
type panicError struct {
	value any
	where string // file and line, if it is known
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v%s", p.value, p.where) }

// catch calls f and returns its panic as an error.
func catch(f func()) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicError{value, panicPlace()}
		}
	}()
	f()
	return nil
}

// panicPlace finds the line that panicked: the first one below the runtime's own.
func panicPlace() string {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, "runtime.") && frame.File != "" {
			return fmt.Sprintf(" (at %s:%d)", filepath.Base(frame.File), frame.Line)
		}
		if !more {
			return ""
		}
	}
}
