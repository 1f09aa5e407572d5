package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"os"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/wire"
)

// look opens a file that stays as it is. What the store has to say goes to w.
func look(file string, w io.Writer) (*bolt.Store, error) {
	return open(file, true, w, "stop that program, or look at a backup that its server makes (server.Server.Backup)")
}

// change opens a file that is there to change it. Instead says what a running server can do itself.
func change(file string, w io.Writer, instead string) (*bolt.Store, error) {
	return open(file, false, w, "stop that program, "+instead)
}

func open(file string, readOnly bool, w io.Writer, whenLocked string) (*bolt.Store, error) {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no file %s", file) // which the store would make
	}
	store, err := bolt.Open(file, bolt.Options{ReadOnly: readOnly, Logger: logger(w)})
	if errors.Is(err, bolt.ErrLocked) {
		return nil, fmt.Errorf("%s: %w; %s", file, bolt.ErrLocked, whenLocked)
	}
	return store, err
}

// logger writes what a person should know, who knows what time it is.
func logger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{
		Level: slog.LevelWarn,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
}

// A listed room is one that is there, though perhaps damaged.
type listed struct {
	journal.Entry
	damage error
}

// room finds a room by its name, or by the one that a server of this machine gives it. It fails with journal.ErrAbsent when
// there is none.
func (t *tool[S]) room(ctx context.Context, store *bolt.Store, file, name string) (*listed, error) {
	full, short := aper.RoomID(name), aper.RoomID(t.machine+"/"+name)
	var found *listed
	for entry, err := range store.Rooms(ctx) {
		switch entry.Room {
		case "":
			return nil, err
		case full:
			return &listed{entry, err}, nil
		case short:
			found = &listed{entry, err}
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%s has neither a room %q nor %q; the verb rooms lists what it has: %w", file, full, short, journal.ErrAbsent)
	}
	return found, nil
}

// own finds a room of this machine.
func (t *tool[S]) own(ctx context.Context, store *bolt.Store, file, name string) (*listed, error) {
	room, err := t.room(ctx, store, file, name)
	switch {
	case err != nil:
		return nil, err
	case room.damage != nil:
		return nil, room.damage
	case room.Machine != t.machine:
		return nil, fmt.Errorf("room %q belongs to the machine %s, and this program knows the rules of %s: use the program of that one",
			room.Room, room.Machine, t.machine)
	}
	return room, nil
}

// lookAt opens the file that a command line names first, to look at the room of this machine that it names next.
func (t *tool[S]) lookAt(ctx context.Context, l *line) (*bolt.Store, *listed, error) {
	args, err := l.parse()
	if err != nil {
		return nil, nil, err
	}
	store, err := look(args[0], t.stderr)
	if err != nil {
		return nil, nil, err
	}
	in, err := t.own(ctx, store, args[0], args[1])
	if err != nil {
		store.Close()
		return nil, nil, err
	}
	return store, in, nil
}

// snapshots returns where the snapshots of a room are that can be read, newest first. It holds one of them at a time.
func snapshots(ctx context.Context, log journal.Reader) (found []wire.Milestone, err error) {
	at := wire.LSN(math.MaxUint64)
	for {
		s, err := log.Snapshot(ctx, at)
		if err != nil || s == nil {
			return found, err
		}
		found = append(found, wire.Milestone{LSN: s.LSN, Seq: s.Position.Seq, Time: s.Time})
		if s.LSN == 0 {
			return found, nil
		}
		at = s.LSN - 1
	}
}

// base returns where the records that are kept can be replayed from: the oldest snapshot that no removed record follows, or
// the beginning, which is zero. It is false when there is neither.
func base(all []wire.Milestone, first wire.LSN) (oldest wire.Milestone, found bool) {
	if first <= 1 {
		return wire.Milestone{}, true
	}
	for _, m := range all {
		if m.LSN+1 >= first {
			oldest, found = m, true
		}
	}
	return oldest, found
}

// oldest returns the seq of the oldest state of a room that can be had.
func oldest(ctx context.Context, store *bolt.Store, room *listed) (aper.Seq, error) {
	log, _, err := store.Look(ctx, room.Room)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	all, err := snapshots(ctx, log)
	if err != nil {
		return 0, err
	}
	from, found := base(all, room.First)
	if !found {
		return 0, fmt.Errorf("room %q: %w: no snapshot goes before record %d, the first that is kept", room.Room, journal.ErrUnreadable, room.First)
	}
	return from.Seq, nil
}

// kept adds to an error about what was removed what is kept.
func kept(err error, oldest aper.Seq) error {
	if errors.Is(err, journal.ErrTruncated) {
		return fmt.Errorf("%w; what is kept begins with the state at %d and the event after it", err, oldest)
	}
	return err
}
