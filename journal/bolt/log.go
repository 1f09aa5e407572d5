package bolt

import (
	"context"
	"fmt"
	"sync"

	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
	"go.etcd.io/bbolt"
)

// log implements journal.Log.
type log struct {
	reader

	mu    sync.Mutex
	ended error // of the first Append that failed
}

func (l *log) Append(ctx context.Context, r *wire.Record) error {
	key := recordKey(l.room, r.LSN)
	value := seal(key, r.Append)
	err := l.write(ctx, func(tx *bbolt.Tx, row *journal.Row) (func() error, error) {
		if err := row.Append(l.term, r); err != nil {
			return nil, err
		}
		if len(value) > bbolt.MaxValueSize {
			return nil, fmt.Errorf("%w: the record has %d bytes, %d are possible", journal.ErrRefused, len(value), bbolt.MaxValueSize)
		}
		look(tx, bucketRecords, key)
		return func() error { return tx.Bucket(bucketRecords).Put(key, value) }, nil
	})
	if err == nil {
		return nil
	}
	l.end(err)
	return l.store.located("append", l.room, r.LSN, err)
}

// write makes a change together with the row, which the change may alter, unless the log is closed or has ended.
func (l *log) write(ctx context.Context, change func(tx *bbolt.Tx, row *journal.Row) (func() error, error)) error {
	if err := l.usable(); err != nil {
		return err
	}
	if ended := l.end(nil); ended != nil {
		return fmt.Errorf("this log ended with an earlier error: %w", ended)
	}
	return l.store.commit(ctx, func(tx *bbolt.Tx) (func() error, error) {
		before, err := getRow(tx, l.room)
		if err != nil {
			return nil, err
		}
		row := before
		write, err := change(tx, &row)
		if err != nil {
			return nil, err
		}
		return func() error {
			if err := write(); err != nil || row == before {
				return err
			}
			return putRow(tx, l.room, row)
		}, nil
	})
}

// end ends the log if err is not nil, and returns the error it ended with.
func (l *log) end(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended == nil {
		l.ended = err
	}
	return l.ended
}
