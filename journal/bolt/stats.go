package bolt

import (
	"sync/atomic"
	"time"
)

// Stats counts what a store has written since it was opened. Calls divided by Commits is how many calls shared a commit.
type Stats struct {
	Commits uint64        // transactions that became durable
	Calls   uint64        // that waited for them: of Append, PutSnapshot, Truncate, Open and others
	Bytes   uint64        // of the pages that were written, the B+tree's own included
	Busy    time.Duration // that the commits took, one after the other
}

// Stats returns the counts, which are taken one by one while others may write.
func (s *Store) Stats() Stats {
	return Stats{
		Commits: s.counts.commits.Load(),
		Calls:   s.counts.calls.Load(),
		Bytes:   s.counts.bytes.Load(),
		Busy:    time.Duration(s.counts.busy.Load()),
	}
}

type counts struct {
	commits, calls, bytes atomic.Uint64
	busy                  atomic.Int64
}

func (c *counts) add(calls int, bytes int64, busy time.Duration) {
	c.commits.Add(1)
	c.calls.Add(uint64(calls))
	c.bytes.Add(uint64(bytes))
	c.busy.Add(int64(busy))
}
