package crash

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/wire"
)

// A teller is a store that writes a line before everything that is done to a room, and another when it was acknowledged.
// Each line is one write of the system, so that its place among the writes of the journal is known.
type teller struct {
	journal.Store
	to    io.Writer
	early bool // a lie: what is about to be done is told to be done
}

// What a line says was done. Those that end in "ed" were acknowledged.
const (
	opened    = "opened"
	appends   = "append"
	appended  = "appended"
	puts      = "put"
	putted    = "putted"
	truncates = "truncate"
	truncated = "truncated"
)

// A line says what was done to a room.
type line struct {
	what string
	room aper.RoomID
	n    uint64 // the term that was opened, or the LSN
	sum  uint64 // of the record or snapshot
}

func (l line) String() string { return fmt.Sprintf("%s %s %d %d", l.what, l.room, l.n, l.sum) }

// A toldLine is a line, and where in the recording of the child that told it anybody may have read it first.
type toldLine struct {
	line
	began int
}

func (s *teller) tell(l line) error {
	_, err := io.WriteString(s.to, l.String()+"\n")
	return err
}

func parseLine(text string) (l line, err error) {
	fields := strings.Fields(text)
	if len(fields) != 4 {
		return l, fmt.Errorf("the line %q is not one that a teller writes", text)
	}
	l.what, l.room = fields[0], aper.RoomID(fields[1])
	if l.n, err = strconv.ParseUint(fields[2], 10, 64); err == nil {
		l.sum, err = strconv.ParseUint(fields[3], 10, 64)
	}
	return l, err
}

func sumOf(add func([]byte) []byte) uint64 {
	hash := fnv.New64a()
	hash.Write(add(nil))
	return hash.Sum64()
}

// Open is the method of journal.Store.
func (s *teller) Open(ctx context.Context, room aper.RoomID, o journal.OpenOptions) (journal.Log, journal.Head, error) {
	log, head, err := s.Store.Open(ctx, room, o)
	if err == nil {
		err = s.tell(line{opened, room, uint64(head.Term), 0})
	}
	return &tellingLog{log, s, room}, head, err
}

type tellingLog struct {
	journal.Log
	store *teller
	room  aper.RoomID
}

// around tells before and after.
func (l *tellingLog) around(before, after string, n, sum uint64, do func() error) error {
	if err := l.store.tell(line{before, l.room, n, sum}); err != nil {
		return err
	}
	if l.store.early {
		return errors.Join(l.store.tell(line{after, l.room, n, sum}), do())
	}
	if err := do(); err != nil {
		return err
	}
	return l.store.tell(line{after, l.room, n, sum})
}

func (l *tellingLog) Append(ctx context.Context, r *wire.Record) error {
	return l.around(appends, appended, uint64(r.LSN), sumOf(r.Append), func() error { return l.Log.Append(ctx, r) })
}

func (l *tellingLog) PutSnapshot(ctx context.Context, s *wire.RoomSnapshot) error {
	return l.around(puts, putted, uint64(s.LSN), sumOf(s.Append), func() error { return l.Log.PutSnapshot(ctx, s) })
}

func (l *tellingLog) Truncate(ctx context.Context, before wire.LSN) error {
	return l.around(truncates, truncated, uint64(before), 0, func() error { return l.Log.Truncate(ctx, before) })
}

// toldFile is where the recorded child tells, beside the file with the rooms.
const toldFile = ".told"

// recordedOutcomes is how many outcomes there are, at least, in what is recorded.
func recordedOutcomes(early bool) int {
	switch {
	case early:
		return 100
	case long():
		return 2500
	}
	return 1000
}

// recordLoad is the child that is recorded: it serves the rooms, lets authors write to them, and tells. When it
// is early it tells so too early.
func recordLoad(file string, early bool) error {
	told, err := os.OpenFile(file+toldFile, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	store, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		return err
	}
	service, err := startService(&teller{store, told, early}, "127.0.0.1:0", slog.Default())
	if err != nil {
		return err
	}
	l, err := startLoad(service.listener.Addr().String(), 2, 1, slog.Default())
	if err != nil {
		return err
	}
	if err := l.await(recordedOutcomes(early)); err != nil {
		return err
	}
	if err := l.finish(); err != nil {
		return err
	}
	l.close()
	if err := service.close(); err != nil {
		return err
	}
	return store.Close()
}
