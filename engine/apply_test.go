package engine

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aper-go/aper"
)

// Rule O6: what is promised of a conflict is its constant and its path, wherever in the error they are.
func TestConflictOf(t *testing.T) {
	const taken = aper.Conflict("the cell is taken")
	long := strings.Repeat("é", 200)
	for name, c := range map[string]struct {
		err      error
		path     string
		conflict aper.Conflict
	}{
		"constant":      {taken, "", taken},
		"nested":        {aper.In("Cards", aper.In("7-3-1", taken)), "Cards.7-3-1", taken},
		"wrapped":       {aper.In("Cards", fmt.Errorf("at 3: %w", taken)), "Cards", taken},
		"joined":        {errors.Join(errors.New("context"), taken), "", taken},
		"text":          {errors.New("no constant"), "", "no constant"},
		"long text":     {errors.New(long), "", aper.Conflict(strings.Repeat("é", 128))},
		"long path":     {aper.In(long, taken), strings.Repeat("é", (256-len(taken))/2), taken},
		"not UTF-8":     {aper.In("a\xffb", taken), "a�b", taken},
		"path and text": {aper.In(strings.Repeat("p", 200), taken), strings.Repeat("p", 200), taken},
	} {
		t.Run(name, func(t *testing.T) {
			path, conflict := conflictOf(c.err)
			if path != c.path || conflict != c.conflict {
				t.Errorf("got %q %q, want %q %q", path, conflict, c.path, c.conflict)
			}
			if len(path)+len(conflict) > maxConflict {
				t.Errorf("%d bytes travel", len(path)+len(conflict))
			}
		})
	}
}
