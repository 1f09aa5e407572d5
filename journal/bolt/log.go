package bolt

import (
	"context"
	"fmt"
	"iter"
	"sync"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
	"go.etcd.io/bbolt"
)

// log implements journal.Log.
type log struct {
	store *Store
	room  aper.RoomID
	term  wire.Term

	mu     sync.Mutex
	ended  error // of the first Append that failed
	closed bool
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
		return func() error { return tx.Bucket(bucketRecords).Put(key, value) }, nil
	})
	if err == nil {
		return nil
	}
	l.end(err)
	return l.store.located("append", l.room, r.LSN, err)
}

func (l *log) Read(ctx context.Context, from wire.LSN) iter.Seq2[*wire.Record, error] {
	return func(yield func(*wire.Record, error) bool) {
		reading := reading{log: l, next: from}
		for more := true; more; {
			records, err := reading.chunk(ctx)
			for _, r := range records {
				if !yield(r, nil) {
					return
				}
			}
			if err != nil {
				yield(nil, l.store.located("read", l.room, reading.next, err))
				return
			}
			more = reading.next <= reading.to
		}
	}
}

func (l *log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	return nil
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

func (l *log) usable() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return journal.ErrClosed
	}
	return nil
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

// A reading takes records out of the file a chunk at a time, each in a short transaction: a long one would keep the file
// from growing and from using freed space again, and an Append inside the loop would wait for it for ever.
type reading struct {
	log   *log
	next  wire.LSN
	to    wire.LSN // 0 until the first chunk
	begun bool
	tag   wire.Tag // of the record before next
}

// A chunk ends when it has this many records, or bytes.
const (
	chunkRecords = 256
	chunkBytes   = 1 << 20
)

// chunk returns the records that can be had, also when it returns an error.
func (r *reading) chunk(ctx context.Context) (records []*wire.Record, err error) {
	if err := r.log.usable(); err != nil {
		return nil, err
	}
	err = r.log.store.view(ctx, func(tx *bbolt.Tx) error {
		row, err := getRow(tx, r.log.room)
		if err != nil {
			return err
		}
		last, err := row.Read(r.next)
		if err != nil {
			return err
		}
		if !r.begun {
			r.to = last
		}
		w := walk{tx: tx, room: r.log.room, row: row, previous: journal.Mark{LSN: r.next - 1, Tag: r.tag}, chained: r.begun}
		for size := 0; r.next <= r.to && size < chunkBytes && len(records) < chunkRecords; {
			record, n, err := w.next()
			if err != nil {
				return err
			}
			records = append(records, record)
			size += n
			r.next, r.tag, r.begun = record.LSN+1, record.Tag, true
		}
		return nil
	})
	return records, err
}
