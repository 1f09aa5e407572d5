package socket

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

// reader implements journal.Reader. The server holds the room for as long as the answer to the look is open.
type reader struct {
	client *Client
	room   aper.RoomID
	number uint64
	answer io.Closer
	stop   context.CancelFunc
	once   sync.Once
	closed atomic.Bool
}

// Look is the method of journal.Catalog.
func (c *Client) Look(ctx context.Context, room aper.RoomID) (journal.Reader, journal.Head, error) {
	lasting, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer context.AfterFunc(ctx, stop)() // the context ends this call, and not what it returns
	r := &reader{client: c, room: room, stop: stop}
	head, err := r.begin(lasting)
	if err = cmp.Or(ctx.Err(), err); err != nil {
		r.Close()
		return nil, journal.Head{}, located("look", room, 0, err)
	}
	return r, head, nil
}

func (l *reader) begin(ctx context.Context) (journal.Head, error) {
	answer, err := l.client.post(ctx, "look", url.Values{"room": {string(l.room)}})
	if err != nil {
		return journal.Head{}, err
	}
	l.answer = answer
	f, err := readFrame(bufio.NewReader(answer))
	if err != nil {
		return journal.Head{}, l.client.failed(ctx, err)
	}
	if f.err != nil {
		return journal.Head{}, f.err
	}
	number, head, err := readLook(f.value)
	if err != nil {
		return journal.Head{}, l.client.unreadable(err)
	}
	l.number = number
	return head, nil
}

func (l *reader) Read(ctx context.Context, from wire.LSN) iter.Seq2[*wire.Record, error] {
	return func(yield func(*wire.Record, error) bool) {
		next := from
		for value, err := range l.call(ctx, "read", "from", from) {
			var record wire.Record
			if err == nil {
				record, err = wire.ReadRecord(value)
			}
			if err == nil && record.LSN != next {
				err = errors.New("the server sent the records out of order")
			}
			if err != nil {
				yield(nil, located("read", l.room, next, err))
				return
			}
			if !yield(&record, nil) {
				return
			}
			next++
		}
	}
}

func (l *reader) Snapshot(ctx context.Context, at wire.LSN) (found *wire.RoomSnapshot, err error) {
	for value, err := range l.call(ctx, "snapshot", "at", at) {
		if err == nil {
			found, err = readSnapshot(value)
		}
		if err == nil && found != nil && found.LSN > at {
			err = errors.New("the server sent a snapshot of a later record")
		}
		if err != nil {
			return nil, located("snapshot", l.room, at, err)
		}
	}
	return found, nil
}

// call asks about a place in the room.
func (l *reader) call(ctx context.Context, operation, place string, at wire.LSN) iter.Seq2[[]byte, error] {
	if l.closed.Load() {
		return func(yield func([]byte, error) bool) { yield(nil, journal.ErrClosed) }
	}
	return l.client.call(ctx, operation, url.Values{
		"look": {strconv.FormatUint(l.number, 10)},
		place:  {strconv.FormatUint(uint64(at), 10)},
	})
}

func (l *reader) Close() error {
	l.closed.Store(true)
	l.once.Do(func() {
		l.stop()
		if l.answer != nil {
			_ = l.answer.Close() // it was cut short on purpose
		}
	})
	return nil
}

// located says what an error is about, unless the store has said it.
func located(operation string, room aper.RoomID, at wire.LSN, err error) error {
	if _, is := err.(*journal.Error); is || err == nil {
		return err
	}
	return &journal.Error{Op: operation, Room: room, LSN: at, Err: err}
}
