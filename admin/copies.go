package admin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

// backup copies a file. When a server has it open, that server does it.
func (t *tool[S]) backup(ctx context.Context, l *line) error {
	args, err := l.parse()
	if err != nil {
		return err
	}
	store, err := look(args[0], t.stderr)
	if err != nil {
		return err
	}
	defer store.Close()
	err = t.progress.during(func() string { return "copied " + copied(args[1]) }, func() error { return store.Backup(ctx, args[1]) })
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "All rooms of %s are in %s, too.\n", args[0], args[1])
	return err
}

// copied says how much there is of a copy that is being made, which has another name until it is complete.
func copied(path string) string {
	unfinished, _ := filepath.Glob(path + ".unfinished-*")
	size := int64(0)
	for _, one := range unfinished {
		if info, err := os.Stat(one); err == nil {
			size = max(size, info.Size())
		}
	}
	return fmt.Sprintf("%d MB", size>>20)
}

// restore copies one room from a backup into a file that does not have it.
func (t *tool[S]) restore(ctx context.Context, l *line) (err error) {
	var at seqFlag
	l.flags.Var(&at, "at", "as it was after the event of this `number`, or shortly before; without it, as it was last")
	args, err := l.parse()
	if err != nil {
		return err
	}
	from, err := alone(args[0], true, t.stderr, "make a backup of it with the verb backup, and restore from that")
	if err != nil {
		return err
	}
	defer from.Close()
	in, err := t.room(ctx, from, args[0], args[2])
	if err == nil {
		err = in.damage
	}
	if err != nil {
		return err
	}
	p, err := pointOf(ctx, from, in, at)
	if err != nil {
		return err
	}
	into, err := alone(args[1], false, t.stderr, "stop that program, which cannot restore a room while it has the file open, and start it again afterwards")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, into.Close()) }()
	there, err := t.room(ctx, into, args[1], string(in.Room))
	if err == nil && there.Room == in.Room && there.damage == nil {
		return fmt.Errorf("%s has a room %q, which a restore does not replace: delete it first, with a backup of it if it may be needed",
			args[1], in.Room)
	}
	if err != nil && !errors.Is(err, journal.ErrAbsent) {
		return err
	}
	err = t.progress.during(func() string { return "restoring" }, func() error { return into.Restore(ctx, from, in.Room, p.lsn) })
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "Room %q is as it was after event %d%s. It begins a new epoch when it is opened.\n", in.Room, p.seq, p.why)
	return err
}

// A point is where a room can be restored to.
type point struct {
	lsn wire.LSN
	seq aper.Seq // of the last event up to there
	why string   // it is not where it was asked for
}

// pointOf returns the last record whose events end at or before the one that is asked for: events that were decided together
// are one record, and come back together or not at all.
func pointOf(ctx context.Context, store source, in *listed, at seqFlag) (p point, err error) {
	if in.Last == 0 {
		return p, fmt.Errorf("room %q was made and nothing was ever written to it, so there is nothing to restore", in.Room)
	}
	seq, _, err := last(ctx, store, in.Entry)
	switch {
	case err != nil:
		return p, err
	case !at.given:
		return point{lsn: in.Last, seq: seq}, nil
	case at.seq > seq:
		return p, fmt.Errorf("room %q has no event %d: the last one is %d", in.Room, at.seq, seq)
	}
	log, _, err := store.Look(ctx, in.Room)
	if err != nil {
		return p, err
	}
	defer log.Close()
	if p, err = before(ctx, log, in, at.seq); err != nil {
		return p, err
	}
	for record, err := range log.Read(ctx, p.lsn+1) {
		if err != nil {
			return p, err
		}
		if last := end(record); last > at.seq {
			if p.seq < at.seq {
				p.why = fmt.Sprintf(", because events %d to %d were decided together", record.First, last)
			}
			break
		}
		p.lsn, p.seq = record.LSN, end(record)
	}
	if p.lsn == 0 {
		return p, fmt.Errorf("room %q cannot be restored as it was at event %d: its first record goes on beyond that", in.Room, at.seq)
	}
	return p, nil
}

// before returns the newest snapshot that is not after seq, or the beginning, from where the records can be read.
func before(ctx context.Context, log journal.Reader, in *listed, seq aper.Seq) (point, error) {
	all, err := snapshots(ctx, log)
	if err != nil {
		return point{}, err
	}
	oldest, found := base(all, in.First)
	if !found || oldest.Seq > seq {
		return point{}, kept(fmt.Errorf("room %q cannot be restored as it was at event %d: %w", in.Room, seq, journal.ErrTruncated), oldest.Seq)
	}
	for _, m := range all {
		if m.Seq <= seq {
			return point{lsn: m.LSN, seq: m.Seq}, nil
		}
	}
	return point{}, nil
}

// delete removes a room, when it was asked for twice.
func (t *tool[S]) delete(ctx context.Context, l *line) (err error) {
	yes := l.flags.Bool("yes", false, "do it; without it nothing is deleted")
	args, err := l.parse()
	if err != nil {
		return err
	}
	open := func() (source, error) { return look(args[0], t.stderr) }
	if *yes {
		open = func() (source, error) {
			return change(args[0], t.stderr, "or let the server delete the room (server.Server.Delete)")
		}
	}
	store, err := open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	in, err := t.room(ctx, store, args[0], args[1])
	if err != nil {
		return err
	}
	if !*yes {
		return fmt.Errorf("room %q would be gone for good, with all of what happened in it: say -yes to delete it", in.Room)
	}
	err = t.progress.during(func() string { return "deleting" }, func() error { return store.Delete(ctx, in.Room) })
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "Room %q is deleted.\n", in.Room)
	return err
}
