package bolt

import "context"

// revive opens the file anew after a write to it has failed, for somebody who wants to open a room: perhaps there is space
// on the disk again. It does nothing when no write has failed.
//
// After a failed write pages may look clean to the operating system that never came to the disk, and are not written again.
// That this does no harm rests on how bbolt commits: to pages that nothing refers to, and when these are durable to the
// older one of two headers. Where the pages failed, the headers do not know them, and they are written anew before one
// does. Where the header failed, it is the only thing that may be missing on the disk, and the next commit writes the other
// one, with all that this one had. Opening a room is such a commit, so nobody builds on less than what is durable.
func (s *Store) revive(ctx context.Context) error {
	if failed, _ := s.failure(); failed == nil {
		return nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	failed, wedged := s.failure()
	if failed == nil {
		return nil // somebody else did it
	}
	if err := s.closeFile(wedged); err != nil {
		s.logger.Warn("journal/bolt: closing the file after a failed write", "file", s.path, "error", err)
	}
	if err := s.open(); err != nil {
		return err
	}
	s.mu.Lock()
	s.failed, s.wedged = nil, false
	s.mu.Unlock()
	s.logger.Warn("journal/bolt: the file was opened again after a failed write", "file", s.path, "failure", failed)
	return nil
}

// failure returns the error of the first commit that failed since the file was opened, and nil when none did or the store is
// closed; and whether bbolt may hold locks for ever.
func (s *Store) failure() (failed error, wedged bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, false
	}
	return s.failed, s.wedged
}
