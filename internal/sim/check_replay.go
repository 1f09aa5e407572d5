package sim

import (
	"bytes"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// replay checks I11 (L2): the durable records, replayed by the engine, give state and session table byte for byte as the
// authority that wrote them had them. It compares at every sixteenth record, where it then goes on from the snapshot,
// and whenever an owner opens the room from what the journal kept.
type replay[S aper.StateMachine[S]] struct {
	Watcher[S]
	log    *history[S]
	shadow *engine.Authority[S]
	live   map[wire.Tag][]byte // rooms as authorities had them, by the tag of the record that is yet to be durable
}

const replayEvery = 16

func newReplay[S aper.StateMachine[S]](log *history[S]) *replay[S] {
	return &replay[S]{log: log, shadow: engine.New[S](engine.Options{}), live: map[wire.Tag][]byte{}}
}

func (o *replay[S]) Decided(_ Owner, a *engine.Authority[S], ready *engine.Ready[S]) error {
	if ready.Record == nil || ready.Record.LSN%replayEvery != 0 {
		return nil
	}
	live, err := roomOf(a)
	if err != nil {
		return err
	}
	o.live[ready.Record.Tag] = live
	return nil
}

// roomOf returns everything about a room as bytes. The term is no part of it: what is replayed has none.
func roomOf[S aper.StateMachine[S]](a *engine.Authority[S]) ([]byte, error) {
	snapshot, err := a.Snapshot()
	if err != nil {
		return nil, breach("I11", "L2", "the room cannot be encoded: %v", err)
	}
	snapshot.Term = 0
	return snapshot.Append(nil), nil
}

func (o *replay[S]) Durable(_ Owner, r *wire.Record) error {
	if err := o.shadow.Replay(r); err != nil {
		return breach("I11", "L2", "%v", err)
	}
	live := o.live[r.Tag]
	if live == nil {
		return nil
	}
	delete(o.live, r.Tag)
	replayed, err := roomOf(o.shadow)
	if err != nil {
		return err
	}
	if err := o.compare("the authority that wrote it", r.LSN, live, replayed); err != nil {
		return err
	}
	return o.throughSnapshot(replayed)
}

// throughSnapshot goes on from a snapshot instead of from the records.
func (o *replay[S]) throughSnapshot(room []byte) error {
	snapshot, err := wire.ReadRoomSnapshot(room)
	if err != nil {
		return breach("I11", "L2", "%v", err)
	}
	o.shadow = engine.New[S](engine.Options{})
	if err := o.shadow.Restore(&snapshot); err != nil {
		return breach("I11", "L2", "%v", err)
	}
	return nil
}

// Opened: what the journal kept gives the same room as all that was ever durable.
func (o *replay[S]) Opened(owner Owner, a *engine.Authority[S], _ *wire.RoomSnapshot, _ []*wire.Record) error {
	opened, err := roomOf(a)
	if err != nil {
		return err
	}
	replayed, err := roomOf(o.shadow)
	if err != nil {
		return err
	}
	if len(o.log.records) == 0 {
		return nil // there is no room yet
	}
	return o.compare("owner "+owner.String()+", who opened the room,", wire.LSN(len(o.log.records)), opened, replayed)
}

func (o *replay[S]) compare(who string, lsn wire.LSN, live, replayed []byte) error {
	if bytes.Equal(live, replayed) {
		return nil
	}
	one, _ := wire.ReadRoomSnapshot(live)
	other, _ := wire.ReadRoomSnapshot(replayed)
	return breach("I11", "L2", "after record %d %s has\n%+v\nand the records give\n%+v", lsn, who, one, other)
}

// Restored replays what is left.
func (o *replay[S]) Restored(wire.LSN) error {
	o.shadow = engine.New[S](engine.Options{})
	for _, r := range o.log.records {
		if err := o.shadow.Replay(r); err != nil {
			return breach("I11", "L2", "%v", err)
		}
	}
	return nil
}
