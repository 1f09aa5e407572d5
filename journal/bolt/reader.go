package bolt

import (
	"context"
	"iter"
	"sync/atomic"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
	"go.etcd.io/bbolt"
)

// reader implements journal.Reader.
type reader struct {
	store  *Store
	room   aper.RoomID
	term   wire.Term
	closed atomic.Bool
}

func (l *reader) Read(ctx context.Context, from wire.LSN) iter.Seq2[*wire.Record, error] {
	return func(yield func(*wire.Record, error) bool) {
		reading := reading{log: l, next: from}
		for more := true; more; {
			var records []*wire.Record
			err := reading.chunk(ctx, func(r *wire.Record, _ []byte) { records = append(records, r) })
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

func (l *reader) Snapshot(ctx context.Context, at wire.LSN) (s *wire.RoomSnapshot, err error) {
	var damage []*journal.Error
	err = l.view(ctx, func(tx *bbolt.Tx, _ journal.Row) error {
		s, damage = snapshotAt(tx, l.room, at)
		return nil
	})
	if err != nil {
		return nil, l.store.located("snapshot", l.room, at, err)
	}
	l.store.passedOver(l.room, damage)
	return s, nil
}

func (l *reader) Close() error {
	l.closed.Store(true)
	return nil
}

func (l *reader) usable() error {
	if l.closed.Load() {
		return journal.ErrClosed
	}
	return nil
}

// view looks at the room, if it is still the one that was opened.
func (l *reader) view(ctx context.Context, look func(tx *bbolt.Tx, row journal.Row) error) error {
	if err := l.usable(); err != nil {
		return err
	}
	return l.store.view(ctx, func(tx *bbolt.Tx) error {
		row, err := getRow(tx, l.room)
		if err != nil {
			return err
		}
		if err := row.Holds(l.term); err != nil {
			return err
		}
		return look(tx, row)
	})
}

// A reading takes records out of the file a chunk at a time, each in a short transaction: a long one would keep the file
// from growing and from using freed space again, and an Append inside the loop would wait for it for ever.
type reading struct {
	log     *reader
	next    wire.LSN
	to      wire.LSN // 0 until the first chunk
	tag     wire.Tag // of the record before next
	chained bool     // tag is known
}

// A chunk ends when it has this many records, or bytes.
const (
	chunkRecords = 256
	chunkBytes   = 1 << 20
)

// chunk takes the records that can be had, also when it returns an error. What take is given as stored is a view.
func (r *reading) chunk(ctx context.Context, take func(record *wire.Record, stored []byte)) error {
	return r.log.view(ctx, func(tx *bbolt.Tx, row journal.Row) error {
		last, err := row.Read(r.next)
		if err != nil {
			return err
		}
		if r.to == 0 {
			r.to = last
		}
		w := walk{tx: tx, room: r.log.room, row: row, previous: journal.Mark{LSN: r.next - 1, Tag: r.tag}, chained: r.chained}
		for n, size := 0, 0; r.next <= r.to && size < chunkBytes && n < chunkRecords; n++ {
			record, stored, err := w.next()
			if err != nil {
				return err
			}
			take(record, stored)
			size += len(stored)
			r.next, r.tag, r.chained = record.LSN+1, record.Tag, true
		}
		return nil
	})
}
