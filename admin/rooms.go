package admin

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

// A roomJSON is a line of the verb rooms. Records are those that are kept, Seq is that of the last event, and Time when the
// last record was written.
type roomJSON struct {
	Room     aper.RoomID `json:"room"`
	Machine  string      `json:"machine,omitempty"`
	Records  uint64      `json:"records"`
	Seq      aper.Seq    `json:"seq"`
	Time     string      `json:"time,omitempty"`
	Restored bool        `json:"restored,omitempty"`
	Error    string      `json:"error,omitempty"`
}

// rooms lists the rooms. Of each it reads its last record and no other.
func (t *tool[S]) rooms(ctx context.Context, l *line) error {
	asJSON := l.flags.Bool("json", false, "print a JSON object on a line for each room")
	args, err := l.parse()
	if err != nil {
		return err
	}
	store, err := look(args[0], t.stderr)
	if err != nil {
		return err
	}
	defer store.Close()
	show, flush := t.roomTable()
	if *asJSON {
		show, flush = t.json, func() error { return nil }
	}
	listed, damaged := 0, 0
	for entry, err := range store.Rooms(ctx) {
		if entry.Room == "" {
			return errors.Join(flush(), err)
		}
		row, err := describe(ctx, store, entry, err)
		if errors.Is(err, journal.ErrAbsent) {
			continue
		}
		if err != nil {
			damaged++
		}
		if err := show(row); err != nil {
			return err
		}
		listed++
		t.progress.say("listed %s", plural(listed, "room"))
	}
	t.progress.clear()
	if err := flush(); err != nil || damaged == 0 {
		return err
	}
	return fmt.Errorf("%s of %s cannot be used; the verb verify says more", plural(damaged, "room"), args[0])
}

// roomTable shows rooms to people. The table is complete when flush was called.
func (t *tool[S]) roomTable() (show func(any) error, flush func() error) {
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ROOM\tMACHINE\tRECORDS\tLAST EVENT\tLAST WRITTEN\t")
	return func(v any) error {
		r := v.(roomJSON)
		note := ""
		switch {
		case r.Error != "":
			note = "DAMAGED: " + r.Error
		case r.Restored:
			note = "restored, not opened since"
		}
		_, err := fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%s\t%s\n", shown(string(r.Room)), shown(r.Machine), r.Records, r.Seq, r.Time, note)
		return err
	}, table.Flush
}

// describe returns what there is to say about a room, and what is wrong with it.
func describe(ctx context.Context, store source, entry journal.Entry, damage error) (roomJSON, error) {
	row := roomJSON{Room: entry.Room, Machine: entry.Machine, Restored: entry.Restored}
	if entry.Last >= entry.First && entry.First > 0 {
		row.Records = uint64(entry.Last - entry.First + 1)
	}
	if damage == nil && entry.Last > 0 {
		var written aper.Time
		if row.Seq, written, damage = last(ctx, store, entry); damage == nil {
			row.Time = timestamp(written)
		}
	}
	if damage != nil {
		row.Error = damage.Error()
	}
	return row, damage
}

// last returns the seq of the last event of a room, and when its last record was written, whatever its machine is.
func last(ctx context.Context, store source, entry journal.Entry) (aper.Seq, aper.Time, error) {
	log, head, err := store.Look(ctx, entry.Room)
	if err != nil {
		return 0, 0, err
	}
	defer log.Close()
	if s := head.Snapshot; s != nil && entry.First > entry.Last {
		return s.Position.Seq, s.Time, nil
	}
	for record, err := range log.Read(ctx, entry.Last) {
		if err != nil {
			return 0, 0, err
		}
		return end(record), record.Time, nil
	}
	return 0, 0, nil
}

// end returns the seq of the last event of a record, or of the one before it when it has none.
func end(r *wire.Record) aper.Seq { return r.First + aper.Seq(r.Events.Len()) - 1 }
