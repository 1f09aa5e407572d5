package bolt

import (
	"path/filepath"
	"testing"

	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/journaltest"
)

func mustOpen(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestConformance(t *testing.T) {
	journaltest.Run(t,
		func(t *testing.T) journal.Store { return mustOpen(t, filepath.Join(t.TempDir(), "rooms.db")) },
		func(t *testing.T, s journal.Store) journal.Store {
			old := s.(*Store)
			if err := old.Close(); err != nil {
				t.Fatal(err)
			}
			return mustOpen(t, old.path)
		})
}
