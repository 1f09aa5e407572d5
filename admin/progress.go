package admin

import (
	"fmt"
	"io"
	"os"
	"time"
)

// progress tells a person at a terminal how far a verb is, in one line that is written over and in the end removed. To a pipe
// or a file it says nothing.
type progress struct {
	terminal io.Writer // nil when there is none
	next     time.Time // when to say something again
	shown    bool
}

func newProgress(w io.Writer) *progress {
	if a, ok := w.(*attentive); ok {
		w = a.w
	}
	file, ok := w.(*os.File)
	if !ok {
		return &progress{}
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &progress{}
	}
	return &progress{terminal: file}
}

// pause lies between two things that are said, so that saying costs nothing and can be read.
const pause = 200 * time.Millisecond

func (p *progress) say(format string, args ...any) {
	if p.terminal == nil || time.Now().Before(p.next) {
		return
	}
	p.next, p.shown = time.Now().Add(pause), true
	fmt.Fprintf(p.terminal, "\r\x1b[K"+format, args...)
}

// clear removes the line, before something else is printed.
func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.terminal, "\r\x1b[K")
	}
	p.next, p.shown = time.Time{}, false
}

// note says something that stays.
func (p *progress) note(text string) {
	if p.terminal != nil {
		p.clear()
		fmt.Fprintln(p.terminal, text)
	}
}

// during tells, while something is done that cannot tell by itself, what it is and how long it takes.
func (p *progress) during(what func() string, do func() error) error {
	if p.terminal == nil {
		return do()
	}
	begun, done, ended := time.Now(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.say("%s, %d s", what(), int(time.Since(begun).Seconds()))
			case <-done:
				return
			}
		}
	}()
	err := do()
	close(done)
	<-ended
	p.clear()
	return err
}
