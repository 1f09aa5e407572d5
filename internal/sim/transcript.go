package sim

import (
	"fmt"
	"strings"
)

// Transcribe replays a history and returns its text with the effects written anew. Remarks and empty lines stay.
func (s Subject[S]) Transcribe(text string) (string, error) {
	w := NewWorld(s.Machine, s.Observers(s.Machine)...)
	var out strings.Builder
	w.Trace(&out)
	err := protect(func() error {
		number := 0
		for line := range strings.Lines(text) {
			number++
			a, err := ParseAction(line)
			if err != nil {
				return fmt.Errorf("line %d: %w", number, err)
			}
			if line != "\n" && strings.TrimLeft(line, " \t") != line {
				continue
			}
			out.WriteString(line)
			if a.Verb == 0 {
				continue
			}
			if err := w.Do(a); err != nil {
				return fmt.Errorf("line %d: %w", number, err)
			}
		}
		return nil
	})
	return out.String(), err
}
