package admin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/wire"
)

// verify reads everything in a file, and replays all events of this machine that are kept.
func (t *tool[S]) verify(ctx context.Context, l *line) error {
	args, err := l.parse()
	if err != nil {
		return err
	}
	said := &attentive{w: t.stderr}
	store, err := look(args[0], said)
	if err != nil {
		return err
	}
	defer store.Close()
	rooms, bad := 0, 0
	t.progress.say("reading")
	defer t.progress.clear()
	for report, err := range store.Verify(ctx) {
		if report.Room == "" {
			return err
		}
		rooms++
		if !t.verified(ctx, store, report, err) {
			bad++
		}
		t.progress.say("verified %s", plural(rooms, "room"))
		if err := errors.Join(t.out.Flush(), ctx.Err()); err != nil {
			return err
		}
	}
	fmt.Fprintf(t.out, "%s: %d well, %d not\n", plural(rooms, "room"), rooms-bad, bad)
	if _, is := store.(running); is {
		fmt.Fprintln(t.out, "This is what the running server reads of its file. Not checked: the file's own pages, snapshots for which others stand in, "+
			"and remains of rooms that have no row; verify a backup for those.")
	}
	switch {
	case bad > 0:
		return fmt.Errorf("not all is well in %s: see what is said of %s; keep the file as it is, and restore what is damaged from a backup",
			args[0], plural(bad, "room"))
	case said.something:
		return fmt.Errorf("all that is left of %s is well, but see above what was said of the file itself", args[0])
	}
	return nil
}

// An attentive writer knows whether something was written.
type attentive struct {
	w         io.Writer
	something bool
}

func (a *attentive) Write(b []byte) (int, error) {
	a.something = true
	return a.w.Write(b)
}

// verified prints what was found out about a room, and returns whether it is well. Damage is what the store has found.
func (t *tool[S]) verified(ctx context.Context, store source, report bolt.Report, damage error) bool {
	name := shown(string(report.Room))
	replayed := "its events were not replayed: it belongs to the machine " + report.Machine
	if damage == nil && report.Machine == t.machine && report.Last > 0 {
		replayed, damage = t.replay(ctx, store, report.Entry)
	} else if damage == nil && report.Last == 0 {
		replayed = "nothing was ever written to it"
	}
	if ctx.Err() != nil {
		return false // it was not read to its end, and the caller says so
	}
	t.progress.clear()
	if damage != nil {
		fmt.Fprintf(t.out, "%s: NOT WELL\n", name)
		for _, one := range each(damage) {
			fmt.Fprintf(t.out, "  %v\n", one)
		}
		return false
	}
	fmt.Fprintf(t.out, "%s: well; %s, %s, %s; %s\n", name,
		plural(report.Records, "record"), plural(report.Snapshots, "snapshot"), plural(report.Bytes, "byte"), replayed)
	return true
}

// each returns the errors that were joined.
func each(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// replay replays all records that are kept, and compares with each snapshot on the way. It holds one state and one snapshot at
// a time.
func (t *tool[S]) replay(ctx context.Context, store source, entry journal.Entry) (did string, err error) {
	err = whileKept(ctx, store, entry, func(entry journal.Entry) error {
		did, err = t.replayKept(ctx, store, entry)
		return err
	})
	return did, err
}

func (t *tool[S]) replayKept(ctx context.Context, store source, entry journal.Entry) (did string, err error) {
	log, _, err := store.Look(ctx, entry.Room)
	if err != nil {
		return "", err
	}
	defer log.Close()
	from, all, err := beginning(ctx, log, entry)
	if err != nil {
		return "", err
	}
	r := replaying[S]{authority: engine.New[S](engine.Options{}), log: log, snapshots: map[wire.LSN]bool{}, progress: t.progress}
	for _, m := range all {
		r.snapshots[m.LSN] = true
	}
	if err := r.all(ctx, from); err != nil {
		return "", fmt.Errorf("room %q: %w", entry.Room, err)
	}
	return r.told(from), nil
}

type replaying[S aper.StateMachine[S]] struct {
	authority *engine.Authority[S]
	log       journal.Reader
	snapshots map[wire.LSN]bool // that there are
	compared  int
	progress  *progress
}

func (r *replaying[S]) all(ctx context.Context, from wire.Milestone) error {
	if from.LSN > 0 {
		s, err := snapshotAt(ctx, r.log, from.LSN)
		if err != nil {
			return err
		}
		if err := r.authority.Restore(s); err != nil {
			return err
		}
	}
	for record, err := range r.log.Read(ctx, from.LSN+1) {
		if err != nil {
			return err
		}
		if err := r.authority.Replay(record); err != nil {
			return err
		}
		r.progress.say("replayed to event %d", r.authority.Position().Seq)
		if r.snapshots[record.LSN] {
			if err := r.compare(ctx, record.LSN); err != nil {
				return err
			}
		}
	}
	return nil
}

// compare checks that a snapshot holds what the records up to it give. Which outcomes are acknowledged and what time it is may
// be newer in a snapshot, and are not compared.
func (r *replaying[S]) compare(ctx context.Context, at wire.LSN) error {
	stored, err := snapshotAt(ctx, r.log, at)
	switch {
	case errors.Is(err, journal.ErrTruncated):
		return nil // a server has newer ones
	case err != nil:
		return err
	}
	given, err := r.authority.Snapshot()
	if err != nil {
		return err
	}
	r.compared++
	switch {
	case stored.Position != given.Position:
		return fmt.Errorf("the snapshot at record %d is one of %+v, and the records up to there lead to %+v", at, stored.Position, given.Position)
	case !bytes.Equal(stored.State, given.State):
		return fmt.Errorf("the snapshot at record %d holds another state of seq %d than the records up to there give; "+
			"the rules were changed without //aper:version, or one of the two was", at, given.Position.Seq)
	}
	return nil
}

func (r *replaying[S]) told(from wire.Milestone) string {
	last := r.authority.Position().Seq
	told := fmt.Sprintf("events %d to %d were replayed", from.Seq+1, last)
	if last == from.Seq {
		told = "it has no events to replay"
	}
	if r.compared > 0 {
		told += fmt.Sprintf(", and agree with %s on the way", plural(r.compared, "snapshot"))
	}
	return told
}
