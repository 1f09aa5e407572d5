package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"log/slog"
	"math"
	"os"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/wire"
)

// look opens a file that stays as it is, or looks into the server that has it open. What the store has to say goes to w.
func look(file string, w io.Writer) (source, error) {
	return reach(file, true, w, "stop that program, or look at a backup that its server makes (server.Server.Backup)")
}

// change opens a file that is there to change it, or looks into the server that has it open. Instead says what that can do
// itself.
func change(file string, w io.Writer, instead string) (source, error) {
	return reach(file, false, w, "stop that program, "+instead)
}

// reach opens a file, or finds the server that has it open.
func reach(file string, readOnly bool, w io.Writer, whenLocked string) (source, error) {
	if isSocket(file) {
		return lookInto(file, w)
	}
	store, err := open(file, readOnly, w)
	if !errors.Is(err, bolt.ErrLocked) {
		return store, err
	}
	if path, found := beside(file); found {
		server, unreachable := lookInto(path, w)
		if unreachable == nil {
			return server, nil
		}
		return nil, fmt.Errorf("%w, and cannot be looked into: %w; %s", err, unreachable, whenLocked)
	}
	return nil, fmt.Errorf("%w; %s", err, whenLocked)
}

// open opens a file that is there.
func open(file string, readOnly bool, w io.Writer) (*bolt.Store, error) {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no file %s", file) // which the store would make
	}
	store, err := bolt.Open(file, bolt.Options{ReadOnly: readOnly, Logger: logger(w)})
	if errors.Is(err, bolt.ErrLocked) {
		return nil, fmt.Errorf("%s: %w", file, bolt.ErrLocked)
	}
	return store, err
}

// alone opens a file for what a running server cannot do. Instead says how it can be done all the same.
func alone(file string, readOnly bool, w io.Writer, instead string) (*bolt.Store, error) {
	if isSocket(file) {
		return nil, fmt.Errorf("%s is the socket of a running server: %s", file, instead)
	}
	store, err := open(file, readOnly, w)
	if errors.Is(err, bolt.ErrLocked) {
		return nil, fmt.Errorf("%w; %s", err, instead)
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
func (t *tool[S]) room(ctx context.Context, store source, file, name string) (*listed, error) {
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
func (t *tool[S]) own(ctx context.Context, store source, file, name string) (*listed, error) {
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
func (t *tool[S]) lookAt(ctx context.Context, l *line) (source, *listed, error) {
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
	for s, err := range eachSnapshot(ctx, log) {
		if err != nil {
			return nil, err
		}
		found = append(found, wire.Milestone{LSN: s.LSN, Seq: s.Position.Seq, Time: s.Time})
	}
	return found, nil
}

// eachSnapshot yields the snapshots of a room that can be read, newest first. An error ends it.
func eachSnapshot(ctx context.Context, log journal.Reader) iter.Seq2[*wire.RoomSnapshot, error] {
	return func(yield func(*wire.RoomSnapshot, error) bool) {
		for at := wire.LSN(math.MaxUint64); at > 0; at-- {
			s, err := log.Snapshot(ctx, at)
			if err == nil && s == nil || !yield(s, err) || err != nil || s.LSN == 0 {
				return
			}
			at = s.LSN
		}
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

// beginning returns from where a room can be replayed, and the snapshots that there are, newest first.
func beginning(ctx context.Context, log journal.Reader, room journal.Entry) (from wire.Milestone, all []wire.Milestone, err error) {
	if all, err = snapshots(ctx, log); err != nil {
		return from, nil, err
	}
	from, found := base(all, room.First)
	if !found {
		err = fmt.Errorf("room %q: %w: no snapshot goes before record %d, the first that is kept", room.Room, journal.ErrUnreadable, room.First)
	}
	return from, all, err
}

// oldest returns the seq of the oldest state of a room that can be had.
func oldest(ctx context.Context, store source, room *listed) (aper.Seq, error) {
	log, _, err := store.Look(ctx, room.Room)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	from, _, err := beginning(ctx, log, room.Entry)
	return from.Seq, err
}

// kept adds to an error about what was removed what is kept.
func kept(err error, oldest aper.Seq) error {
	if errors.Is(err, journal.ErrTruncated) {
		return fmt.Errorf("%w; what is kept begins with the state at %d and the event after it", err, oldest)
	}
	return err
}
