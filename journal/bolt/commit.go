package bolt

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/aper-go/aper/journal"
	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// A change reads what it depends on and returns how to write, or why not. It has written nothing when it returns.
type change func(tx *bbolt.Tx) (write func() error, refused error)

type call struct {
	change change
	done   chan struct{} // closed when err is final
	err    error
}

// commit makes a change durable. Everything that waits when the turn comes to somebody is committed by him in one
// transaction; nobody waits for company. (DB.Batch of bbolt always waits, up to MaxBatchDelay, and knows no context.)
// When ctx is done before that, the change is withdrawn and ctx's error returned.
func (s *Store) commit(ctx context.Context, change change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := &call{change: change, done: make(chan struct{})}
	s.mu.Lock()
	s.waiting = append(s.waiting, c)
	s.mu.Unlock()
	select {
	case <-c.done:
	case <-ctx.Done():
		if s.withdraw(c) {
			return ctx.Err()
		}
	case s.turn <- struct{}{}:
		runtime.Gosched() // to the rooms that are about to commit, too: they share the transaction
		s.commitWaiting()
		<-s.turn
	}
	<-c.done
	return c.err
}

// withdraw reports whether c was still waiting.
func (s *Store) withdraw(c *call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.waiting {
		if s.waiting[i] == c {
			s.waiting = append(s.waiting[:i], s.waiting[i+1:]...)
			return true
		}
	}
	return false
}

func (s *Store) commitWaiting() {
	s.mu.Lock()
	group := s.waiting
	s.waiting = nil
	s.mu.Unlock()
	if len(group) == 0 {
		return // an earlier turn did it
	}
	err := s.usable()
	if err == nil {
		err = s.commitGroup(group)
	}
	for _, c := range group {
		if err != nil {
			c.err = err // also when it was refused: perhaps because of another change in the group, which has failed
		}
		close(c.done)
	}
}

var errNothing = errors.New("nothing to write")

func (s *Store) commitGroup(group []*call) error {
	var transaction *bbolt.Tx
	var id int
	began := time.Now()
	err := guard(func() error {
		return s.db.Load().Update(func(tx *bbolt.Tx) error {
			transaction, id = tx, tx.ID()
			return changeAll(tx, group)
		})
	})
	switch {
	case err == nil:
		s.stable.Store(int64(id))
		written := transaction.Stats()
		s.counts.add(len(group), written.GetPageAlloc(), time.Since(began))
		return nil
	case errors.Is(err, errNothing):
		return nil
	}
	_, wedged := err.(*panicError)
	err = fmt.Errorf("writing to %s failed, and what was written is not known; see to the disk; rooms can be opened again when it takes writes: %w",
		s.path, err)
	s.fail(err, wedged)
	return err
}

func changeAll(tx *bbolt.Tx, group []*call) error {
	result := errNothing
	for _, c := range group {
		var write func() error
		c.err = guardRead(func() (err error) {
			write, err = c.change(tx)
			return err
		})
		if c.err != nil {
			continue
		}
		if err := write(); err != nil {
			return err
		}
		result = nil
	}
	return result
}

// view looks at what is durable.
func (s *Store) view(ctx context.Context, look func(tx *bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.usable(); err != nil {
		return err
	}
	return guardRead(func() error {
		tx, err := s.stableTx(ctx)
		if errors.Is(err, bbolterrors.ErrDatabaseNotOpen) {
			return journal.ErrClosed
		}
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		return look(tx)
	})
}

// stableTx begins a transaction that sees nothing of a commit in progress. (In bbolt a commit can be seen from the
// moment its last page is written, before it is synced.)
func (s *Store) stableTx(ctx context.Context) (*bbolt.Tx, error) {
	tx, err := s.db.Load().Begin(false)
	if err != nil || int64(tx.ID()) <= s.stable.Load() {
		return tx, err
	}
	_ = tx.Rollback()
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := s.usable(); err != nil {
		return nil, err
	}
	return s.db.Load().Begin(false)
}
